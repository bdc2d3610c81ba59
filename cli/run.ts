// From a command line to a printout: find the command and its verb, parse, run, print. Knows no process: the streams, the
// signal and the exit belong to main.ts, so that tests can drive all of this.
import { resolve } from 'node:path';
import { UserError } from '../engine/failure.ts';
import type { CommandEntry, Session, Verb } from './command.ts';
import { commands } from './commands/index.ts';
import { printFailure, printResult, type Printout } from './document.ts';
import { exitCodes } from './exit.ts';
import {
  commandHelp,
  commonFlags,
  generalHelp,
  parseVerb,
  textOption,
  unknownName,
  verbHelp,
} from './options.ts';

/** What the process lends to a command. */
export interface Environment {
  readonly signal: AbortSignal;
  readonly style: Session['style'];
  readonly version: () => string;
  readonly openTerminal: (plain: boolean) => Promise<Session['terminal']>;
}

/** Runs a command line (without the program's name). Never throws: failures are printouts, too. */
export async function runCommandLine(
  tokens: readonly string[],
  environment: Environment,
): Promise<Printout> {
  const end = tokens.indexOf('--');
  const json = (end < 0 ? tokens : tokens.slice(0, end)).includes('--json');
  try {
    return await dispatch(tokens, json, environment);
  } catch (error) {
    const reason: unknown = environment.signal.reason;
    const stopped = environment.signal.aborted && reason instanceof UserError;
    return printFailure(stopped && isAbort(error) ? reason : error, json);
  }
}

async function dispatch(
  tokens: readonly string[],
  json: boolean,
  environment: Environment,
): Promise<Printout> {
  const { flags, rest } = splitFlags(tokens);
  const [name, ...others] = rest;
  if (name === '--version') return textPrintout(`${environment.version()}\n`);
  if (name === '--help' || name === 'help') return await helpFor(others);
  if (name === undefined) {
    if (json)
      throw new UserError('usage', { message: 'no command', remedy: 'see `premortem --help`' });
    return { stdout: '', stderr: generalHelp(commands), exitCode: exitCodes.input };
  }
  if (name.startsWith('-')) throw unknownName('option', name, flagNames);
  const entry = findEntry(name);
  const { verbs } = await entry.load();
  const behind = splitFlags(others);
  const { verb, title, words } = chooseVerb(entry, verbs, behind.rest);
  if (verb === null) return textPrintout(commandHelp(entry, verbs));
  const parsed = parseVerb(title, verb, [...flags, ...behind.flags, ...words]);
  if (parsed === null) return textPrintout(verbHelp(title, verb, examplesOf(entry, title)));
  const session = await openSession(parsed.options, environment);
  try {
    return printResult(await verb.run({ session, ...parsed }), session.json);
  } finally {
    session.terminal.close();
  }
}

/** The flags in front of the first word that is none of the common ones, with their values. */
function splitFlags(tokens: readonly string[]): { flags: string[]; rest: readonly string[] } {
  let index = 0;
  for (;;) {
    const token = tokens[index] ?? '';
    const flag = commonFlags.find(({ form }) => form.split(' ')[0] === token.split('=')[0]);
    if (flag === undefined) return { flags: tokens.slice(0, index), rest: tokens.slice(index) };
    index += flag.form.includes('<') && !token.includes('=') ? 2 : 1;
  }
}

function chooseVerb(
  entry: CommandEntry,
  verbs: readonly Verb[],
  rest: readonly string[],
): { verb: Verb | null; title: string; words: readonly string[] } {
  const program = `premortem ${entry.name}`;
  const [only] = verbs;
  if (only !== undefined && only.name === '') return { verb: only, title: program, words: rest };
  const names = verbs.map(({ name }) => name);
  const [given, ...words] = rest;
  if (given === '--help') return { verb: null, title: program, words };
  if (given === undefined) {
    throw new UserError('usage', {
      message: `${program} needs a verb`,
      remedy: `choose one of ${names.join(', ')}`,
    });
  }
  const verb = verbs.find(({ name }) => name === given);
  if (verb === undefined) throw unknownName(`verb of ${program}`, given, names);
  return { verb, title: `${program} ${verb.name}`, words };
}

async function helpFor(words: readonly string[]): Promise<Printout> {
  const [name] = words;
  if (name === undefined || name.startsWith('-')) return textPrintout(generalHelp(commands));
  const entry = findEntry(name);
  const { verbs } = await entry.load();
  const [only] = verbs;
  if (only === undefined || only.name !== '') return textPrintout(commandHelp(entry, verbs));
  const title = `premortem ${entry.name}`;
  return textPrintout(verbHelp(title, only, examplesOf(entry, title)));
}

async function openSession(
  options: Readonly<Record<string, unknown>>,
  environment: Environment,
): Promise<Session> {
  const json = options['json'] === true;
  const out = textOption({ options }, 'out');
  return {
    json,
    seed: textOption({ options }, 'seed') ?? '1',
    out: out === null ? null : resolve(out),
    stateDirectory: resolve(textOption({ options }, 'state') ?? '.premortem'),
    signal: environment.signal,
    terminal: await environment.openTerminal(json),
    style: environment.style,
  };
}

function findEntry(name: string): CommandEntry {
  const entry = commands.find((candidate) => candidate.name === name);
  if (entry !== undefined) return entry;
  throw unknownName(
    'command',
    name,
    commands.map((candidate) => candidate.name),
  );
}

function examplesOf(entry: CommandEntry, title: string): readonly string[] {
  return entry.examples.filter((line) => line.startsWith(title));
}

const flagNames = [
  ...commonFlags.map(({ form }) => form.split(' ')[0] ?? ''),
  '--help',
  '--version',
];

function textPrintout(stdout: string): Printout {
  return { stdout, stderr: '', exitCode: exitCodes.done };
}

/** What Node's own functions throw when their signal aborts. */
function isAbort(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError');
}

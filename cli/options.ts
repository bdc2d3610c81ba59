// The common flags, the parsing of one verb's words and options (by commander) and the help texts, all generated from
// the registry and the verbs. Every mistake on the command line is a UserError('usage') with the nearest names.
import { Command, CommanderError } from 'commander';
import { nearestNames, UserError } from '../engine/failure.ts';
import type { Call, CommandEntry, Verb } from './command.ts';

interface Flag {
  readonly form: string;
  readonly meaning: string;
}

/** Understood by every verb, before or after it. */
export const commonFlags: readonly Flag[] = [
  { form: '--json', meaning: 'print exactly one JSON document on stdout' },
  { form: '--seed <text>', meaning: 'seed of every random draw (default: 1)' },
  { form: '--out <directory>', meaning: 'where files are written' },
  { form: '--state <directory>', meaning: 'state directory (default: .premortem)' },
];

/** What a verb was called with, common flags included. */
export interface ParsedLine {
  readonly words: readonly string[];
  readonly options: Readonly<Record<string, unknown>>;
}

/** Parses what stands behind a verb. null: help was asked for. */
export function parseVerb(title: string, verb: Verb, tokens: readonly string[]): ParsedLine | null {
  const command = commandOf(title, verb);
  try {
    command.parse(tokens, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === 'commander.helpDisplayed') return null;
    throw usageError(error, title, command);
  }
  return { words: command.args, options: command.opts() };
}

/** The help of one verb. */
export function verbHelp(title: string, verb: Verb, examples: readonly string[]): string {
  return `${commandOf(title, verb).helpInformation()}${examplesText(examples)}`;
}

/** The help of a command with several verbs. */
export function commandHelp(entry: CommandEntry, verbs: readonly Verb[]): string {
  const rows = verbs.map((verb) => [
    [verb.name, ...verb.words.map(({ form }) => form)].join(' '),
    verb.summary,
  ]);
  return `${entry.summary}\n\nUsage: premortem ${entry.name} <verb> [options]\n\nVerbs:\n${columns(rows)}\n\n\`premortem ${entry.name} <verb> --help\` says more.\n${examplesText(entry.examples)}`;
}

/** `premortem --help`. */
export function generalHelp(entries: readonly CommandEntry[]): string {
  const rows = entries.map(({ name, summary }) => [name, summary]);
  const flags = [
    ...commonFlags,
    { form: '--help', meaning: 'help, also of one command' },
    { form: '--version', meaning: 'print the version' },
  ].map(({ form, meaning }) => [form, meaning]);
  return `Run the post-mortem before the incident: see what a dangerous operation will do to a sharded platform, approve
it, do it for real, and hold reality against the prediction.

Usage: premortem <command> [options]

Commands:
${columns(rows)}

Options of every command:
${columns(flags)}

Exit codes: 0 done and confirmed, 1 our fault, 2 wrong input or usage, 3 refused, 4 refuted, 5 stopped by a guardrail,
6 inconclusive, 130 stopped by Ctrl-C.
`;
}

/** The error for a name that is none of `names`. */
export function unknownName(what: string, given: string, names: readonly string[]): UserError {
  const near = nearestNames(given, names);
  return new UserError('usage', {
    message: `unknown ${what} "${given}"`,
    remedy:
      near.length > 0 ? `did you mean ${near.join(' or ')}?` : `choose one of ${names.join(', ')}`,
  });
}

/** An option's text, or null when it was not given. */
export function textOption(call: Pick<Call, 'options'>, name: string): string | null {
  const value = call.options[name];
  return typeof value === 'string' ? value : null;
}

/** Whether a flag was given. */
export function flagOption(call: Pick<Call, 'options'>, name: string): boolean {
  return call.options[name] === true;
}

/** An option's number, or null when it was not given. Throws UserError('usage') outside of the range. */
export function numberOption(
  call: Pick<Call, 'options'>,
  name: string,
  range: { readonly min: number; readonly max: number; readonly whole?: boolean },
): number | null {
  const text = textOption(call, name);
  if (text === null) return null;
  const value = text.trim() === '' ? Number.NaN : Number(text);
  const fits = value >= range.min && value <= range.max;
  if (fits && (range.whole !== true || Number.isInteger(value))) return value;
  const flag = name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new UserError('usage', {
    message: `--${flag} cannot be "${text}"`,
    remedy: `give a ${range.whole === true ? 'whole ' : ''}number from ${range.min} to ${range.max}`,
  });
}

function commandOf(title: string, verb: Verb): Command {
  const command = new Command(title).description(verb.summary);
  for (const { form, meaning } of verb.words) command.argument(form, meaning);
  for (const { form, meaning } of [...verb.options, ...commonFlags]) command.option(form, meaning);
  return command
    .helpOption('--help', 'this text')
    .exitOverride()
    .showSuggestionAfterError(false)
    .allowExcessArguments(false)
    .configureOutput({ writeOut: () => {}, writeErr: () => {} });
}

function usageError(error: CommanderError, title: string, command: Command): UserError {
  const message = error.message
    .replace(/^error: /, '')
    .replace(/\.$/, '')
    .replaceAll("'", '"');
  const given = /unknown option "(-[^"=]*)/.exec(message)?.[1];
  const flags = command.options.flatMap(({ long }) => (typeof long === 'string' ? [long] : []));
  const near = given === undefined ? [] : nearestNames(given, flags);
  const remedy = near.length > 0 ? `did you mean ${near.join(' or ')}?` : `see \`${title} --help\``;
  return new UserError('usage', { message, remedy });
}

function examplesText(examples: readonly string[]): string {
  return examples.length === 0
    ? ''
    : `\nExamples:\n${examples.map((line) => `  ${line}\n`).join('')}`;
}

function columns(rows: readonly (readonly string[])[]): string {
  const width = Math.max(...rows.map(([first = '']) => first.length));
  return rows.map(([first = '', second = '']) => `  ${first.padEnd(width)}  ${second}`).join('\n');
}

// What a command is: entries of the registry (cheap, always loaded, help is made of them), the verbs of one command
// (loaded when it is called), and what a verb gets and gives back. Commands never write to stdout: they return a
// document and a text for people, and the frame prints one of the two.
import type { TextStyle } from '../reports/table.ts';
import type { ExitCode } from './exit.ts';
import type { Terminal } from './terminal.ts';

/** A line of the registry. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  /** Forms of the command, without `premortem`. */
  readonly usage: readonly string[];
  /** Complete command lines. */
  readonly examples: readonly string[];
  load(): Promise<CommandModule>;
}

export interface CommandModule {
  /** One verb without a name, or several with one. */
  readonly verbs: readonly Verb[];
}

/** `premortem lab up`: one thing to do. */
export interface Verb {
  /** '' when the command itself is the verb. */
  readonly name: string;
  readonly summary: string;
  /** In commander's notation: `<file>`, `[name]`, `<file...>`. */
  readonly words: readonly { readonly form: string; readonly meaning: string }[];
  /** In commander's notation: `--effort <fraction>`, `--yes`. */
  readonly options: readonly { readonly form: string; readonly meaning: string }[];
  run(call: Call): Promise<Result>;
}

/** What was asked for. */
export interface Call {
  readonly session: Session;
  readonly words: readonly string[];
  /** By name in camel case; read them with the functions of `options.ts`. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** The common flags, and the world as far as commands need it. */
export interface Session {
  readonly json: boolean;
  readonly seed: string;
  /** Directory for files that the command writes; null: where each command says. */
  readonly out: string | null;
  readonly stateDirectory: string;
  /** Aborts on Ctrl-C: stop, clean up, throw or return. */
  readonly signal: AbortSignal;
  /** Progress and questions, on stderr. */
  readonly terminal: Terminal;
  /** How text on stdout may look. */
  readonly style: TextStyle;
}

/** What came of it. `text` ends with a newline. */
export interface Result {
  readonly document: object;
  readonly text: string;
  readonly exitCode: ExitCode;
}

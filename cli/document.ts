// What stands on stdout: with --json exactly one JSON document, whatever happens, else the text for people. Everything
// else goes to stderr.
import { describeMistake, UserError, type Mistake } from '../engine/failure.ts';
import type { Result } from './command.ts';
import { exitCodeOf, exitCodes, type ExitCode } from './exit.ts';

/** What to print, and what to exit with. */
export interface Printout {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: ExitCode;
}

interface FailureDocument {
  readonly schema: 'premortem/failure/v1';
  readonly code: string;
  readonly mistakes: readonly Mistake[];
}

/** The printout of a result. */
export function printResult(result: Result, json: boolean): Printout {
  const stdout = json ? jsonText(result.document) : result.text;
  return { stdout, stderr: '', exitCode: result.exitCode };
}

/** The printout of a failure: a user's mistakes one per line, a fault of ours with its trace. */
export function printFailure(error: unknown, json: boolean): Printout {
  const document = (code: string, mistakes: readonly Mistake[]): string =>
    json
      ? jsonText({ schema: 'premortem/failure/v1', code, mistakes } satisfies FailureDocument)
      : '';
  if (error instanceof UserError) {
    return {
      stdout: document(error.code, error.mistakes),
      stderr: error.mistakes.map(mistakeLine).join(''),
      exitCode: exitCodeOf(error.code),
    };
  }
  const message = error instanceof Error ? error.message : String(error);
  const trace = error instanceof Error ? (error.stack ?? message) : message;
  return {
    stdout: document('fault', [{ message }]),
    stderr: `premortem: a fault of Premortem itself, please report it\n${trace}\n`,
    exitCode: exitCodes.fault,
  };
}

/** A mistake in a file begins with the file, as editors and people expect. */
function mistakeLine(mistake: Mistake): string {
  const text = describeMistake(mistake);
  return mistake.place?.file === undefined ? `premortem: ${text}\n` : `${text}\n`;
}

function jsonText(document: object): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}

// Exit codes, in one table. A code exists where a script would act differently; the manual and the tests read this file.
import { unreachable, type ErrorCode } from '../engine/failure.ts';

export const exitCodes = {
  /** Done, and what was predicted was confirmed. */
  done: 0,
  /** A fault of ours, of the machine or of the stored state. */
  fault: 1,
  /** Wrong input or usage. */
  input: 2,
  /** Refused by policy, approval or a changed world. */
  refused: 3,
  /** Reality, or a reference case, refuted the prediction. */
  refuted: 4,
  /** Stopped by a guardrail and compensated. */
  guardrail: 5,
  /** Neither confirmed nor refuted: invalid gates or missing data. */
  inconclusive: 6,
  /** Stopped by the end of its terminal, after cleaning up. */
  hungUp: 129,
  /** Stopped by Ctrl-C, after cleaning up. */
  interrupted: 130,
  /** Stopped by a termination signal, after cleaning up. */
  terminated: 143,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** The exit code of a user's mistake. */
export function exitCodeOf(code: ErrorCode): ExitCode {
  switch (code) {
    case 'usage':
    case 'input':
    case 'missing':
      return exitCodes.input;
    case 'refused':
      return exitCodes.refused;
    case 'environment':
    case 'state':
      return exitCodes.fault;
    case 'interrupted':
      return exitCodes.interrupted;
    default:
      return unreachable(code);
  }
}

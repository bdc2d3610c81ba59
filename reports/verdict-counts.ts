// How many verdicts of each kind: what heads and key figures of a verification count.
import type { Verification } from '../twin/verify.ts';

/** `judged` = confirmed + refuted: what an invalid measurement cannot say is not counted against anybody. */
export interface VerdictCounts {
  readonly confirmed: number;
  readonly refuted: number;
  readonly invalid: number;
  readonly judged: number;
}

export function countVerdicts(
  judgements: readonly { readonly verdict: Verification['verdict'] }[],
): VerdictCounts {
  const count = (word: Verification['verdict']): number =>
    judgements.filter(({ verdict }) => verdict === word).length;
  const [confirmed, refuted, invalid] = [count('confirmed'), count('refuted'), count('invalid')];
  return { confirmed, refuted, invalid, judged: confirmed + refuted };
}

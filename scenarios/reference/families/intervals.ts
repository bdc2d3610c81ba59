// Intervals of means from a published sample: Student's, and the paired one beside Welch's for the same numbers
// taken as independent. Deterministic, so compared exactly.
import { z } from 'zod';
import {
  meanInterval,
  pairedInterval,
  studentCumulative,
  studentQuantile,
} from '../../../engine/index.ts';
import type { Outcome } from '../documents.ts';
import { calculated } from '../figures.ts';
import { readModel, type ReferenceCase } from '../schema.ts';

export const meanFamilies = ['statistics/t-interval'];
export const pairedFamilies = ['statistics/paired'];

const sample = z.object({ x: z.array(z.number()).min(2) });

const pairs = z
  .object({ a: z.array(z.number()).min(2), b: z.array(z.number()).min(2) })
  .refine(({ a, b }) => a.length === b.length, 'a and b must be of equal length');

export function runMean(referenceCase: ReferenceCase): Outcome {
  const read = readModel(sample, referenceCase.data);
  if ('reason' in read) return { kind: 'unsupported', reason: read.reason };
  const { x } = read.model;
  const { mean, sd, se } = meanInterval(x);
  const values: Record<string, number> = { mean, sd, se };
  for (const name of Object.keys(referenceCase.metrics)) {
    const digits = /^ci(\d+)_(?:low|high)$/.exec(name)?.[1];
    if (digits === undefined) continue;
    const interval = meanInterval(x, Number(digits) / 10 ** digits.length);
    values[`ci${digits}_low`] = interval.low;
    values[`ci${digits}_high`] = interval.high;
  }
  return calculated(values);
}

export function runPaired(referenceCase: ReferenceCase): Outcome {
  const read = readModel(pairs, referenceCase.data);
  if ('reason' in read) return { kind: 'unsupported', reason: read.reason };
  const { a, b } = read.model;
  const difference = pairedInterval(b, a);
  const t = difference.mean / difference.se;
  const [first, second] = [meanInterval(a), meanInterval(b)];
  const independentVariance = first.se ** 2 + second.se ** 2;
  const covariance = (first.sd ** 2 + second.sd ** 2 - difference.sd ** 2) / 2;
  return calculated({
    mean_diff: difference.mean,
    sd_diff: difference.sd,
    paired_ci95_low: difference.low,
    paired_ci95_high: difference.high,
    paired_t: t,
    paired_p_two_sided: twoSided(t, a.length - 1),
    correlation: covariance / (first.sd * second.sd),
    variance_ratio_independent_over_paired: independentVariance / difference.se ** 2,
    ...welch(difference.mean, first.se ** 2, second.se ** 2, a.length),
  });
}

/** Welch's interval and test for samples of equal length n with the given squared standard errors. */
function welch(
  mean: number,
  firstError: number,
  secondError: number,
  n: number,
): Record<string, number> {
  const error = firstError + secondError;
  const freedom = error ** 2 / ((firstError ** 2 + secondError ** 2) / (n - 1));
  const halfWidth = studentQuantile(0.975, freedom) * Math.sqrt(error);
  return {
    welch_df: freedom,
    welch_ci95_low: mean - halfWidth,
    welch_ci95_high: mean + halfWidth,
    welch_p_two_sided: twoSided(mean / Math.sqrt(error), freedom),
  };
}

function twoSided(t: number, freedom: number): number {
  return 2 * studentCumulative(-Math.abs(t), freedom);
}

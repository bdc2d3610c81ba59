// Intervals without a law of their own: from resamples of what was seen (bootstrap), and from ranks alone (order statistics).
import { mean, quantileSorted } from 'simple-statistics';
import { assert } from '../failure.ts';
import type { RandomStream } from '../random.ts';
import { incompleteBeta } from '../special.ts';

/** Means of `count` resamples with replacement, in ascending order (Efron 1979). */
export function resampledMeans(
  values: readonly number[],
  count: number,
  stream: RandomStream,
): Float64Array {
  assert(values.length > 0 && count > 0, 'resamples are drawn from values');
  const means = Float64Array.from({ length: count }, () => {
    let sum = 0;
    for (let draw = 0; draw < values.length; draw++) {
      sum += values[Math.floor(stream() * values.length)] ?? 0;
    }
    return sum / values.length;
  });
  return means.sort();
}

export interface BootstrapInterval {
  readonly mean: number;
  /** The central part of the resampled means. */
  readonly percentile: readonly [number, number];
  /** That, mirrored at the mean: resampled means lie about the mean as the mean about the truth. */
  readonly basic: readonly [number, number];
}

/** Intervals of a mean from its resampled means, as `resampledMeans` gives them. */
export function bootstrapInterval(
  values: readonly number[],
  resampled: Float64Array,
  level = 0.95,
): BootstrapInterval {
  assert(level > 0 && level < 1, `a confidence level is between 0 and 1, not ${level}`);
  const centre = mean([...values]);
  const sorted = [...resampled];
  const low = quantileSorted(sorted, (1 - level) / 2);
  const high = quantileSorted(sorted, (1 + level) / 2);
  return { mean: centre, percentile: [low, high], basic: [2 * centre - high, 2 * centre - low] };
}

/** A quantile with the order statistics that enclose it, by 1-based rank; rank 0 and n + 1 stand for nothing and everything. */
export interface QuantileInterval {
  readonly point: number;
  readonly ranks: readonly [low: number, high: number];
  /** The values of those ranks; null where the sample is too small to bound that side. */
  readonly low: number | null;
  readonly high: number | null;
  /** Probability that the ranks enclose the quantile, at least the level asked for. */
  readonly coverage: number;
}

/**
 * Distribution-free interval of the quantile at `p` (David and Nagaraja 2003, sec. 7.1): the number of values below it is
 * binomial, whatever their law.
 */
export function quantileInterval(
  values: ArrayLike<number>,
  p: number,
  level = 0.95,
): QuantileInterval {
  const sorted = Array.from(values).toSorted((a, b) => a - b);
  const n = sorted.length;
  assert(n > 0, 'an empty sample has no quantiles');
  assert(p > 0 && p < 1, `the quantile at ${p} is no order statistic`);
  const tail = (1 - level) / 2;
  let low = 0;
  while (low < n && binomialCumulative(low, n, p) <= tail) low++;
  let high = low + 1;
  while (high <= n && binomialCumulative(high - 1, n, p) < 1 - tail) high++;
  return {
    point: sorted[Math.ceil(n * p) - 1] ?? Number.NaN,
    ranks: [low, high],
    low: sorted[low - 1] ?? null,
    high: sorted[high - 1] ?? null,
    coverage: binomialCumulative(high - 1, n, p) - binomialCumulative(low - 1, n, p),
  };
}

/** P(at most `k` of `n` trials succeed), each with chance `p` in (0, 1). */
function binomialCumulative(k: number, n: number, p: number): number {
  if (k < 0) return 0;
  return k >= n ? 1 : incompleteBeta(1 - p, n - k, k + 1);
}

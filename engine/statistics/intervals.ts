// Two kinds of interval that must never be mixed: a confidence interval of a mean (Student's t), which shrinks with
// the number of replications, and a central interval of single values (quantiles), which does not. Samples are
// shifted by their first value before anything is summed, so constant input gives a width of exactly zero.
import { quantileSorted } from 'simple-statistics';
import { assert } from '../failure.ts';
import { incompleteBeta, invertIncreasing } from '../special.ts';

/** A mean with its uncertainty. `n` values; `sd` with n − 1 degrees of freedom; `se` = sd / √n. */
export interface MeanInterval {
  readonly n: number;
  readonly mean: number;
  readonly sd: number;
  readonly se: number;
  readonly low: number;
  readonly high: number;
}

/** Mean and two-sided Student-t interval at `level`. One value alone has no interval: low and high are infinite. */
export function meanInterval(values: ArrayLike<number>, level = 0.95): MeanInterval {
  const n = values.length;
  assert(n > 0, 'an empty sample has no mean');
  assert(level > 0 && level < 1, `a confidence level is between 0 and 1, not ${level}`);
  const first = values[0] ?? 0;
  let shiftedSum = 0;
  for (let at = 0; at < n; at++) shiftedSum += (values[at] ?? 0) - first;
  const shiftedMean = shiftedSum / n;
  let squares = 0;
  for (let at = 0; at < n; at++) squares += ((values[at] ?? 0) - first - shiftedMean) ** 2;
  const mean = first + shiftedMean;
  if (n === 1) return { n, mean, sd: 0, se: Infinity, low: -Infinity, high: Infinity };
  const sd = Math.sqrt(squares / (n - 1));
  const se = sd / Math.sqrt(n);
  const halfWidth = se === 0 ? 0 : studentQuantile((1 + level) / 2, n - 1) * se;
  return { n, mean, sd, se, low: mean - halfWidth, high: mean + halfWidth };
}

/** Interval of the mean difference `second − first` of values that share their random numbers, pair by pair. */
export function pairedInterval(
  first: ArrayLike<number>,
  second: ArrayLike<number>,
  level = 0.95,
): MeanInterval {
  assert(first.length === second.length, 'paired samples have equal lengths');
  const differences = Array.from(first, (value, at) => (second[at] ?? 0) - value);
  return meanInterval(differences, level);
}

/** The central interval that holds `level` of the values: from the (1 − level)/2 to the (1 + level)/2 quantile. */
export function centralInterval(values: ArrayLike<number>, level: number): [number, number] {
  const sorted = Array.from(values).toSorted((a, b) => a - b);
  assert(sorted.length > 0, 'an empty sample has no quantiles');
  return [quantileSorted(sorted, (1 - level) / 2), quantileSorted(sorted, (1 + level) / 2)];
}

/** Sample quantile, linear between ranks (type 7 of Hyndman & Fan). */
export function sampleQuantile(values: ArrayLike<number>, level: number): number {
  const sorted = Array.from(values).toSorted((a, b) => a - b);
  assert(sorted.length > 0, 'an empty sample has no quantiles');
  return quantileSorted(sorted, level);
}

/** P(T ≤ t) for Student's law with `freedom` > 0 degrees, whole or not. */
export function studentCumulative(t: number, freedom: number): number {
  const tail = 0.5 * incompleteBeta(freedom / (freedom + t * t), freedom / 2, 0.5);
  return t < 0 ? tail : 1 - tail;
}

/** The t with P(T ≤ t) = level, for levels in (0, 1); about 1e-12 relative. */
export function studentQuantile(level: number, freedom: number): number {
  if (level === 0.5) return 0;
  if (level < 0.5) return -studentQuantile(1 - level, freedom);
  return invertIncreasing((t) => studentCumulative(t, freedom), level, 0, Infinity);
}

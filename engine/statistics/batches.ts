// Long runs in batches: where the warm-up ends (MSER-5), and what the mean of a correlated series is worth (batch means).
import { mean } from 'simple-statistics';
import { assert } from '../failure.ts';
import { meanInterval, type MeanInterval } from './intervals.ts';

/** Means of consecutive batches of `size` values; a last, partial batch is dropped. */
export function batchMeans(values: ArrayLike<number>, size: number): readonly number[] {
  assert(Number.isInteger(size) && size > 0, `a batch has at least one value, not ${size}`);
  const count = Math.floor(values.length / size);
  return Array.from({ length: count }, (_, batch) => {
    let sum = 0;
    for (let at = batch * size; at < (batch + 1) * size; at++) sum += values[at] ?? 0;
    return sum / size;
  });
}

/** A warm-up in batches of five: how many of them, and the statistic that was smallest there. */
export interface WarmUp {
  readonly batches: number;
  readonly truncatedBatches: number;
  readonly truncatedValues: number;
  readonly statistic: number;
}

const valuesPerBatch = 5;

/**
 * The warm-up by MSER-5 (White, Cobb and Spratt 2000): the cut after which the squared standard error of the mean of the rest
 * would be smallest, were its batches independent; sought in the first half only, the earliest where several are alike.
 */
export function findWarmUp(values: ArrayLike<number>): WarmUp {
  const means = batchMeans(values, valuesPerBatch);
  assert(means.length > 1, 'a warm-up is sought in two batches of five values or more');
  let best = { cut: 0, statistic: Infinity };
  for (let cut = 0; cut <= Math.floor(means.length / 2); cut++) {
    const statistic = mserStatistic(means, cut);
    if (statistic < best.statistic) best = { cut, statistic };
  }
  return {
    batches: means.length,
    truncatedBatches: best.cut,
    truncatedValues: best.cut * valuesPerBatch,
    statistic: best.statistic,
  };
}

/** The statistic that `findWarmUp` minimises, of batch means behind a cut. */
export function mserStatistic(means: readonly number[], cut: number): number {
  const rest = means.slice(cut);
  assert(rest.length > 0, `nothing is left behind a cut at ${cut} of ${means.length} batches`);
  const centre = mean(rest);
  return rest.reduce((sum, value) => sum + (value - centre) ** 2, 0) / rest.length ** 2;
}

/**
 * The mean of a correlated series with the interval that non-overlapping batch means leave. `variance` estimates n times the
 * variance of the mean of n values.
 */
export function batchMeansInterval(
  values: ArrayLike<number>,
  size: number,
  level = 0.95,
): MeanInterval & { readonly variance: number } {
  const interval = meanInterval(batchMeans(values, size), level);
  return { ...interval, variance: size * interval.sd ** 2 };
}

/** The same parameter by overlapping batches (Meketon and Schmeiser 1984), with a third less variance of its own. */
export function overlappingVariance(values: readonly number[], size: number): number {
  const n = values.length;
  assert(size > 0 && size < n, `overlapping batches of ${size} need more than ${n} values`);
  const centre = mean(values);
  let sum = values.slice(0, size).reduce((total, value) => total + value, 0);
  let squares = (sum / size - centre) ** 2;
  for (let at = size; at < n; at++) {
    sum += (values[at] ?? 0) - (values[at - size] ?? 0);
    squares += (sum / size - centre) ** 2;
  }
  return ((n * size) / ((n - size + 1) * (n - size))) * squares;
}

/** Correlation of neighbours, by the usual estimator: products over the sum of squares of all. */
export function lagOneCorrelation(values: readonly number[]): number {
  const centre = mean(values);
  let [products, squares] = [0, 0];
  for (const [at, value] of values.entries()) {
    squares += (value - centre) ** 2;
    if (at > 0) products += (value - centre) * ((values[at - 1] ?? 0) - centre);
  }
  return products / squares;
}

/** Squared successive differences over squared deviations (von Neumann 1941): near 2 where neighbours are independent. */
export function vonNeumannRatio(values: readonly number[]): number {
  const centre = mean(values);
  let [steps, squares] = [0, 0];
  for (const [at, value] of values.entries()) {
    squares += (value - centre) ** 2;
    if (at > 0) steps += (value - (values[at - 1] ?? 0)) ** 2;
  }
  return steps / squares;
}

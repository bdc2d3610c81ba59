// Long series in batches: where their warm-up ends, and what their mean is worth.
import { z } from 'zod';
import {
  batchMeans,
  batchMeansInterval,
  findWarmUp,
  lagOneCorrelation,
  mserStatistic,
  overlappingVariance,
  vonNeumannRatio,
} from '../../../engine/index.ts';
import type { Outcome } from '../documents.ts';
import { calculated } from '../figures.ts';
import { readModel, type ReferenceCase } from '../schema.ts';

export const warmUpFamilies = ['statistics/mser5'];
export const batchFamilies = ['statistics/batch-means'];

const valuesPerBatch = 5;

const series = z.object({ x: z.array(z.number()).min(2 * valuesPerBatch) });
const batchSize = z.object({ batch_size: z.number().int().positive() });

export function runWarmUp({ data, metrics }: ReferenceCase): Outcome {
  const read = readModel(series, data);
  if ('reason' in read) return { kind: 'unsupported', reason: read.reason };
  const { x } = read.model;
  const { batches, truncatedBatches, truncatedValues, statistic } = findWarmUp(x);
  const means = batchMeans(x, valuesPerBatch);
  const rest = means.slice(truncatedBatches);
  const values: Record<string, number> = {
    n_batches: batches,
    truncation_batches: truncatedBatches,
    truncation_observations: truncatedValues,
    mser_min: statistic,
    mser_at_half: mserStatistic(means, Math.floor(means.length / 2)),
    truncated_mean: meanOf(rest),
    full_mean: meanOf(means),
    unrestricted_argmin_batches: leastAnywhere(means),
  };
  for (const name of Object.keys(metrics)) {
    const cut = /^mser_at_(\d+)$/.exec(name)?.[1];
    if (cut !== undefined) values[name] = mserStatistic(means, Number(cut));
  }
  return calculated(values);
}

/** Without the bound on the search, of which two batches must be left: a few alike at the end may win by chance. */
function leastAnywhere(means: readonly number[]): number {
  const cuts = Array.from({ length: means.length - 1 }, (_, cut) => cut);
  return cuts.reduce((best, cut) =>
    mserStatistic(means, cut) < mserStatistic(means, best) ? cut : best,
  );
}

export function runBatches({ data, model }: ReferenceCase): Outcome {
  const [sample, size] = [readModel(series, data), readModel(batchSize, model.parameters)];
  if ('reason' in sample) return { kind: 'unsupported', reason: sample.reason };
  if ('reason' in size) return { kind: 'unsupported', reason: size.reason };
  const { x } = sample.model;
  const { batch_size: count } = size.model;
  const means = batchMeans(x, count);
  const { mean, sd, low, high, variance } = batchMeansInterval(x, count);
  return calculated({
    mean,
    var_of_batch_means: sd ** 2,
    half_width95: (high - low) / 2,
    ci95_low: low,
    ci95_high: high,
    asymptotic_variance_nbm: variance,
    asymptotic_variance_obm: overlappingVariance(x.slice(0, means.length * count), count),
    lag1_autocorrelation: lagOneCorrelation(x),
    lag1_autocorrelation_batches: lagOneCorrelation(means),
    von_neumann_ratio_batches: vonNeumannRatio(means),
  });
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

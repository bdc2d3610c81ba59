// The histogram against published samples: the very buckets, estimates and errors that its algorithm must give.
import { z } from 'zod';
import { Histogram } from '../../../engine/index.ts';
import type { Outcome } from '../documents.ts';
import { calculated } from '../figures.ts';
import { readModel, type ReferenceCase } from '../schema.ts';

export const histogramFamilies = ['statistics/ddsketch'];

const parameters = z.object({ alpha: z.number().positive().lt(1) });
const sample = z.object({ x: z.array(z.number().positive()).min(1) });

export function runHistogram(referenceCase: ReferenceCase): Outcome {
  const readParameters = readModel(parameters, referenceCase.model.parameters);
  if ('reason' in readParameters) return { kind: 'unsupported', reason: readParameters.reason };
  const readSample = readModel(sample, referenceCase.data);
  if ('reason' in readSample) return { kind: 'unsupported', reason: readSample.reason };
  const { alpha } = readParameters.model;
  const sorted = readSample.model.x.toSorted((a, b) => a - b);
  const histogram = new Histogram(alpha);
  for (const value of sorted) histogram.add(value);

  const values: Record<string, number> = {
    gamma: histogram.growth,
    buckets_used: histogram.bucketsUsed,
    bound: alpha,
  };
  let worst = 0;
  for (const level of levelsAskedFor(referenceCase)) {
    const exact = sorted[Math.floor(level * (sorted.length - 1))] ?? Number.NaN;
    const estimate = histogram.quantile(level) ?? Number.NaN;
    const relativeError = Math.abs(estimate - exact) / exact;
    worst = Math.max(worst, relativeError);
    values[`q${level}_bucket`] = histogram.quantileKey(level) ?? Number.NaN;
    values[`q${level}_estimate`] = estimate;
    values[`q${level}_true`] = exact;
    values[`q${level}_rel_error`] = relativeError;
  }
  values['worst_rel_error'] = worst;
  return calculated(values);
}

/** The levels in metric names like `q0.95_estimate`. */
function levelsAskedFor({ metrics }: ReferenceCase): Set<number> {
  const levels = Object.keys(metrics).flatMap((name) => {
    const level = /^q(\d(?:\.\d+)?)_/.exec(name)?.[1];
    return level === undefined ? [] : [Number(level)];
  });
  return new Set(levels);
}

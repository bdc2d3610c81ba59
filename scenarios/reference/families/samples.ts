// Intervals and tests that assume no law: two samples against each other, order statistics, shares, and the bootstrap, whose
// resamples are drawn and so judged as a simulation.
import { z } from 'zod';
import {
  bootstrapInterval,
  differenceTest,
  exactShareInterval,
  makeStream,
  quantileInterval,
  resampledMeans,
  shareInterval,
  shiftTest,
} from '../../../engine/index.ts';
import type { Figure, Outcome, ValidationOptions } from '../documents.ts';
import { calculated } from '../figures.ts';
import { readModel, type ReferenceCase } from '../schema.ts';

export const twoSampleFamilies = ['statistics/two-sample'];
export const quantileFamilies = ['statistics/quantile-ci'];
export const shareFamilies = ['statistics/proportion'];
export const bootstrapFamilies = ['statistics/bootstrap'];

const numbers = z.array(z.number()).min(1);
const sample = z.object({ x: numbers });
const twoSamples = z.object({ x: numbers, y: numbers });
const quantiles = z.object({
  p: z.array(z.number().gt(0).lt(1)).min(1),
  confidence: z.number().gt(0).lt(1).default(0.95),
});
const trials = z
  .object({ k: z.number().int().min(0), n: z.number().int().positive() })
  .refine(({ k, n }) => k <= n, 'k is at most n');

export function runTwoSample({ data }: ReferenceCase): Outcome {
  const read = readModel(twoSamples, data);
  if ('reason' in read) return { kind: 'unsupported', reason: read.reason };
  const { x, y } = read.model;
  const shift = shiftTest(x, y);
  const difference = differenceTest(x, y);
  return calculated({
    U: shift.u,
    p_less: shift.pLess,
    p_greater: shift.pGreater,
    p_two_sided: shift.pTwoSided,
    hodges_lehmann_shift: shift.shift,
    ks_D: difference.distance,
    ks_p_two_sided: difference.p,
  });
}

export function runQuantiles({ data, model }: ReferenceCase): Outcome {
  const [values, levels] = [readModel(sample, data), readModel(quantiles, model.parameters)];
  if ('reason' in values) return { kind: 'unsupported', reason: values.reason };
  if ('reason' in levels) return { kind: 'unsupported', reason: levels.reason };
  const { p: wanted, confidence } = levels.model;
  const figures = wanted.flatMap((p): [string, number][] => {
    const { point, ranks, low, high, coverage } = quantileInterval(values.model.x, p, confidence);
    // As `0.95` → `p95`, `0.999` → `p999`.
    const name = `p${String(p).slice(2).padEnd(2, '0')}`;
    return [
      [`${name}_point`, point],
      [`${name}_rank_low`, ranks[0]],
      [`${name}_rank_high`, ranks[1]],
      [`${name}_low`, low ?? -Infinity],
      [`${name}_high`, high ?? Infinity],
      [`${name}_coverage`, coverage],
    ];
  });
  return calculated(Object.fromEntries(figures));
}

export function runShares({ model }: ReferenceCase): Outcome {
  const read = readModel(trials, model.parameters);
  if ('reason' in read) return { kind: 'unsupported', reason: read.reason };
  const { k, n } = read.model;
  const [wilson, exact] = [shareInterval(k, n), exactShareInterval(k, n)];
  return calculated({
    wilson_low: wilson[0],
    wilson_high: wilson[1],
    clopper_pearson_low: exact[0],
    clopper_pearson_high: exact[1],
  });
}

const resamples = 100_000;
const batches = 20;

export function runBootstrap(
  { id, data, metrics }: ReferenceCase,
  { effort, seed }: ValidationOptions,
): Outcome {
  const read = readModel(sample, data);
  if ('reason' in read) return { kind: 'unsupported', reason: read.reason };
  const { x } = read.model;
  const count = Math.max(batches * 100, Math.round(resamples * effort));
  const stream = makeStream(`${seed}/${id}`, 0, 'resamples');
  const parts = Array.from({ length: batches }, () =>
    resampledMeans(x, Math.ceil(count / batches), stream),
  );
  const whole = Float64Array.from(parts.flatMap((part) => [...part])).sort();
  const mean = x.reduce((sum, value) => sum + value, 0) / x.length;
  const squares = x.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const figures = new Map<string, Figure>([
    ['mean', { method: 'closed-form', value: mean }],
    // Of all n^n resamples: the spread of the sample itself, over its size.
    ['bootstrap_se_exact', { method: 'closed-form', value: Math.sqrt(squares) / x.length }],
  ]);
  for (const name of Object.keys(metrics)) {
    const [, kind, digits, end] = /^(percentile|basic)_ci(\d+)_(low|high)$/.exec(name) ?? [];
    if (kind === undefined || digits === undefined) continue;
    const level = Number(digits) / 10 ** digits.length;
    const value = (means: Float64Array): number =>
      bootstrapInterval(x, means, level)[kind as 'percentile' | 'basic'][end === 'low' ? 0 : 1];
    figures.set(name, {
      method: 'simulated',
      value: value(whole),
      batchValues: parts.map(value),
      length: { customers: whole.length, time: whole.length },
    });
  }
  return { kind: 'computed', figures };
}

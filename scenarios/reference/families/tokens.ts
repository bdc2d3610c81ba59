// Token buckets, as policers that drop who finds no token and as shapers that let them wait for it.
import { z } from 'zod';
import { feedArrivals, renewalGaps, TokenBucket } from '../../../engine/index.ts';
import type { Outcome, ValidationOptions } from '../documents.ts';
import { levelOf, runMetered, type Estimates } from '../meter.ts';
import { readModel, type ReferenceCase } from '../schema.ts';
import { stabilityRemark } from '../stability.ts';
import { planRun } from '../station-run.ts';

export const tokenFamilies = ['queueing/token-bucket'];

const parameters = z.object({
  lambda: z.number().positive(),
  refill_rate: z.number().positive(),
  depth: z.number().min(1),
});

const estimates: Estimates = [
  [/^drop_probability$/, (window) => window.counted('dropped') / window.units],
  [/^admitted_rate$/, (window) => window.rate('admitted')],
  [/^p_delayed$/, (window) => window.counted('delayed') / window.units],
  [/^mean_delay$/, (window) => window.mean('delay')],
  [/^delay_p(\d+)$/, (window, digits) => window.quantile('delay', levelOf(digits ?? 0))],
];

export function runTokens(referenceCase: ReferenceCase, options: ValidationOptions): Outcome {
  const read = readModel(parameters, referenceCase.model.parameters);
  if ('reason' in read) return { kind: 'unsupported', reason: read.reason };
  const { lambda, refill_rate: tokensPerMs, depth } = read.model;
  const names = Object.keys(referenceCase.metrics);
  const isShaper = names.some((name) => name.includes('delay'));
  // A bucket that turns requests away has a steady state under any load.
  const remark = isShaper ? stabilityRemark(lambda / tokensPerMs, 1) : null;
  const plan = planRun(referenceCase, lambda, options);
  const meter = runMetered(plan, 1 / tokensPerMs, (simulation, meter) => {
    const bucket = new TokenBucket({ tokensPerMs, depth });
    const gaps = renewalGaps(
      { kind: 'exponential', mean: 1 / lambda },
      simulation.stream('arrivals'),
    );
    feedArrivals(simulation, gaps, () => {
      if (isShaper) {
        const delayMs = bucket.reserve(simulation.nowMs);
        meter.sample('delay', delayMs);
        if (delayMs > 0) meter.count('delayed');
      } else {
        meter.count(bucket.take(simulation.nowMs) ? 'admitted' : 'dropped');
      }
      meter.unit();
    });
  });
  return { kind: 'computed', figures: meter.figures(names, estimates), remark };
}

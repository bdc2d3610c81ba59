// Clients that do not take slowness and failure as they come: a second copy of a slow request, another try of a failed one.
import { z } from 'zod';
import { meanOf, sampler } from '../../../engine/index.ts';
import { hedge } from '../../../twin/clients/hedge.ts';
import { tryAgain } from '../../../twin/clients/retries.ts';
import type { Outcome, ValidationOptions } from '../documents.ts';
import { hyperexponentialOf } from '../laws.ts';
import { levelOf, runSampled, type Estimates } from '../meter.ts';
import { readModel, type ReferenceCase } from '../schema.ts';
import { planRun } from '../station-run.ts';

export const hedgingFamilies = ['platform/hedging'];
export const retryFamilies = ['platform/retries'];

const positive = z.number().positive();
const chance = z.number().min(0).max(1);

const hedging = z
  .object({
    p_fast: chance,
    fast_mean_ms: positive,
    slow_mean_ms: positive,
    hedge_delay_ms: z.number().min(0),
  })
  .transform((model) => ({
    delayMs: model.hedge_delay_ms,
    latency: hyperexponentialOf({
      p: model.p_fast,
      r1: 1 / model.fast_mean_ms,
      r2: 1 / model.slow_mean_ms,
    }),
  }));

const hedgingEstimates: Estimates = [
  [/^mean_unhedged$/, (window) => window.mean('unhedged')],
  [/^mean_hedged$/, (window) => window.mean('hedged')],
  [/^extra_requests_fraction$/, (window) => window.counted('extra') / window.units],
  [/^unhedged_p(\d+)$/, (window, digits) => window.quantile('unhedged', levelOf(digits ?? 0))],
  [/^hedged_p(\d+)$/, (window, digits) => window.quantile('hedged', levelOf(digits ?? 0))],
];

export function runHedging(referenceCase: ReferenceCase, options: ValidationOptions): Outcome {
  const read = readModel(hedging, referenceCase.model.parameters);
  if ('reason' in read) return { kind: 'unsupported', reason: read.reason };
  const { delayMs, latency } = read.model;
  const plan = planRun(referenceCase, 1, options);
  const meter = runSampled(plan, meanOf(latency), (simulation, meter) => {
    const draw = sampler(latency, simulation.stream('latency'));
    return () => {
      const firstMs = draw();
      const { answerMs, copies } = hedge(delayMs, firstMs, draw);
      meter.sample('unhedged', firstMs);
      meter.sample('hedged', answerMs);
      meter.count('extra', copies - 1);
    };
  });
  const names = Object.keys(referenceCase.metrics);
  return { kind: 'computed', figures: meter.figures(names, hedgingEstimates) };
}

const retrying = z.object({
  p: chance,
  max_retries: z.number().int().min(0),
  offered_rate: positive.default(1),
});

export function runRetries(referenceCase: ReferenceCase, options: ValidationOptions): Outcome {
  const read = readModel(retrying, referenceCase.model.parameters);
  if ('reason' in read) return { kind: 'unsupported', reason: read.reason };
  const { p, max_retries: mostRetries, offered_rate: offered } = read.model;
  const plan = planRun(referenceCase, 1, options);
  const meter = runSampled(plan, 1, (simulation, meter) => {
    const draw = simulation.stream('failures');
    const fails = (): boolean => draw() < p;
    return () => {
      const { attempts, isAnswered } = tryAgain(mostRetries, fails);
      meter.count('attempts', attempts);
      meter.count(isAnswered ? 'answered' : 'failed');
    };
  });
  const estimates: Estimates = [
    [/^attempts_per_request$/, (window) => window.counted('attempts') / window.units],
    [/^attempt_rate$/, (window) => (offered * window.counted('attempts')) / window.units],
    [/^p_final_failure$/, (window) => window.counted('failed') / window.units],
    [/^goodput$/, (window) => (offered * window.counted('answered')) / window.units],
  ];
  const names = Object.keys(referenceCase.metrics);
  return { kind: 'computed', figures: meter.figures(names, estimates) };
}

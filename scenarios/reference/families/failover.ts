// What a failover takes and what it loses: detection by missing heartbeats, writes that were on their way.
import { z } from 'zod';
import { renewalGaps } from '../../../engine/index.ts';
import { missedBeatsMs } from '../../../twin/failover/heartbeats.ts';
import type { Figure, Outcome, ValidationOptions } from '../documents.ts';
import { levelOf, runSampled, type Estimates } from '../meter.ts';
import { readModel, type ReferenceCase } from '../schema.ts';
import { planRun } from '../station-run.ts';

export const recoveryFamilies = ['platform/rto'];
export const lostWriteFamilies = ['platform/failover-loss'];

const positive = z.number().positive();

const recovery = z.object({
  heartbeat_s: positive,
  misses: z.number().int().positive(),
  network_s: z.number().min(0),
  promotion_s: z.number().min(0),
  redirect_s: z.number().min(0),
});

/** Seconds are as good as milliseconds here. */
export function runRecovery(referenceCase: ReferenceCase, options: ValidationOptions): Outcome {
  const read = readModel(recovery, referenceCase.model.parameters);
  if ('reason' in read) return { kind: 'unsupported', reason: read.reason };
  const { heartbeat_s: intervalMs, misses, network_s: networkMs, ...rest } = read.model;
  const rule = { intervalMs, misses, networkMs };
  let [least, most] = [Infinity, -Infinity];
  const plan = planRun(referenceCase, 1, options);
  const meter = runSampled(plan, intervalMs, (simulation, meter) => {
    const draw = simulation.stream('phase');
    return () => {
      const detection = missedBeatsMs(rule, intervalMs * (1 - draw()));
      const total = detection + rest.promotion_s + rest.redirect_s;
      meter.sample('detection', detection);
      meter.sample('rto', total);
      least = Math.min(least, total);
      most = Math.max(most, total);
    };
  });
  const estimates: Estimates = [
    [/^rto_mean$/, (window) => window.mean('rto')],
    [/^rto_sd$/, (window) => Math.sqrt(window.variance('rto'))],
    [/^rto_p(\d+)$/, (window, digits) => window.quantile('rto', levelOf(digits ?? 0))],
    [/^detection_mean$/, (window) => window.mean('detection')],
  ];
  const extremes: [string, Figure][] = [
    ['rto_min', { method: 'extreme', side: 'least', value: least }],
    ['rto_max', { method: 'extreme', side: 'most', value: most }],
  ];
  const figures = meter.figures(Object.keys(referenceCase.metrics), estimates);
  return { kind: 'computed', figures: new Map([...figures, ...extremes]) };
}

const lostWrites = z.object({ w: positive, lag_s: positive });

const lossEstimates: Estimates = [
  [/^mean_lost$/, (window) => window.mean('lost')],
  [/^var_lost$/, (window) => window.variance('lost')],
  [/^p_no_loss$/, (window) => window.counted('none') / window.units],
  [/^lost_p(\d+)$/, (window, digits) => window.quantile('lost', levelOf(digits ?? 0))],
  [/^p_lost_gt_(\d+)$/, (window, limit = 0) => window.counted(`above ${limit}`) / window.units],
];

/** The writes of the last moments before each crash: those that had not arrived. */
export function runLostWrites(referenceCase: ReferenceCase, options: ValidationOptions): Outcome {
  const read = readModel(lostWrites, referenceCase.model.parameters);
  if ('reason' in read) return { kind: 'unsupported', reason: read.reason };
  const { w: perSec, lag_s: lagSec } = read.model;
  const names = Object.keys(referenceCase.metrics);
  const limits = names.flatMap((name) => /^p_lost_gt_(\d+)$/.exec(name)?.[1] ?? []).map(Number);
  const plan = planRun(referenceCase, 1, options);
  const meter = runSampled(plan, 1, (simulation, meter) => {
    const gaps = renewalGaps(
      { kind: 'exponential', mean: 1 / perSec },
      simulation.stream('writes'),
    );
    return () => {
      let lost = 0;
      for (let sinceSec = gaps(); sinceSec < lagSec; sinceSec += gaps()) lost++;
      meter.sample('lost', lost);
      if (lost === 0) meter.count('none');
      for (const limit of limits) if (lost > limit) meter.count(`above ${limit}`);
    };
  });
  return { kind: 'computed', figures: meter.figures(names, lossEstimates) };
}

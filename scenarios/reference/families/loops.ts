// Control loops under a load that is given: an autoscaler, second by second, and alerts on the burn of an error budget.
import { z } from 'zod';
import { playAutoscaler } from '../../../twin/loops/autoscaler.ts';
import {
  budgetAtThreshold,
  budgetSpent,
  burnRateOf,
  detectAfterMs,
  exhaustionMs,
  resetAfterMs,
  type BurnRateAlert,
} from '../../../twin/loops/burn-rate.ts';
import type { Outcome } from '../documents.ts';
import { calculated } from '../figures.ts';
import { readModel, type ReferenceCase } from '../schema.ts';

export const autoscalerFamilies = ['platform/autoscaler'];
export const burnRateFamilies = ['platform/burn-rate'];

const positive = z.number().positive();
const whole = z.number().int().min(0);

/** "200 req/s for t<100, then 1200": rates, each until a time and the last one for good. */
const steps = z.string().transform((text, context) => {
  const parts = text.split(/,\s*then\s+/).map((part, index, all) => {
    const match = /^(\d+(?:\.\d+)?)(?:\s*req\/s)?(?:\s+for t<(\d+(?:\.\d+)?))?$/.exec(part.trim());
    const isLast = index === all.length - 1;
    if (match === null || (match[2] === undefined) !== isLast) return null;
    return { rate: Number(match[1]), untilSec: isLast ? Infinity : Number(match[2]) };
  });
  if (parts.every((part) => part !== null)) return parts;
  context.addIssue({ code: 'custom', message: `no load is written "${text}"` });
  return z.NEVER;
});

const scaling = z.object({
  load: steps,
  n0: whole,
  capacity_per_instance: positive,
  target_utilization: positive,
  interval_s: z.number().int().positive(),
  cooldown_up_s: z.number().min(0),
  cooldown_down_s: z.number().min(0),
  boot_s: z.number().min(0),
  min: whole,
  max: whole,
  max_step: z.number().int().positive(),
  horizon_s: z.number().int().positive(),
});

export function runAutoscaler({ model }: ReferenceCase): Outcome {
  const read = readModel(scaling, model.parameters);
  if ('reason' in read) return { kind: 'unsupported', reason: read.reason };
  const given = read.model;
  const run = playAutoscaler(
    {
      capacityPerInstance: given.capacity_per_instance,
      targetUtilisation: given.target_utilization,
      intervalSec: given.interval_s,
      cooldownUpSec: given.cooldown_up_s,
      cooldownDownSec: given.cooldown_down_s,
      bootSec: given.boot_s,
      least: given.min,
      most: given.max,
      largestStep: given.max_step,
    },
    given.n0,
    (atSec) => given.load.find(({ untilSec }) => atSec < untilSec)?.rate ?? 0,
    given.horizon_s,
  );
  return calculated({
    instance_seconds: run.instanceSeconds,
    unserved_demand: run.unserved,
    scale_up_events: run.starts,
    scale_down_events: run.stops,
    ready_at_end: run.readyAtEnd,
    peak_ready: run.peakReady,
    first_time_capacity_covers_load: run.caughtUpSec ?? Infinity,
  });
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

const burning = z.object({
  slo: z.number().gt(0).lt(1),
  period_days: positive,
  pairs_min_long_short_burn: z.array(z.tuple([positive, positive, positive])).min(1),
});

type Burning = z.infer<typeof burning>;

/** Metrics name an alert by its long window in minutes and errors by their share, such as `1/50`. */
export function runBurnRate({ model, metrics }: ReferenceCase): Outcome {
  const read = readModel(burning, model.parameters);
  if ('reason' in read) return { kind: 'unsupported', reason: read.reason };
  const values = Object.keys(metrics).flatMap((name): [string, number][] => {
    const [, what = '', share, minutes] =
      /^(\w+?)(?:_err(\d+(?:\/\d+)?))?(?:_w(\d+(?:\.\d+)?))?$/.exec(name) ?? [];
    const [over = Number.NaN, under = 1] = (share ?? '').split('/').filter(Boolean).map(Number);
    const value = burnFigure(read.model, what, over / under, Number(minutes));
    return value === null ? [] : [[name, value]];
  });
  return calculated(Object.fromEntries(values));
}

function burnFigure(
  { slo: target, period_days: days, pairs_min_long_short_burn: pairs }: Burning,
  what: string,
  errorShare: number,
  minutes: number,
): number | null {
  const objective = { target, periodMs: days * 24 * hourMs };
  const alerts = pairs.map(([long, short, burnRate]): BurnRateAlert => ({
    longMs: long * minuteMs,
    shortMs: short * minuteMs,
    burnRate,
  }));
  const firstMs = Math.min(...alerts.map((alert) => detectAfterMs(objective, alert, errorShare)));
  if (what === 'first_alert_min') return firstMs / minuteMs;
  if (what === 'budget_spent_at_alert') return budgetSpent(objective, errorShare, firstMs);
  if (what === 'burn_rate') return burnRateOf(objective, errorShare);
  if (what === 'exhaustion_h') return exhaustionMs(objective, errorShare) / hourMs;
  const alert = alerts.find(({ longMs }) => longMs === minutes * minuteMs);
  if (alert === undefined) return null;
  if (what === 'budget_at_threshold') return budgetAtThreshold(objective, alert);
  if (what === 'detect_min') return detectAfterMs(objective, alert, errorShare) / minuteMs;
  if (what === 'reset_min') return resetAfterMs(objective, alert, errorShare) / minuteMs;
  return null;
}

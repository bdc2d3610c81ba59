// A follower that falls behind and catches up, as flows.
import { z } from 'zod';
import { FlowBacklog } from '../../../twin/flow/backlog.ts';
import type { Outcome } from '../documents.ts';
import { calculated } from '../figures.ts';
import { readModel, type ReferenceCase } from '../schema.ts';

export const lagFamilies = ['platform/replication-lag'];

const parameters = z.object({
  segments: z.array(z.tuple([z.number().positive(), z.number().min(0)])).min(1),
  apply_capacity: z.number().positive(),
});

export function runLag({ model, metrics }: ReferenceCase): Outcome {
  const read = readModel(parameters, model.parameters);
  if ('reason' in read) return { kind: 'unsupported', reason: read.reason };
  const { segments, apply_capacity: appliedPerSec } = read.model;
  const flow = new FlowBacklog(
    segments.map(([lengthSec, ratePerSec]) => ({ lengthSec, ratePerSec })),
    appliedPerSec,
  );
  const [backlog, lag] = [flow.peakBacklog(), flow.peakLagSec()];
  const atTimes = Object.keys(metrics).flatMap((name): [string, number][] => {
    const [, what, time] = /^(backlog|time_lag)_t(\d+(?:\.\d+)?)$/.exec(name) ?? [];
    if (time === undefined) return [];
    const atSec = Number(time);
    return [[name, what === 'backlog' ? flow.backlogAt(atSec) : flow.lagSecAt(atSec)]];
  });
  return calculated({
    peak_time_lag: lag.value,
    time_of_peak_time_lag: lag.atSec,
    peak_backlog: backlog.value,
    time_of_peak_backlog: backlog.atSec,
    catch_up_time: flow.caughtUpSec(),
    backlog_time_integral: flow.backlogSeconds(),
    mean_backlog_over_horizon: flow.backlogSeconds() / flow.horizonSec,
    ...Object.fromEntries(atTimes),
  });
}

// The experiment on service times: the fleet's own mix of classes at rates around its own, by the driver of a real run.
import type { OperationClass } from '../../../twin/estate/estate.ts';
import type { ParameterPath } from '../../../twin/parameters.ts';
import type { Experiment, Measured } from '../experiment.ts';
import { summariseRepetitions } from '../repetitions.ts';
import { serviceLoad, type ServiceTimes } from '../service-load.ts';
import { playRepetitions, type Played } from '../service-runs.ts';

/** What a driver needs to start, to drain and to hand over its samples, beyond the time that it plays. */
const perRepetitionMs = 1_500;

/** Kinds of classes that are not here are measured by experiments of their own. */
const parametersByKind: Partial<Record<OperationClass['kind'], readonly ParameterPath[]>> = {
  write: ['write.localMs', 'write.syncMs'],
  job: ['job.overheadMs'],
  compute: [],
  read: [],
};

export const services: Experiment = {
  id: 'services',
  method: ({ repetitions, horizonMs }) =>
    `open loop at 0.6 to 3 times the estate's rates, ${repetitions} × ${horizonMs / 1000} s`,
  parameters: Object.values(parametersByKind).flat(),
  needed: ({ fleet }) => [
    ...new Set(fleet.classes.flatMap(({ kind }) => parametersByKind[kind] ?? [])),
  ],
  because: ({ fleet }) =>
    `its classes: ${fleet.classes.map(({ id, kind }) => `${id} (${kind})`).join(', ')}`,
  durationMs: ({ repetitions, horizonMs }) => repetitions * (horizonMs + perRepetitionMs),
  run: async ({ fleet, shard, effort, ...bench }) => {
    const { repetitions, horizonMs, warmupMs } = effort;
    const load = serviceLoad(fleet);
    const played = await playRepetitions({
      ...bench,
      load,
      shard: shard.id,
      repetitions,
      horizonMs,
      warmupMs,
    });
    return {
      ...summarised('write.localMs', played, ({ localMs }) => localMs),
      ...summarised('write.syncMs', played, ({ syncMs }) => syncMs),
      ...summarised('job.overheadMs', played, ({ overheadMs }) => overheadMs),
    };
  },
};

/** Nothing for an aspect that the estate's classes do not have. */
function summarised(
  path: ParameterPath,
  repetitions: readonly Played[],
  aspect: (times: ServiceTimes) => readonly number[],
): Measured {
  const observed = repetitions.filter(({ times }) => aspect(times).length > 0);
  if (observed.length === 0) return {};
  const loads = observed.map(({ requestsPerSec }) => requestsPerSec);
  return {
    [path]: summariseRepetitions(
      observed.map(({ times }) => aspect(times)),
      loads,
    ),
  };
}

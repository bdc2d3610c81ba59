// The experiment on service times: the fleet's own mix of classes at rates around its own, by the driver of a real run.
import type { OperationClass } from '../../../twin/estate/estate.ts';
import { neededParameters } from '../../../twin/estate/needed-parameters.ts';
import type { LagPosition, LagSample } from '../../../twin/lag.ts';
import type { ParameterPath } from '../../../twin/parameters.ts';
import type { Experiment, Measured } from '../experiment.ts';
import { summariseRepetitions } from '../repetitions.ts';
import { apartMs, distancesOf, whileApart } from '../distances.ts';
import { serviceLoad, stretchSum, withClientsApart } from '../service-load.ts';
import { playRepetitions, type Played } from '../service-runs.ts';

/** What a driver needs to start, to drain and to hand over its samples, beyond the time that it plays. */
const perRepetitionMs = 1_500;

/** Kinds of classes that are not here are measured by experiments of their own. */
const parametersByKind: Partial<Record<OperationClass['kind'], readonly ParameterPath[]>> = {
  write: [
    'write.localMs',
    'write.syncMs',
    'write.offMs',
    'write.remoteWriteMs',
    'write.remoteApplyMs',
    'write.cpuMs',
    'standby.cpuMs',
    'lag.writtenMs',
    'lag.flushedMs',
    'lag.replayedMs',
  ],
  job: ['job.overheadMs', 'job.cpuMs'],
  read: ['read.serviceMs', 'read.cpuMs'],
};

export const services: Experiment = {
  id: 'services',
  method: ({ repetitions, horizonMs }) =>
    `open loop at 0.2 to 4 times the estate's rates and from ${apartMs} ms apart, ${repetitions} times, ${(stretchSum(repetitions) * horizonMs) / 1000} s together`,
  parameters: [...Object.values(parametersByKind).flat(), 'link.extraMs'],
  needed: ({ fleet, shard, commitModes }) => {
    const ofKinds = new Set(fleet.classes.flatMap(({ kind }) => parametersByKind[kind] ?? []));
    if (ofKinds.size > 0) ofKinds.add('link.extraMs');
    const shards = commitModes.map((commitMode) => ({ ...shard, commitMode }));
    const needed = neededParameters({ fleets: [{ ...fleet, shards }] });
    return [...ofKinds].filter((path) => needed.includes(path));
  },
  because: ({ fleet }) =>
    `its classes: ${fleet.classes.map(({ id, kind }) => `${id} (${kind})`).join(', ')}`,
  durationMs: ({ repetitions, horizonMs }) =>
    stretchSum(repetitions) * horizonMs + repetitions * perRepetitionMs,
  run: async ({ fleet, shard, commitModes, effort, ...bench }) => {
    const { repetitions, horizonMs, warmupMs } = effort;
    const load = serviceLoad(withClientsApart(fleet, shard), commitModes);
    const distances = distancesOf(shard);
    const standbys = shard.replicas.length;
    const runs = { ...bench, load, distances, standbys, shard: shard.id };
    const played = await whileApart(bench.control, shard, () =>
      playRepetitions({ ...runs, repetitions, horizonMs, warmupMs }),
    );
    return {
      ...summarised('write.localMs', played, ({ times }) => times.localMs),
      ...summarised('write.syncMs', played, ({ times }) => times.syncMs),
      ...summarised('write.offMs', played, ({ times }) => times.offMs),
      ...summarised('write.remoteWriteMs', played, ({ times }) => times.remoteWriteMs),
      ...summarised('write.remoteApplyMs', played, ({ times }) => times.remoteApplyMs),
      ...summarised('lag.writtenMs', played, ({ lags }) => confirmed(lags, 'written')),
      ...summarised('lag.flushedMs', played, ({ lags }) => confirmed(lags, 'flushed')),
      ...summarised('lag.replayedMs', played, ({ lags }) => confirmed(lags, 'replayed')),
      ...summarised('job.overheadMs', played, ({ times }) => times.overheadMs),
      ...summarised('link.extraMs', played, ({ times }) => times.linkExtraMs),
      ...summarised('read.serviceMs', played, ({ times }) => times.readMs),
      ...summarised('write.cpuMs', played, ({ cpuMs }) => cpuMs.get('write')),
      ...summarised('standby.cpuMs', played, ({ standbyCpuMs }) => standbyCpuMs ?? undefined),
      ...summarised('job.cpuMs', played, ({ cpuMs }) => cpuMs.get('job')),
      ...summarised('read.cpuMs', played, ({ cpuMs }) => cpuMs.get('read')),
    };
  },
};

/** What each look at a standby says that a confirmation took. */
function confirmed(lags: readonly LagSample[], position: LagPosition): readonly number[] {
  return lags.flatMap(({ ms }) => ms[position] ?? []);
}

/** Nothing for what the estate's classes do not have, or this system does not tell. */
function summarised(
  path: ParameterPath,
  repetitions: readonly Played[],
  aspect: (played: Played) => readonly number[] | number | undefined,
): Measured {
  const observed = repetitions
    .map((played) => ({ load: played.wakeUpsPerSec, values: [aspect(played) ?? []].flat() }))
    .filter(({ values }) => values.length > 0);
  if (observed.length === 0) return {};
  return {
    [path]: summariseRepetitions(
      observed.map(({ values }) => values),
      observed.map(({ load }) => load),
    ),
  };
}

// The repetitions of the calibration's load: which of them count, and what each of them tells.
import { assert } from '../../engine/failure.ts';
import type { OperationKind } from '../../twin/estate/estate.ts';
import type { LagSample } from '../../twin/lag.ts';
import { gates } from '../../twin/gates.ts';
import type { Trace } from '../../twin/trace.ts';
import { wakeUpsPerSec } from '../../twin/wake-ups.ts';
import type { LabInfo } from '../lab/lab-info.ts';
import type { LoadSummary } from '../load/summary.ts';
import type { Distances } from './distances.ts';
import { playLoad, type LoadPlace } from './play-load.ts';
import { replicationUse, usedBetween } from './replication-cpu.ts';
import { serviceTimes, serviceTrace, type ServiceLoad, type ServiceTimes } from './service-load.ts';

const spareRepetitions = 3;

const lagLimitMs = lagLimit();

export interface ServiceRuns extends LoadPlace {
  readonly lab: Pick<LabInfo, 'nodes'>;
  readonly load: ServiceLoad;
  readonly standbys: number;
  /** What links add meanwhile. */
  readonly distances: Distances;
  readonly repetitions: number;
  readonly horizonMs: number;
  /** Requests due before are played and not counted. */
  readonly warmupMs: number;
  readonly onProgress: (text: string) => void;
}

/** A repetition, its load, and how late its generator was: the gate by which a measurement is called disturbed. */
export interface Played {
  readonly times: ServiceTimes;
  /** Looks at the standbys after the warm-up. */
  readonly lags: readonly LagSample[];
  /** Processor time of one operation in ms, on average, by kind; nothing where the system does not tell. */
  readonly cpuMs: ReadonlyMap<OperationKind, number>;
  /** Processor time of one commit in those who send it to a standby and receive it there; null where nobody can tell. */
  readonly standbyCpuMs: number | null;
  readonly wakeUpsPerSec: number;
  readonly lagMs: number;
}

/**
 * Service times of as many repetitions as asked for. One that the host disturbed, by the same gate as a measurement, is
 * played again, at most three in all; after that the calmest ones have to do. What is selected by is the generator's
 * own lateness, never a service time.
 */
export async function playRepetitions(runs: ServiceRuns): Promise<readonly Played[]> {
  return calmest(runs.repetitions, (index, calm) => {
    runs.signal?.throwIfAborted();
    runs.onProgress(`service times, repetition ${calm + 1} of ${runs.repetitions}`);
    return playOnce(runs, index);
  });
}

/** Plays until enough repetitions were calm, or patience ends; `play` gets its number and how many were calm so far. */
export async function calmest<T extends { readonly lagMs: number }>(
  count: number,
  play: (index: number, calm: number) => Promise<T>,
): Promise<readonly T[]> {
  const played: T[] = [];
  const calm = (): number => played.filter(({ lagMs }) => lagMs <= lagLimitMs).length;
  while (calm() < count && played.length < count + spareRepetitions) {
    played.push(await play(played.length, calm()));
  }
  return played.toSorted((a, b) => a.lagMs - b.lagMs).slice(0, count);
}

async function playOnce(runs: ServiceRuns, repetition: number): Promise<Played> {
  const { load, warmupMs, distances } = runs;
  const trace = serviceTrace(load, repetition, runs.horizonMs);
  const name = `repetition-${repetition}`;
  const before = replicationUse(runs.lab);
  const { samples, summary, lags } = await playLoad(runs, { ...load, name, trace });
  const replicatedMs = usedBetween(before, replicationUse(runs.lab));
  const { generatorLagP99Ms: lagMs } = summary;
  if (lagMs > lagLimitMs) runs.onProgress(`disturbed: generator lag p99 ${lagMs.toFixed(1)} ms`);
  return {
    times: serviceTimes(load, trace, { samples, warmupMs, distances }),
    lags: lags
      .filter(({ atMs }) => atMs >= warmupMs && atMs < trace.horizonMs)
      .map((look) => withoutLink(look, distances.ofStandby(look.replica))),
    cpuMs: cpuByKind(load, summary),
    standbyCpuMs: perCommit(replicatedMs, runs, trace),
    wakeUpsPerSec: wakeUpsPerSec(trace, load.fleet),
    lagMs,
  };
}

/** What a confirmation took beside the link; in bytes nothing is known without it. */
function withoutLink(look: LagSample, linkMs: number): LagSample {
  const less = (ms: number | null): number | null =>
    ms === null ? null : Math.max(0, ms - linkMs);
  const { written, flushed, replayed } = look.ms;
  return {
    ...look,
    ms: { written: less(written), flushed: less(flushed), replayed: less(replayed) },
  };
}

/** Of all that replication used, what one commit and one standby have of it. */
function perCommit(
  usedMs: number | null,
  { load, standbys }: Pick<ServiceRuns, 'load' | 'standbys'>,
  trace: Trace,
): number | null {
  const writing = new Set(load.classes.flatMap(({ id, kind }) => (kind === 'write' ? [id] : [])));
  const commits = trace.classOf.filter((at) => writing.has(trace.classes[at] ?? '')).length;
  return usedMs === null || commits * standbys === 0 ? null : usedMs / commits / standbys;
}

/** Whatever commits wait for, their processor time is the same: all classes of a kind together. */
function cpuByKind({ classes }: ServiceLoad, { cpu }: LoadSummary): Played['cpuMs'] {
  const kinds = [...new Set(classes.map(({ kind }) => kind))];
  return new Map(
    kinds.flatMap((kind): [OperationKind, number][] => {
      const ids = new Set(classes.filter((one) => one.kind === kind).map(({ id }) => id));
      const counted = (cpu?.byClass ?? []).filter((one) => ids.has(one.class));
      const operations = counted.reduce((sum, one) => sum + one.operations, 0);
      const usedMs = counted.reduce((sum, { cpuMs }) => sum + cpuMs, 0);
      return operations === 0 ? [] : [[kind, usedMs / operations]];
    }),
  );
}

function lagLimit(): number {
  const gate = gates.find(({ condition }) => condition === 'generatorLagP99Ms');
  assert(gate !== undefined, 'a gate limits the lag of the generator');
  return gate.limit;
}

// The load that services are measured under: the fleet's own mix of classes, tenants and sizes, at rates around its own, so
// that processors and caches are as warm or cold as in a run. Computations are left out: they have an experiment of their
// own, and the others' times without them are what the model adds their competition to. Writes come in two kinds, half of them waiting for a standby
// and half not, interleaved in one trace: what disturbs one kind disturbs the other.
import { median } from 'simple-statistics';
import { drawTrace } from '../../twin/demand.ts';
import type { CommitMode, Fleet, OperationClass, Shard } from '../../twin/estate/estate.ts';
import { outcomes, type Samples } from '../../twin/samples.ts';
import type { Trace } from '../../twin/trace.ts';
import { UserError } from '../../engine/failure.ts';
import type { LoadClass } from '../load/config.ts';
import type { Distances } from './distances.ts';

/** Rates between these give enough observations in a few seconds and leave the servers far from busy. */
const lowestRatePerSec = 20;
const highestRatePerSec = 100;

/** Times the rates above, repetition by repetition: from nearly idle processors, which are slow to wake up, to busy ones. */
const loadFactors = [1, 0.2, 0.5, 2, 4] as const;

/** A light load is played longer, so that it shows about as much; not for ever. */
const longestStretch = 3;

/** What a class of the calibration's load tells about. */
type Aspect =
  | 'localMs'
  | 'syncMs'
  | 'offMs'
  | 'remoteWriteMs'
  | 'remoteApplyMs'
  | 'overheadMs'
  | 'readMs';

const aspectsByMode: Readonly<Record<CommitMode, Aspect>> = {
  off: 'offMs',
  local: 'localMs',
  remote_write: 'remoteWriteMs',
  on: 'syncMs',
  remote_apply: 'remoteApplyMs',
};

/**
 * Durations in milliseconds, by aspect, and what links took beyond their declared delay, there and back: nothing where all
 * clients stand beside the primary, or none does.
 */
export type ServiceTimes = Readonly<Record<Aspect | 'linkExtraMs', readonly number[]>>;

export interface ServiceLoad {
  readonly fleet: Fleet;
  readonly classes: readonly LoadClass[];
}

/** Splits every write class into one per commit mode that a prediction may ask for; drops computations. */
export function serviceLoad(fleet: Fleet, commitModes: readonly CommitMode[] = []): ServiceLoad {
  const modes = [...new Set<CommitMode>(['on', 'local', ...commitModes])];
  const parts = fleet.classes
    .filter(({ kind }) => kind !== 'compute')
    .flatMap((one) => partsOf({ ...one, ratePerSec: boundedRate(one) }, modes));
  return {
    fleet: { ...fleet, classes: parts.map(({ operation }) => operation) },
    classes: parts.map(({ operation: { id, kind }, mode }) =>
      mode === null ? { id, kind } : { id, kind, commitMode: mode },
    ),
  };
}

/** A class of the calibration's load; `mode` null: it does not commit. */
interface Part {
  readonly operation: OperationClass;
  readonly mode: CommitMode | null;
}

function partsOf(operation: OperationClass, modes: readonly CommitMode[]): readonly Part[] {
  if (operation.kind !== 'write') return [{ operation, mode: null }];
  const { id } = operation;
  const ratePerSec = operation.ratePerSec / modes.length;
  return modes.map((mode) => ({
    operation: { ...operation, id: mode === 'on' ? id : `${id}.${mode}`, ratePerSec },
    mode,
  }));
}

/**
 * The trace of one repetition. Repetitions play different loads, because the demand of one operation is not the same at
 * all of them (a processor that idles in between is slower); what the medians differ by is what a prediction at an
 * unknown load has to reckon with.
 */
export function serviceTrace(load: ServiceLoad, repetition: number, horizonMs: number): Trace {
  const factor = loadFactors[repetition % loadFactors.length] ?? 1;
  return drawTrace(load.fleet, {
    seed: 'calibration',
    replication: repetition,
    horizonMs: horizonMs * stretchOf(factor),
    factors: new Map(load.classes.map(({ id }) => [id, factor])),
  });
}

/** Times that one repetition of each load takes, in lengths of the first. */
export function stretchSum(repetitions: number): number {
  return Array.from({ length: repetitions }, (_, repetition) =>
    stretchOf(loadFactors[repetition % loadFactors.length] ?? 1),
  ).reduce((sum, stretch) => sum + stretch, 0);
}

function stretchOf(factor: number): number {
  return Math.min(longestStretch, Math.max(1, 1 / factor));
}

/**
 * Service times from sending to the answer less what links added, of requests due after the warm-up; of jobs, what they
 * took beyond their declared size. Throws a UserError when any request was not acknowledged: such a run measures something else.
 */
export function serviceTimes(
  load: ServiceLoad,
  trace: Trace,
  {
    samples,
    warmupMs,
    distances,
  }: {
    readonly samples: Samples;
    readonly warmupMs: number;
    readonly distances: Distances;
  },
): ServiceTimes {
  const clientsMs = trace.tenants.map((id) =>
    distances.ofClient(load.fleet.tenants.find((one) => one.id === id)?.home ?? ''),
  );
  const commitsMs = trace.classes.map((id) => {
    const found = load.classes.find((one) => one.id === id);
    return found?.kind === 'write' ? distances.ofCommit(found.commitMode ?? 'on') : 0;
  });
  const aspects = trace.classes.map((id) => aspectOf(load, id));
  const [near, far] = [noTimes(), noTimes()];
  for (let request = 0; request < trace.count; request++) {
    const outcome = outcomes[samples.outcome[request] ?? 0] ?? 'unfinished';
    if (outcome !== 'acknowledged') throw notAcknowledged(request, outcome);
    if ((trace.atMs[request] ?? 0) < warmupMs) continue;
    const aspect = aspects[trace.classOf[request] ?? 0] ?? 'overheadMs';
    const tookMs = (samples.doneMs[request] ?? NaN) - (samples.sentMs[request] ?? NaN);
    const declaredMs = aspect === 'overheadMs' ? (trace.size[request] ?? 0) : 0;
    const clientMs = clientsMs[trace.tenantOf[request] ?? 0] ?? 0;
    const linksMs = clientMs + (commitsMs[trace.classOf[request] ?? 0] ?? 0);
    (clientMs > 0 ? far : near)[aspect].push(tookMs - declaredMs - linksMs);
  }
  return together(near, far);
}

type Times = Record<Aspect, number[]>;

function noTimes(): Times {
  return {
    localMs: [],
    syncMs: [],
    offMs: [],
    remoteWriteMs: [],
    remoteApplyMs: [],
    overheadMs: [],
    readMs: [],
  };
}

/** Fewest requests whose median says something. */
const fewestForMedian = 10;

/** What far requests take longer is the links' doing, whatever they are about; without it they are like those from nearby. */
function together(near: Times, far: Times): ServiceTimes {
  const aspects = Object.keys(near) as Aspect[];
  const compared = aspects
    .map((aspect) => ({ here: near[aspect], there: far[aspect] }))
    .filter(({ here, there }) => Math.min(here.length, there.length) >= fewestForMedian)
    .map(({ here, there }) => ({
      longerMs: median(there) - median(here),
      weight: Math.min(here.length, there.length),
    }));
  const total = compared.reduce((sum, { weight }) => sum + weight, 0);
  const weighted = compared.reduce((sum, { longerMs, weight }) => sum + longerMs * weight, 0);
  const linkExtraMs = total === 0 ? [] : [Math.max(0, weighted / total)];
  const [extraMs = 0] = linkExtraMs;
  const all = aspects.map((aspect): [Aspect, readonly number[]] => [
    aspect,
    [...near[aspect], ...far[aspect].map((ms) => ms - extraMs)].map((ms) => Math.max(0, ms)),
  ]);
  return { ...(Object.fromEntries(all) as Record<Aspect, readonly number[]>), linkExtraMs };
}

/**
 * The fleet with clients on both sides of a link, so that it shows what links add: its own, and where all of them stand on
 * one side, another one on the other.
 */
export function withClientsApart(fleet: Fleet, shard: Shard): Fleet {
  const here = shard.primary.region;
  const isNear = fleet.tenants.some(({ home }) => home === here);
  const isFar = fleet.tenants.some(({ home }) => home !== here);
  const there = shard.replicas.find(({ region }) => region !== here)?.region;
  const [first] = fleet.tenants;
  const home = isNear ? there : here;
  if ((isNear && isFar) || first === undefined || home === undefined) return fleet;
  const own = fleet.tenants.map((tenant) => ({ ...tenant, share: tenant.share / 2 }));
  return { ...fleet, tenants: [...own, { ...first, id: '(other side)', home, share: 0.5 }] };
}

function aspectOf({ classes }: ServiceLoad, id: string): Aspect {
  const found = classes.find((one) => one.id === id);
  if (found?.kind === 'job') return 'overheadMs';
  if (found?.kind === 'read') return 'readMs';
  return aspectsByMode[found?.commitMode ?? 'on'];
}

function boundedRate({ ratePerSec }: OperationClass): number {
  return Math.min(highestRatePerSec, Math.max(lowestRatePerSec, ratePerSec));
}

function notAcknowledged(request: number, outcome: string): UserError {
  return new UserError('environment', {
    message: `request ${request} of a calibration ended ${outcome}`,
    remedy: 'check with `premortem lab status` that every node is up, then calibrate again',
  });
}

// The load that services are measured under: the fleet's own mix of classes, tenants and sizes, at rates around its own, so
// that processors and caches are as warm or cold as in a run. Computations are left out: they have an experiment of their
// own, and the others' times without them are what the model adds their competition to. Writes come in two kinds, half of them waiting for a standby
// and half not, interleaved in one trace: what disturbs one kind disturbs the other.
import { drawTrace } from '../../twin/demand.ts';
import type { CommitMode, Fleet, OperationClass } from '../../twin/estate/estate.ts';
import { outcomes, type Samples } from '../../twin/samples.ts';
import type { Trace } from '../../twin/trace.ts';
import { UserError } from '../../engine/failure.ts';
import type { LoadClass } from '../load/config.ts';
import type { Distances } from './distances.ts';

/** Rates between these give enough observations in a few seconds and leave the servers far from busy. */
const lowestRatePerSec = 20;
const highestRatePerSec = 100;

/** Times the rates above, repetition by repetition. */
const loadFactors = [1, 0.6, 1.5, 2.2, 3] as const;

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

/** Durations in milliseconds, by aspect. */
export type ServiceTimes = Readonly<Record<Aspect, readonly number[]>>;

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
    horizonMs,
    factors: new Map(load.classes.map(({ id }) => [id, factor])),
  });
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
  const times: Record<Aspect, number[]> = {
    localMs: [],
    syncMs: [],
    offMs: [],
    remoteWriteMs: [],
    remoteApplyMs: [],
    overheadMs: [],
    readMs: [],
  };
  for (let request = 0; request < trace.count; request++) {
    const outcome = outcomes[samples.outcome[request] ?? 0] ?? 'unfinished';
    if (outcome !== 'acknowledged') throw notAcknowledged(request, outcome);
    if ((trace.atMs[request] ?? 0) < warmupMs) continue;
    const aspect = aspects[trace.classOf[request] ?? 0] ?? 'overheadMs';
    const tookMs = (samples.doneMs[request] ?? NaN) - (samples.sentMs[request] ?? NaN);
    const declaredMs = aspect === 'overheadMs' ? (trace.size[request] ?? 0) : 0;
    const linksMs =
      (clientsMs[trace.tenantOf[request] ?? 0] ?? 0) +
      (commitsMs[trace.classOf[request] ?? 0] ?? 0);
    times[aspect].push(Math.max(0, tookMs - declaredMs - linksMs));
  }
  return times;
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

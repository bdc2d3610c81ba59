// The load that services are measured under: the fleet's own mix of classes, tenants and sizes, at rates around its own, so
// that processors and caches are as warm or cold as in a run. Computations are left out: they have an experiment of their
// own, and the others' times without them are what the model adds their competition to. Writes come in two kinds, half of them waiting for a standby
// and half not, interleaved in one trace: what disturbs one kind disturbs the other.
import { drawTrace } from '../../twin/demand.ts';
import type { Fleet, OperationClass } from '../../twin/estate/estate.ts';
import { outcomes, type Samples } from '../../twin/samples.ts';
import type { Trace } from '../../twin/trace.ts';
import { UserError } from '../../engine/failure.ts';
import type { LoadClass } from '../load/config.ts';

/** Rates between these give enough observations in a few seconds and leave the servers far from busy. */
const lowestRatePerSec = 20;
const highestRatePerSec = 100;

/** Times the rates above, repetition by repetition. */
const loadFactors = [1, 0.6, 1.5, 2.2, 3] as const;

const localSuffix = '.local';

/** What a class of the calibration's load tells about. */
type Aspect = 'localMs' | 'syncMs' | 'overheadMs' | 'readMs';

/** Durations in milliseconds, by aspect. */
export type ServiceTimes = Readonly<Record<Aspect, readonly number[]>>;

export interface ServiceLoad {
  readonly fleet: Fleet;
  readonly classes: readonly LoadClass[];
}

/** Splits every write class into one that waits for a standby and one that does not; drops computations. */
export function serviceLoad(fleet: Fleet): ServiceLoad {
  const classes = fleet.classes
    .filter(({ kind }) => kind !== 'compute')
    .map((one) => ({ ...one, ratePerSec: boundedRate(one) }));
  const halved = (one: OperationClass, id: string): OperationClass => ({
    ...one,
    id,
    ratePerSec: one.ratePerSec / 2,
  });
  return {
    fleet: {
      ...fleet,
      classes: classes.flatMap((one) =>
        one.kind === 'write'
          ? [halved(one, one.id), halved(one, `${one.id}${localSuffix}`)]
          : [one],
      ),
    },
    classes: classes.flatMap(({ id, kind }): LoadClass[] =>
      kind === 'write'
        ? [
            { id, kind, commitMode: 'on' },
            { id: `${id}${localSuffix}`, kind, commitMode: 'local' },
          ]
        : [{ id, kind }],
    ),
  };
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
 * Service times from sending to the answer, of requests due after the warm-up; of jobs, what they took beyond their
 * declared size. Throws a UserError when any request was not acknowledged: such a run measures something else.
 */
export function serviceTimes(
  load: ServiceLoad,
  trace: Trace,
  { samples, warmupMs }: { readonly samples: Samples; readonly warmupMs: number },
): ServiceTimes {
  const aspects = trace.classes.map((id) => aspectOf(load, id));
  const times: Record<Aspect, number[]> = { localMs: [], syncMs: [], overheadMs: [], readMs: [] };
  for (let request = 0; request < trace.count; request++) {
    const outcome = outcomes[samples.outcome[request] ?? 0] ?? 'unfinished';
    if (outcome !== 'acknowledged') throw notAcknowledged(request, outcome);
    if ((trace.atMs[request] ?? 0) < warmupMs) continue;
    const aspect = aspects[trace.classOf[request] ?? 0] ?? 'overheadMs';
    const tookMs = (samples.doneMs[request] ?? NaN) - (samples.sentMs[request] ?? NaN);
    const declaredMs = aspect === 'overheadMs' ? (trace.size[request] ?? 0) : 0;
    times[aspect].push(Math.max(0, tookMs - declaredMs));
  }
  return times;
}

function aspectOf({ classes }: ServiceLoad, id: string): Aspect {
  const found = classes.find((one) => one.id === id);
  if (found?.kind === 'job') return 'overheadMs';
  if (found?.kind === 'read') return 'readMs';
  return found?.commitMode === 'local' ? 'localMs' : 'syncMs';
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

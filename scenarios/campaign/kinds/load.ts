// The load of a case: which classes, how large their requests, how many connections, and rates that make the busiest
// pool as busy as was drawn. Rates have an upper bound, since one driver and a small machine play them; a case that
// meets it is less busy, and says so.
import { z } from 'zod';
import { meanOf } from '../../../engine/distributions.ts';
import { assert, unreachable } from '../../../engine/failure.ts';
import {
  operationKinds,
  type Estate,
  type Fleet,
  type OperationClass,
  type OperationKind,
} from '../../../twin/estate/estate.ts';
import { onlyFleet } from '../../../twin/model/platform.ts';
import { parameterKinds } from '../../../twin/parameters.ts';
import { formatQuantity } from '../../../twin/units.ts';
import { busiestPoolMs, shareOfRegion } from '../../conditions.ts';
import { connectionMs } from '../../connection-time.ts';
import type { Dice, Range } from '../dice.ts';
import { quantityRange, wholeRange } from '../range-schema.ts';
import type { ClassDraft, DrawContext, EventDraft, LoadDraft } from './case-draft.ts';
import { tenths, type PlatformDraft } from './platform.ts';

/** What a class is called in drawn estates. */
const classIds = { write: 'commit', job: 'job', compute: 'compute', read: 'read' } as const;

const mixSchema = z
  .array(z.enum(operationKinds))
  .nonempty({ error: 'name at least one kind of class' })
  .refine((mix) => new Set(mix).size === mix.length, { error: 'name each kind of class once' });

/** `mixes`: which classes may stand together. `rate`: of one class. */
export const loadShape = {
  utilisation: quantityRange('share', 'positive'),
  mixes: z.array(mixSchema).nonempty({ error: 'name at least one mix of classes' }),
  pool: wholeRange(1, 100),
  rate: quantityRange('rate', 'positive'),
  payload: quantityRange('size', 'positive'),
  service: quantityRange('duration', 'positive').default([5, 40]),
  rows: quantityRange('count', 'positive').default([10_000, 100_000]),
};

export interface LoadRanges {
  readonly utilisation: Range;
  readonly mixes: readonly (readonly OperationKind[])[];
  readonly pool: Range;
  readonly rate: Range;
  readonly payload: Range;
  readonly service: Range;
  readonly rows: Range;
}

/** What the load meets: the platform, what happens on it, and how busy its processors may get. */
export interface LoadPlace {
  readonly platform: PlatformDraft;
  readonly timeline: readonly EventDraft[];
  /** Processors of a server that computations may use; null: pools are the resource that is aimed at. */
  readonly cores: number | null;
}

/** Draws classes, pool and rates. */
export function drawLoad(
  { dice, resolve }: DrawContext,
  ranges: LoadRanges,
  { platform, timeline, cores }: LoadPlace,
): LoadDraft {
  const mix = dice.pick('load/mix', ranges.mixes);
  const classes = mix.map((kind) => drawClass(dice, kind, ranges));
  const outline = resolve(platform, { poolSize: 1, classes, utilisation: 0 });
  const aim = dice.between('load/utilisation', ranges.utilisation);
  const busyMs = busyTimes(outline, timeline);
  const wanted = dice.scaleBetween('load/rate', ranges.rate);
  const poolSize = fittingPool(Math.max(...busyMs), { aim, wanted, range: ranges.pool });
  const demands = onlyFleet(outline).classes.map((operation, at) =>
    demandOf(operation, { busyMs: busyMs[at] ?? 0, poolSize, cores }),
  );
  const limited = demands.map((demand) => Math.min(aim / demand, ranges.rate[1]));
  const rates = limited.map((rate) => Math.max(leastPerSec, tenths(rate)));
  const tailsMs = onlyFleet(outline).classes.map((operation) => roughTailMs(operation, outline));
  return {
    poolSize,
    utilisation: Math.max(...rates.map((rate, at) => rate * (demands[at] ?? 0))),
    classes: classes.map((one, at) => ({
      ...one,
      ratePerSec: rates[at] ?? leastPerSec,
      limitMs: Math.ceil((tailsMs[at] ?? 0) * dice.scaleBetween(`load/limit/${one.id}`, limits)),
    })),
  };
}

const leastPerSec = 0.1;

/** Promises are drawn around what a slow request takes, so that some hold, some break and some are a close call. */
const limits: Range = [0.6, 2.5];

/** About the 95 % quantile of latency in the farthest region when nobody waits for a connection. */
function roughTailMs(operation: OperationClass, estate: Estate): number {
  const { shards, tenants } = onlyFleet(estate);
  const [shard] = shards;
  assert(shard !== undefined, 'a fleet has a shard');
  const place = { estate, shard, leader: shard.primary.id };
  const farthestMs = Math.max(
    ...tenants.map(({ home }) => connectionMs(operation, { ...place, home })),
  );
  const { kind, size } = operation;
  const isConstant = size.kind === 'constant';
  if (isConstant || kind === 'write' || kind === 'read') return farthestMs;
  // The mean is in it already; the 95 % quantile of an exponential law is three means.
  const meanMs =
    kind === 'job' ? meanOf(size) : meanOf(size) * parameterKinds['compute.rowMs'].defaultValue;
  return farthestMs + 2 * meanMs;
}

/** Requests per second of the busiest class in its busiest region: the one that answers most often. */
export function busiestPerSec(
  { resolve }: Pick<DrawContext, 'resolve'>,
  platform: PlatformDraft,
  load: LoadDraft,
): number {
  const fleet = onlyFleet(resolve(platform, load));
  const largest = Math.max(...fleet.tenants.map(({ home }) => shareOfRegion(fleet, home)));
  return largest * Math.max(...load.classes.map(({ ratePerSec }) => ratePerSec));
}

function drawClass(dice: Dice, kind: OperationKind, ranges: LoadRanges): ClassDraft {
  return {
    id: classIds[kind],
    kind,
    ratePerSec: 1,
    size: drawSize(dice, kind, ranges),
    limitMs: 1,
  };
}

function drawSize(dice: Dice, kind: OperationKind, ranges: LoadRanges): ClassDraft['size'] {
  switch (kind) {
    case 'write':
      return formatQuantity('size', Math.round(dice.scaleBetween('load/payload', ranges.payload)));
    case 'job':
      return drawLaw(
        dice,
        'job',
        'duration',
        Math.round(dice.scaleBetween('load/service', ranges.service)),
      );
    case 'compute':
      return drawLaw(
        dice,
        'compute',
        'count',
        Math.round(dice.scaleBetween('load/rows', ranges.rows)),
      );
    case 'read':
      return null;
    default:
      return unreachable(kind);
  }
}

/** Constant, exponential, or with a tail that is lighter or heavier than that. */
function drawLaw(
  dice: Dice,
  name: string,
  dimension: 'duration' | 'count',
  mean: number,
): string | object {
  const text = formatQuantity(dimension, mean);
  const law = dice.pick(`load/law/${name}`, ['constant', 'exponential', 'lognormal'] as const);
  switch (law) {
    case 'constant':
      return text;
    case 'exponential':
      return { exponential: text };
    case 'lognormal':
      return { lognormal: { mean: text, cv: tenths(dice.between(`load/cv/${name}`, [0.4, 1.6])) } };
    default:
      return unreachable(law);
  }
}

/** Connection time per request of each class in its busiest pool, whoever may come to lead. */
function busyTimes(estate: Estate, timeline: readonly EventDraft[]): readonly number[] {
  const fleet = onlyFleet(estate);
  const leaders = timeline.flatMap((event) => leadersAfter(event, fleet));
  return fleet.classes.map((operation) => busiestPoolMs(operation, { estate, fleet, leaders }));
}

/** After a promotion its target; after a crash any standby, since which one has the most log is not known before. */
function leadersAfter(event: EventDraft, { shards }: Fleet): readonly string[] {
  if ('action' in event) {
    const { kind, to } = event.action;
    return kind === 'promote' && to !== undefined ? [to] : [];
  }
  if (event.fault['kind'] !== 'crash') return [];
  return shards.flatMap(({ replicas }) => replicas.map(({ id }) => id));
}

/** As many connections as the slowest class needs to come at the wanted rate with this share of them in use. */
function fittingPool(
  slowestMs: number,
  { aim, wanted, range: [low, high] }: { aim: number; wanted: number; range: Range },
): number {
  return Math.min(high, Math.max(low, Math.ceil((wanted * slowestMs) / (1_000 * aim))));
}

/** Share of the busiest resource that one request per second of a class uses. */
function demandOf(
  operation: OperationClass,
  place: { busyMs: number; poolSize: number; cores: number | null },
): number {
  const { busyMs, poolSize, cores } = place;
  const ofPool = busyMs / (1_000 * poolSize);
  if (cores === null || operation.kind !== 'compute') return ofPool;
  const cpuMs = parameterKinds['compute.rowMs'].defaultValue * meanOf(operation.size);
  return Math.max(ofPool, cpuMs / (1_000 * cores));
}

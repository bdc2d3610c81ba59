// Conditions that nobody tuned: link delays and a load drawn from a seed, put into an estate and a scenario. The demo
// (and every campaign that scores predictions) runs under such conditions, never under those of the calibration.
import { meanOf } from '../engine/distributions.ts';
import { makeStream, type RandomStream } from '../engine/random.ts';
import { leaderAfter } from '../twin/actions/index.ts';
import type { Estate, Fleet, OperationClass, Shard } from '../twin/estate/estate.ts';
import { parameterKinds } from '../twin/parameters.ts';
import { onlyFleet } from '../twin/model/platform.ts';
import { connectionMs } from './connection-time.ts';
import { actionsOf, faultsOf, type Scenario } from './scenario.ts';

/** Closed ranges to draw from. */
export interface ConditionRanges {
  readonly delayMs: readonly [number, number];
  /** Share of a pool's connections in use, of the busiest pool of each class before or after the actions. */
  readonly utilisation: readonly [number, number];
}

export const demoRanges: ConditionRanges = { delayMs: [5, 60], utilisation: [0.2, 0.7] };

export interface Conditions {
  readonly estate: Estate;
  readonly scenario: Scenario;
  readonly utilisation: number;
}

/** Draws a delay per link and one utilisation, and sets the classes' rates so that their busiest pool is that busy. */
export function drawConditions(
  estate: Estate,
  scenario: Scenario,
  seed: string,
  ranges: ConditionRanges,
): Conditions {
  const delays = makeStream(seed, 0, 'conditions/delays');
  const utilisation = between(ranges.utilisation, makeStream(seed, 0, 'conditions/utilisation'));
  const links = estate.links.map((link) => ({
    ...link,
    delayMs: Math.round(between(ranges.delayMs, delays) * 10) / 10,
  }));
  const fleet = onlyFleet(estate);
  const classes = fleet.classes.map((operation) => ({
    ...operation,
    ratePerSec: rateFor(operation, utilisation, { estate: { ...estate, links }, fleet, scenario }),
  }));
  return {
    estate: { ...estate, links, fleets: [{ ...fleet, classes }] },
    scenario: { ...scenario, load: [] },
    utilisation,
  };
}

function rateFor(
  operation: OperationClass,
  utilisation: number,
  { estate, fleet, scenario }: { estate: Estate; fleet: Fleet; scenario: Scenario },
): number {
  const leaders = leadersAfter(scenario, fleet.shards[0]);
  const busiestMs = busiestPoolMs(operation, { estate, fleet, leaders });
  if (busiestMs === 0) return operation.ratePerSec;
  const ofPool = (utilisation * fleet.pool.size * 10_000) / busiestMs;
  const ofProcessors = utilisation * perMsOfProcessors(operation, estate, fleet) * 10_000;
  return Math.round(Math.min(ofPool, ofProcessors)) / 10;
}

/**
 * Requests per millisecond with which the classes that compute, each with an equal part, fill the processors of the primary's
 * tier: more connections than processors do not make these faster. Infinite for classes that do not compute.
 */
function perMsOfProcessors(
  { kind, size }: OperationClass,
  { tiers }: Estate,
  { classes, shards }: Fleet,
): number {
  if (kind !== 'compute') return Infinity;
  const vcpus = tiers.find(({ id }) => id === shards[0]?.primary.tier)?.vcpus ?? 1;
  const computing = classes.filter((one) => one.kind === 'compute').length;
  return vcpus / computing / (parameterKinds['compute.rowMs'].defaultValue * meanOf(size));
}

/** Everyone whom an action makes primary of the shard, and everyone who may replace it when it dies. */
function leadersAfter(scenario: Scenario, shard: Shard | undefined): readonly string[] {
  const promoted = actionsOf(scenario)
    .filter((action) => action.shard === shard?.id)
    .flatMap((action) => leaderAfter(action) ?? []);
  const mayDie = faultsOf(scenario).some(
    (fault) => fault.kind === 'crash' && fault.node === shard?.primary.id,
  );
  return mayDie ? [...promoted, ...(shard?.replicas ?? []).map(({ id }) => id)] : promoted;
}

/**
 * Milliseconds of connection time that the busiest pool of a class spends per request of that class, wherever the
 * request comes from, under the declared primary and under each of the `leaders` that follow it. 0 without a shard.
 */
export function busiestPoolMs(
  operation: OperationClass,
  { estate, fleet, leaders }: { estate: Estate; fleet: Fleet; leaders: readonly string[] },
): number {
  const [shard] = fleet.shards;
  if (shard === undefined) return 0;
  const homes = [...new Set(fleet.tenants.map(({ home }) => home))];
  const busyMs = [shard.primary.id, ...leaders].flatMap((leader) =>
    homes.map(
      (home) =>
        shareOfRegion(fleet, home) * connectionMs(operation, { estate, shard, leader, home }),
    ),
  );
  return Math.max(...busyMs);
}

/** How much of a fleet's load comes from a region. */
export function shareOfRegion({ tenants }: Fleet, home: string): number {
  return tenants.reduce((sum, tenant) => sum + (tenant.home === home ? tenant.share : 0), 0);
}

function between([low, high]: readonly [number, number], stream: RandomStream): number {
  return low + (high - low) * stream();
}

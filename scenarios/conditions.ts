// Conditions that nobody tuned: link delays and a load drawn from a seed, put into an estate and a scenario. The demo
// (and every campaign that scores predictions) runs under such conditions, never under those of the calibration.
import { meanOf } from '../engine/distributions.ts';
import { makeStream, type RandomStream } from '../engine/random.ts';
import type { Action } from '../twin/actions/action.ts';
import {
  delayBetween,
  nodesOf,
  type Estate,
  type Fleet,
  type OperationClass,
  type Shard,
} from '../twin/estate/estate.ts';
import { onlyFleet } from '../twin/model/platform.ts';
import type { Scenario } from './scenario.ts';

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

/** What a request costs a connection beyond delays and declared size; only used to aim at a utilisation. */
const roughOverheadMs = 1.5;

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
  const [shard] = fleet.shards;
  if (shard === undefined) return operation.ratePerSec;
  const busyMs = leaders(
    shard,
    scenario.timeline.map(({ action }) => action),
  ).flatMap((leader) =>
    [...new Set(fleet.tenants.map(({ home }) => home))].map(
      (home) =>
        shareOfRegion(fleet, home) * connectionMs(operation, { estate, shard, leader, home }),
    ),
  );
  const busiestMs = Math.max(...busyMs);
  return Math.round((utilisation * fleet.pool.size * 10_000) / busiestMs) / 10;
}

/** The declared primary and everyone whom an action makes primary. */
function leaders(shard: Shard, actions: readonly Action[]): readonly string[] {
  return [
    shard.primary.id,
    ...actions.filter((action) => action.shard === shard.id).map(({ to }) => to),
  ];
}

/** How long one request holds a connection: its own time and the delays that it waits for. */
function connectionMs(
  operation: OperationClass,
  place: { estate: Estate; shard: Shard; leader: string; home: string },
): number {
  const { estate, shard, leader, home } = place;
  const regionOf = (id: string): string =>
    nodesOf(shard).find((node) => node.id === id)?.region ?? home;
  const clientMs = 2 * delayBetween(estate, home, regionOf(leader)) + roughOverheadMs;
  if (operation.kind === 'job') return clientMs + meanOf(operation.size);
  const standby = shard.syncRule?.nodes.find((id) => id !== leader);
  const standbyMs =
    standby === undefined ? 0 : 2 * delayBetween(estate, regionOf(leader), regionOf(standby));
  return clientMs + standbyMs;
}

function shareOfRegion({ tenants }: Fleet, home: string): number {
  return tenants.reduce((sum, tenant) => sum + (tenant.home === home ? tenant.share : 0), 0);
}

function between([low, high]: readonly [number, number], stream: RandomStream): number {
  return low + (high - low) * stream();
}

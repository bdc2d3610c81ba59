// A tenant's rows on their way to another shard: what its subscription takes by itself, the round trips of its protocol, and the
// bytes over the link between the two primaries.
import { delay, type Command } from '../../engine/process.ts';
import type { Simulation } from '../../engine/simulation.ts';
import { unreachable } from '../../engine/failure.ts';
import type { Effect } from '../actions/action.ts';
import { copyBytes } from './copy.ts';
import type { ParameterSet } from './parameter-set.ts';
import type { Platform } from './platform.ts';

/**
 * Round trips over the link between the primaries beyond the duration at zero delay: slopes of the steps' durations over round
 * trips of 100 to 500 ms on Postgres 18, where they come out whole (29.03, 1.00, 5.00).
 * subscribe: the subscription connects, looks for the publication and makes its slot; its worker connects and begins; a worker
 * for each of the two tables connects, makes a slot, asks for columns and filter, copies, and catches up.
 * applied: the last change, and the answer that it is kept. unsubscribe: a connection that drops the slot.
 *
 * Beside these, everything that such a step commits waits as writes do: a publication is made and dropped on the one shard, a
 * subscription on the other. And a slot is of use only when all transactions have ended that ran when it was
 * begun, and after that once more those that ran then (`SnapBuildFindSnapshot`): where commits wait for standbys, most of
 * what runs is waiting. The subscription's slot comes first, those of the two tables side by side after it.
 */
export const tenantRoundTrips = { subscribe: 29, applied: 1, unsubscribe: 5 } as const;

type TenantCopy = Extract<
  Effect,
  { kind: 'subscribe-tenant' | 'wait-applied' | 'unsubscribe-tenant' }
>;

interface Stage {
  readonly simulation: Simulation;
  readonly platform: Platform;
  readonly parameters: ParameterSet;
}

interface Way {
  readonly network: Platform['network'];
  readonly from: string;
  readonly to: string;
}

/** Plays one of the steps of a copy; `workMs` is its duration at zero link delay, without any rows. */
export function* playTenantCopy(
  effect: TenantCopy,
  stage: Stage,
  workMs: number,
): Generator<Command, void, void> {
  const { network, from, to } = wayOf(effect, stage.platform);
  const roundTripMs = network.roundTripMs(from, to);
  switch (effect.kind) {
    case 'subscribe-tenant':
      yield delay(commitWaysMs(effect.shard, effect.publisher, stage));
      yield* slotBegins(effect, stage);
      yield delay(commitWaysMs(effect.to, effect.subscriber, stage));
      yield delay(workMs + tenantRoundTrips.subscribe * roundTripMs);
      yield* slotBegins(effect, stage);
      yield* copyRows(effect, stage);
      return;
    case 'wait-applied':
      yield delay(workMs + tenantRoundTrips.applied * roundTripMs);
      return;
    case 'unsubscribe-tenant':
      yield delay(workMs + tenantRoundTrips.unsubscribe * roundTripMs);
      yield delay(commitWaysMs(effect.to, effect.subscriber, stage));
      yield delay(commitWaysMs(effect.shard, effect.publisher, stage));
      return;
    default:
      unreachable(effect);
  }
}

function commitWaysMs(shard: string, primary: string, { platform }: Stage): number {
  return platform.shardModel(shard).replication.commitWaysMs(platform.server(primary));
}

/** Twice: who runs when it is begun, and who runs when those are done. */
function* slotBegins(
  { shard, publisher }: TenantCopy,
  { platform }: Stage,
): Generator<Command, void, void> {
  const { replication } = platform.shardModel(shard);
  yield delay(replication.underWayMs(publisher));
  yield delay(replication.underWayMs(publisher));
}

/** Rows as they are when the copy begins; what is written meanwhile is next to nothing beside them. */
function* copyRows(
  effect: TenantCopy,
  { platform, parameters, simulation }: Stage,
): Generator<Command, void, void> {
  const tenant = platform.fleet.tenants.find(({ id }) => id === effect.tenant);
  const { network, from, to } = wayOf(effect, platform);
  const order = {
    from,
    to,
    bytes: tenant?.dataBytes ?? 0,
    limitPerSec: Infinity,
    serverPerSec: parameters.draw('copy-tenant.bytesPerSec', 0.5),
  };
  yield* copyBytes(order, { simulation, network });
}

function wayOf({ publisher, subscriber }: TenantCopy, platform: Platform): Way {
  return {
    network: platform.network,
    from: platform.server(publisher).region,
    to: platform.server(subscriber).region,
  };
}

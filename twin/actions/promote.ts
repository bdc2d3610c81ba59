// Planned promotion of a standby: hold and drain the requests, let the standby replay everything, shut the old primary
// down (a fast shutdown hands all WAL to the attached standbys and is the fence), promote, let the others follow.
// The map switches and requests are released only when a synchronous standby is attached, so that no acknowledged
// write is ever unprotected; last, the old primary comes back as a standby.
import { nodesOf, type Estate } from '../estate/estate.ts';
import type { ActionKind, Effect, Obstacle, PromoteAction, Step } from './action.ts';
import { findStandby, shardOf } from './target.ts';

/** Longest time that a step may take before the executor gives up: generous, since giving up costs a human. */
const stepLimitMs = 30_000;

export const promote: ActionKind<PromoteAction> = {
  kind: 'promote',
  summary: 'make a standby the primary of its shard, by a planned hand-over without loss',
  dataLoss: 'none',
  obstacles,
  describe(action, estate) {
    const shard = shardOf(action, estate);
    const to = nodesOf(shard).find(({ id }) => id === action.to);
    return `promote ${action.to} (${to?.region}) to primary of ${shard.id}, in place of ${shard.primary.id} (${shard.primary.region})`;
  },
  steps,
  reverse(action, estate) {
    const shard = shardOf(action, estate);
    return { kind: 'promote', shard: action.shard, to: shard.primary.id };
  },
};

function obstacles(action: PromoteAction, estate: Estate): readonly Obstacle[] {
  const target = findStandby(estate, { shard: action.shard, node: action.to, key: 'to' });
  if (target.kind === 'not-found') return target.obstacles;
  const { shard, standby } = target;
  if (standby.sync || shard.syncRule === null) return [];
  const waitedFor = shard.replicas.filter(({ sync }) => sync).map(({ id }) => id);
  return [
    {
      path: 'to',
      message: `"${action.to}" is an asynchronous standby`,
      remedy: `a planned promotion goes to a synchronous one: ${waitedFor.join(', ')}`,
    },
  ];
}

function steps(action: PromoteAction, estate: Estate, epoch: number): readonly Step[] {
  const shard = shardOf(action, estate);
  const old = shard.primary.id;
  const others = shard.replicas.filter(({ id }) => id !== action.to);
  const effects: readonly Effect[] = [
    {
      kind: 'check-topology',
      shard: shard.id,
      primary: old,
      standbys: shard.replicas.map(({ id }) => id),
    },
    { kind: 'hold-requests', shard: shard.id },
    { kind: 'drain-requests', shard: shard.id },
    { kind: 'wait-replay', shard: shard.id, primary: old, standby: action.to },
    { kind: 'stop-node', shard: shard.id, node: old },
    { kind: 'promote-node', shard: shard.id, node: action.to },
    ...others.map(({ id }): Effect => ({
      kind: 'follow',
      shard: shard.id,
      node: id,
      upstream: action.to,
    })),
    { kind: 'switch-map', shard: shard.id, primary: action.to, epoch: epoch + 1 },
    { kind: 'release-requests', shard: shard.id },
    { kind: 'rejoin', shard: shard.id, node: old, upstream: action.to },
  ];
  return effects.map((effect, index) => toStep(effect, index, effects));
}

function toStep(effect: Effect, index: number, all: readonly Effect[]): Step {
  const held = all.findIndex(({ kind }) => kind === 'hold-requests');
  const released = all.findIndex(({ kind }) => kind === 'release-requests');
  const promoted = all.findIndex(({ kind }) => kind === 'promote-node');
  const several = all.filter(({ kind }) => kind === effect.kind).length > 1;
  const name = several && 'node' in effect ? `${effect.kind}-${effect.node}` : effect.kind;
  return {
    id: `${index + 1}-${name}`,
    action: 0,
    name,
    effect,
    fenced: index >= held && index <= released,
    // Up to the promotion the old primary can simply go on (or be started again); after it, only a second promotion leads back.
    reversible: index < promoted,
    limitMs: stepLimitMs,
  };
}

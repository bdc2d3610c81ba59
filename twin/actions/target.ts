// What actions name: a shard, and a standby of it. Found, or the obstacles that say what is there instead.
import { assert } from '../../engine/failure.ts';
import { findShard, type Estate, type Replica, type Shard } from '../estate/estate.ts';
import { suggestNames } from '../findings.ts';
import type { Obstacle } from './action.ts';

type FoundStandby =
  | { readonly kind: 'found'; readonly shard: Shard; readonly standby: Replica }
  | { readonly kind: 'not-found'; readonly obstacles: readonly Obstacle[] };

/** `key` is the action's own name for the node, which obstacles point to. */
export function findStandby(
  estate: Estate,
  wanted: { readonly shard: string; readonly node: string; readonly key: string },
): FoundStandby {
  const found = findShard(estate, wanted.shard);
  if (found === undefined) {
    const names = estate.fleets.flatMap(({ shards }) => shards.map(({ id }) => id));
    return notFound({
      path: 'shard',
      message: `unknown shard "${wanted.shard}"`,
      remedy: suggestNames(wanted.shard, names, 'shards'),
    });
  }
  const { shard } = found;
  const standby = shard.replicas.find(({ id }) => id === wanted.node);
  if (standby !== undefined) return { kind: 'found', shard, standby };
  const standbys = shard.replicas.map(({ id }) => id);
  const isPrimary = wanted.node === shard.primary.id;
  return notFound({
    path: wanted.key,
    message: isPrimary ? `"${wanted.node}" is the primary` : `unknown node "${wanted.node}"`,
    remedy: isPrimary
      ? `standbys here: ${standbys.join(', ')}`
      : suggestNames(wanted.node, standbys, 'standbys'),
  });
}

/** The shard of an action that was checked before. */
export function shardOf({ shard }: { readonly shard: string }, estate: Estate): Shard {
  const found = findShard(estate, shard);
  assert(found !== undefined, `shard ${shard} was checked before`);
  return found.shard;
}

function notFound(obstacle: Obstacle): FoundStandby {
  return { kind: 'not-found', obstacles: [obstacle] };
}

// Rebuild of a standby: stop it, throw its data away, copy the primary's over the link that replication takes, at a rate
// that leaves room for requests, and let it stream again. Nobody's requests are held; meanwhile the shard has a copy less.
import { assert } from '../../engine/failure.ts';
import {
  bandwidthBetween,
  declaredBytes,
  findShard,
  waitsForStandbys,
  type Estate,
  type Shard,
} from '../estate/estate.ts';
import { parameterKinds } from '../parameters.ts';
import { formatQuantity } from '../units.ts';
import type { ActionKind, Effect, Obstacle, RebuildAction, Step } from './action.ts';
import { findStandby, shardOf } from './target.ts';

const stepLimitMs = 30_000;

/** A copy may take so many times as long as its bytes at its rate, or that of its link, before it is given up. */
const copyPatience = 5;

export const rebuild: ActionKind<RebuildAction> = {
  kind: 'rebuild',
  summary: 'throw a standby’s data away and copy it anew from its primary',
  dataLoss: 'none',
  obstacles,
  describe(action, estate) {
    const shard = shardOf(action, estate);
    const node = shard.replicas.find(({ id }) => id === action.node);
    const rate = formatQuantity('bandwidth', action.bytesPerSec);
    return `rebuild ${action.node} (${node?.region}) as a copy of ${shard.primary.id}, at up to ${rate}`;
  },
  steps,
  // It ends where it began: there is nothing that would have to be led back.
  reverse: (action) => action,
};

/** A standby that can be rebuilt while commits go on, the first there is. */
export function spareStandby(estate: Estate, shard: Shard): string | undefined {
  const action = { kind: 'rebuild', shard: shard.id, bytesPerSec: 1 } as const;
  const spare = shard.replicas.find(
    ({ id: node }) => obstacles({ ...action, node }, estate).length === 0,
  );
  return spare?.id;
}

function obstacles(action: RebuildAction, estate: Estate): readonly Obstacle[] {
  const target = findStandby(estate, { shard: action.shard, node: action.node, key: 'node' });
  if (target.kind === 'not-found') return target.obstacles;
  const { shard } = target;
  const found: Obstacle[] = [];
  const isLeft = (id: string): boolean =>
    id !== action.node && shard.replicas.some((replica) => replica.id === id);
  const { syncRule, commitMode } = shard;
  const left = syncRule?.nodes.filter(isLeft).length ?? 0;
  if (syncRule !== null && waitsForStandbys(commitMode) && left < syncRule.count) {
    found.push({
      path: 'node',
      message: `without "${action.node}" commits would wait for a standby that is not there`,
      remedy: `the sync rule of ${shard.id} waits for ${syncRule.count}: add a standby to it first`,
    });
  }
  if (shard.dataBytes === null) {
    found.push({
      path: 'shard',
      message: `nobody said how much data "${shard.id}" has, so nobody knows how long a copy takes`,
      remedy: 'declare it in the estate: data: 200MiB',
    });
  }
  return found;
}

function steps(action: RebuildAction, estate: Estate): readonly Step[] {
  const found = findShard(estate, action.shard);
  assert(found !== undefined, `shard ${action.shard} was checked before`);
  const { id: shard, primary, replicas } = found.shard;
  const { node, bytesPerSec } = action;
  const upstream = primary.id;
  const region = replicas.find(({ id }) => id === node)?.region ?? primary.region;
  const linkPerSec = bandwidthBetween(estate, primary.region, region) ?? bytesPerSec;
  const declared = declaredBytes(found.shard, found.fleet);
  const bytes = declared + parameterKinds['copy.otherBytes'].defaultValue;
  const copyMs = (bytes / Math.min(bytesPerSec, linkPerSec)) * 1_000;
  const effects: readonly Effect[] = [
    { kind: 'check-topology', shard, primary: upstream, standbys: replicas.map(({ id }) => id) },
    { kind: 'stop-standby', shard, node },
    { kind: 'copy-node', shard, node, upstream, bytesPerSec },
    { kind: 'start-standby', shard, node, upstream },
  ];
  return effects.map((effect, index) => ({
    id: `${index + 1}-${effect.kind}`,
    action: 0,
    name: effect.kind,
    effect,
    fenced: false,
    // Until its data is thrown away the standby can simply be started again.
    reversible: index < 2,
    limitMs: effect.kind === 'copy-node' ? stepLimitMs + copyPatience * copyMs : stepLimitMs,
  }));
}

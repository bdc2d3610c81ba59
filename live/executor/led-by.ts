// An estate as it is declared after a promotion: the same nodes, another one leading. Promotions back and forth need it,
// since the steps of a promotion follow from what is declared.
import type { Estate, Replica, Shard } from '../../twin/estate/estate.ts';
import { nodesOf } from '../../twin/estate/estate.ts';
import { assert } from '../../engine/failure.ts';

/** The estate with `primary` leading the shard; the former primary is one of its replicas. */
export function estateLedBy(estate: Estate, shardId: string, primary: string): Estate {
  return {
    ...estate,
    fleets: estate.fleets.map((fleet) => ({
      ...fleet,
      shards: fleet.shards.map((shard) =>
        shard.id === shardId ? shardLedBy(shard, primary) : shard,
      ),
    })),
  };
}

function shardLedBy(shard: Shard, primary: string): Shard {
  const nodes = nodesOf(shard).map(({ id, region, zone, tier }) => ({ id, region, zone, tier }));
  const leader = nodes.find(({ id }) => id === primary);
  assert(leader !== undefined, `${primary} is a node of ${shard.id}`);
  const waitedFor = new Set(syncStandbys(shard, primary));
  const replicas = nodes
    .filter(({ id }) => id !== primary)
    .map((node): Replica => ({ ...node, lane: 'streaming', sync: waitedFor.has(node.id) }));
  return { ...shard, primary: leader, replicas };
}

/** A primary is passed over where the rule names it. */
function syncStandbys({ syncRule }: Shard, primary: string): readonly string[] {
  if (syncRule === null) return [];
  const standbys = syncRule.nodes.filter((id) => id !== primary);
  return syncRule.method === 'any' ? standbys : standbys.slice(0, syncRule.count);
}

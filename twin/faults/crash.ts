// A primary dies. What follows is the failover: the fleet's monitor notices, makes sure that the old primary is down, promotes
// the standby that holds every acknowledged write, and turns the others and the requests to it. When the fault ends, the
// old primary is built anew as a standby. Which standby is chosen is written in `twin/failover/`.
import type { Estate } from '../estate/estate.ts';
import type { Finding } from '../findings.ts';
import type { CrashFault, FaultKind } from './fault.ts';
import { shardOfNode, unknownNode } from './places.ts';

export const crash: FaultKind<CrashFault> = {
  kind: 'crash',
  summary: 'kill a primary, or cut it off in silence; the monitor of its fleet promotes another',
  obstacles,
  describe({ node, manner }, estate) {
    const shard = shardOfNode(estate, node)?.shard;
    const how =
      manner === 'reset' ? 'its connections are reset' : 'it is cut off, and nobody is told';
    return `crash ${node} (${shard?.primary.region}), primary of ${shard?.id}: ${how}`;
  },
  shards: ({ node }, estate) => {
    const found = shardOfNode(estate, node);
    return found === undefined ? [] : [found.shard.id];
  },
};

function obstacles({ node }: CrashFault, estate: Estate): readonly Finding[] {
  const found = shardOfNode(estate, node);
  if (found === undefined) return [unknownNode(node, estate)];
  const { fleet, shard } = found;
  const { id: primary } = shard.primary;
  if (node !== primary) {
    return [
      {
        path: ['node'],
        message: `"${node}" is a standby`,
        remedy: `a crash is of the node that leads: ${primary}`,
      },
    ];
  }
  if (fleet.failover === null) {
    return [
      {
        path: ['node'],
        message: `nobody would replace "${node}": fleet ${fleet.id} has no failover`,
        remedy: 'give the fleet `failover: { heartbeat: 1s, lease: 3s }` in its estate',
      },
    ];
  }
  if (shard.replicas.length > 0) return [];
  return [
    {
      path: ['node'],
      message: `nobody can replace "${node}": shard ${shard.id} has no standby`,
      remedy: 'give the shard a replica',
    },
  ];
}

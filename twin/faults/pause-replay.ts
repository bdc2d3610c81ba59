// A standby stops applying the log that it receives: what it has on disk grows, what can be read from it stands still, and
// commits that wait for it to apply hang until the fault ends.
import type { FaultKind, PauseReplayFault } from './fault.ts';
import { shardOfNode, unknownNode } from './places.ts';

export const pauseReplay: FaultKind<PauseReplayFault> = {
  kind: 'pause-replay',
  summary: 'let a standby receive its log without applying it',
  obstacles({ node }, estate) {
    const shard = shardOfNode(estate, node)?.shard;
    if (shard === undefined) return [unknownNode(node, estate)];
    if (shard.primary.id !== node) return [];
    return [
      {
        path: ['node'],
        message: `"${node}" is the primary, which replays nothing`,
        remedy: `standbys of ${shard.id}: ${shard.replicas.map(({ id }) => id).join(', ')}`,
      },
    ];
  },
  describe: ({ node }) => `pause replay on ${node}`,
  shards: ({ node }, estate) => {
    const found = shardOfNode(estate, node);
    return found === undefined ? [] : [found.shard.id];
  },
};

// The hand-over itself: the standby has everything, the old primary ends, the standby leads. The order is proven at each
// step, because this is where a write could be lost: nobody is promoted before the old primary is down, and nobody who has
// not replayed its last record, the checkpoint of its shutdown.
import type { Client } from 'pg';
import { assert } from '../../../engine/failure.ts';
import { formatLsn, readControlFile, type ControlFile } from '../control-file.ts';
import { promoteNode, waitReplay } from '../postgres-verbs.ts';
import { nothingToUndo, remainingMs, type DriversOf, type StepContext } from '../step-driver.ts';
import { lsnBytes } from '../topology.ts';
import { waitUntil } from '../wait-until.ts';
import { isStandby, othersOf, refuseWriter, session, shardOf, untilProtected } from './servers.ts';

export const handoverSteps: DriversOf<'wait-replay' | 'stop-node' | 'promote-node'> = {
  'wait-replay': {
    async perform({ primary, standby }, context) {
      const [from, to] = [await session(context, primary), await session(context, standby)];
      return { ...(await waitReplay(from, to, remainingMs(context))) };
    },
    undo: nothingToUndo,
  },

  'stop-node': {
    async perform({ node }, context) {
      await context.sessions.close(node);
      await context.control.stopNode(node, 'fast');
      const { end, checkpointLsn, timeline } = await controlFileOf(node, context);
      if (end !== 'shut-down') throw new Error(`${node} did not shut down cleanly (${end})`);
      return { shutdownLsn: formatLsn(checkpointLsn), timeline };
    },
    /** The old primary leads again, unless another node does. */
    async undo({ node, shard }, context) {
      const { up } = await othersOf(node, shard, context);
      for (const id of up) await refuseWriter(id, context);
      await context.control.startNode(node);
      const standbys = await untilProtected(node, shardOf(context.estate, shard), context);
      return { started: node, synchronous: standbys.join(', ') };
    },
  },

  'promote-node': {
    async perform({ node, shard }, context) {
      const client = await session(context, node);
      // An earlier attempt may have promoted it; its proof was made then, and the old primary is still down.
      const wasStandby = await isStandby(client);
      const { checkpointLsn } = await shutDownPrimary(node, shard, context);
      const proof = { shutdownLsn: formatLsn(checkpointLsn) };
      if (!wasStandby) return { ...proof, ...(await promoteNode(client, remainingMs(context))) };
      const replayed = await untilReplayed(client, checkpointLsn + 1n, context.deadlineMs);
      const { timeline } = await promoteNode(client, remainingMs(context));
      return { ...proof, replayedLsn: formatLsn(replayed), timeline };
    },
    undo: nothingToUndo,
  },
};

async function untilReplayed(client: Client, lsn: bigint, deadlineMs: number): Promise<bigint> {
  return waitUntil(`the standby did not replay up to ${formatLsn(lsn)}`, deadlineMs, async () => {
    const { rows } = await client.query<{ lsn: string | null }>(
      'select pg_last_wal_replay_lsn()::text as lsn',
    );
    const replayed = lsnBytes(rows[0]?.lsn ?? '0/0');
    return replayed >= lsn ? replayed : null;
  });
}

/**
 * The primary that was shut down, by its own testimony; of several, the one whose log goes farthest. Throws when another
 * node still takes writes, or when one was not shut down and nobody knows how far its log goes.
 */
async function shutDownPrimary(
  candidate: string,
  shard: string,
  context: StepContext,
): Promise<ControlFile> {
  const { up, down } = await othersOf(candidate, shard, context);
  for (const id of up) await refuseWriter(id, context);
  let witness: ControlFile | null = null;
  for (const id of down) {
    const file = await controlFileOf(id, context);
    if (file.end === 'not-shut-down')
      throw new Error(`${id} is down but was not shut down: nobody knows how far its log goes`);
    if (file.end !== 'shut-down') continue;
    if (witness === null || file.checkpointLsn > witness.checkpointLsn) witness = file;
  }
  if (witness === null) throw new Error(`no primary of ${shard} was shut down`);
  return witness;
}

function controlFileOf(nodeId: string, { lab }: StepContext): Promise<ControlFile> {
  const node = lab.nodes.find(({ id }) => id === nodeId);
  assert(node !== undefined, `the lab has a node ${nodeId}`);
  return readControlFile(node.dataDirectory);
}

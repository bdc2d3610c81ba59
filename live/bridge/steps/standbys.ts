// Standbys turn to their new primary. One whose log goes on beyond the point where the new timeline began holds records
// that the new primary never had; it cannot follow and is built anew. After a clean hand-over nobody has any.
import type { Evidence } from '../../../twin/change/events.ts';
import { isAhead } from '../divergence.ts';
import { nothingToUndo, remainingMs, type DriversOf, type StepContext } from '../step-driver.ts';
import { attachedStandbys } from '../topology.ts';
import { isStandby, refuseWriter, session, shardOf, untilAttached } from './servers.ts';

interface Attachment {
  readonly shard: string;
  readonly node: string;
  readonly upstream: string;
}

export const standbySteps: DriversOf<'follow' | 'rejoin'> = {
  follow: { perform: attach, undo: nothingToUndo },
  rejoin: { perform: attach, undo: nothingToUndo },
};

export const rebuildSteps: DriversOf<'stop-standby' | 'copy-node' | 'start-standby'> = {
  'stop-standby': {
    async perform({ node }, context) {
      await refuseWriter(node, context);
      await context.sessions.close(node);
      await context.control.stopNode(node, 'fast');
      return { stopped: node };
    },
    async undo({ node, shard: id }, context) {
      const shard = shardOf(context.estate, id);
      await context.control.startNode(node);
      const { sync } = await untilAttached({ node, upstream: shard.primary.id }, shard, context);
      return { started: node, sync };
    },
  },

  'copy-node': {
    async perform({ node, upstream, bytesPerSec }, context) {
      const leader = await session(context, upstream);
      if (await isStandby(leader)) throw new Error(`${upstream} does not lead and is not copied`);
      // An earlier attempt may have come as far as starting it; what it has is thrown away, so it must not lead.
      await refuseWriter(node, context);
      await context.sessions.close(node);
      await context.control.stopNode(node, 'fast');
      const order = { upstream, bytesPerSec };
      const { bytes } = await context.control.copyNode(node, order, remainingMs(context));
      return { bytes };
    },
    undo: nothingToUndo,
  },

  'start-standby': { perform: attach, undo: nothingToUndo },
};

/** Whatever state the node is in (running, stopped, half-way through an earlier attempt), it ends as a standby. */
async function attach(effect: Attachment, context: StepContext): Promise<Evidence> {
  const { node, upstream, shard } = effect;
  const leader = await session(context, upstream);
  if (await isStandby(leader))
    throw new Error(`${upstream} does not lead; ${node} cannot follow it`);
  const isAttached = (await attachedStandbys(leader)).some((standby) => standby.node === node);
  const way = isAttached ? 'attached before' : await turn(effect, context);
  const { sync, flushedLsn } = await untilAttached(effect, shardOf(context.estate, shard), context);
  return { way, sync, flushedLsn: flushedLsn ?? '' };
}

/** Points the node to its new primary, and builds it anew when it could never follow. */
async function turn({ node, upstream }: Attachment, context: StepContext): Promise<string> {
  const { control } = context;
  await refuseWriter(node, context);
  await control.configureStandby(node, upstream);
  await control.startNode(node);
  const [own, leader] = [await session(context, node), await session(context, upstream)];
  if (!(await isAhead(own, leader))) return 'followed';
  await context.sessions.close(node);
  await control.rebuildNode(node, upstream);
  await control.startNode(node);
  return 'built anew';
}

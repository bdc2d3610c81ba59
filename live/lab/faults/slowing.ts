// Faults that slow standbys of a lab down: a replay that is paused, a link that carries less. Each ends with its lease,
// whatever happened meanwhile; then what piled up is made up for, which is measured at the standbys themselves.
import type { Client } from 'pg';
import { unreachable } from '../../../engine/failure.ts';
import { nodesOf, type Shard } from '../../../twin/estate/estate.ts';
import type { LimitBandwidthFault, PauseReplayFault } from '../../../twin/faults/fault.ts';
import { slowingSteps, type SlowingFault } from '../../../twin/faults/steps.ts';
import { isInRecovery, waitFlushed, waitReplay } from '../../bridge/postgres-verbs.ts';
import type { Cluster } from '../cluster.ts';
import type { FaultContext } from './performer.ts';

/** A backlog that takes longer is a failure of the fault: it cannot be undone. */
const catchUpLimitMs = 120_000;

export async function slowDown(fault: SlowingFault, context: FaultContext): Promise<void> {
  const { lease, report } = context;
  const { slow, catchUp } = slowingSteps(fault);
  report(slow, 'started');
  try {
    await begin(fault, context);
    await lease;
  } finally {
    await undo(fault, context);
  }
  report(slow, 'done');
  report(catchUp, 'started');
  await untilCaughtUp(fault, context.cluster);
  report(catchUp, 'done');
}

async function begin(fault: SlowingFault, { cluster, proxy }: FaultContext): Promise<void> {
  switch (fault.kind) {
    case 'pause-replay':
      await (await cluster.admin(fault.node)).query('select pg_wal_replay_pause()');
      return;
    case 'limit-bandwidth':
      proxy.limitBandwidth(fault.between, fault.bytesPerSec);
      return;
    default:
      unreachable(fault);
  }
}

async function undo(fault: SlowingFault, { cluster, proxy }: FaultContext): Promise<void> {
  switch (fault.kind) {
    case 'pause-replay': {
      // A node that is down, or leads by now, replays nothing that could be paused; its next start begins without a pause.
      if (!isUp(cluster, fault.node)) return;
      const node = await cluster.admin(fault.node);
      if (await isInRecovery(node)) await node.query('select pg_wal_replay_resume()');
      return;
    }
    case 'limit-bandwidth':
      proxy.limitBandwidth(fault.between, null);
      return;
    default:
      unreachable(fault);
  }
}

async function untilCaughtUp(fault: SlowingFault, cluster: Cluster): Promise<void> {
  switch (fault.kind) {
    case 'pause-replay':
      return untilReplayed(fault, cluster);
    case 'limit-bandwidth':
      await Promise.all(cluster.shards.map((shard) => untilArrived(fault, shard, cluster)));
      return;
    default:
      unreachable(fault);
  }
}

async function untilReplayed({ node }: PauseReplayFault, cluster: Cluster): Promise<void> {
  const leader = await leaderOf(cluster.shardOf(node), cluster);
  if (leader === null || leader.id === node || !isUp(cluster, node)) return;
  await waitReplay(leader.client, await cluster.admin(node), catchUpLimitMs);
}

/** Standbys whose log crosses the link have on disk what their primary had flushed when it became wide again. */
async function untilArrived(
  { between: [a, b] }: LimitBandwidthFault,
  shard: Shard,
  cluster: Cluster,
): Promise<void> {
  const leader = await leaderOf(shard, cluster);
  if (leader === null) return;
  const regions = new Map(nodesOf(shard).map(({ id, region }) => [id, region]));
  const across = regions.get(leader.id) === a ? b : regions.get(leader.id) === b ? a : null;
  const late = nodesOf(shard).filter(
    ({ id, region }) => id !== leader.id && region === across && isUp(cluster, id),
  );
  await Promise.all(
    late.map(async ({ id }) => waitFlushed(leader.client, await cluster.admin(id), catchUpLimitMs)),
  );
}

/** The node that takes writes; null when none does. */
async function leaderOf(
  shard: Shard,
  cluster: Cluster,
): Promise<{ readonly id: string; readonly client: Client } | null> {
  for (const { id } of nodesOf(shard).filter((node) => isUp(cluster, node.id))) {
    const client = await cluster.admin(id);
    if (!(await isInRecovery(client))) return { id, client };
  }
  return null;
}

function isUp(cluster: Cluster, node: string): boolean {
  return cluster.states().some(({ id, state }) => id === node && state === 'up');
}

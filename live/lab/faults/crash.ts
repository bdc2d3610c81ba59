// A primary dies under the eyes of its monitor. The fault lasts for its lease, and at least until another node leads: only
// then is a node that was merely cut off known to be down. Afterwards it is built anew as a standby, since its log may hold
// writes that nobody else has.
import type { CrashFault } from '../../../twin/faults/fault.ts';
import { failoverStepId } from '../../../twin/failover/steps.ts';
import type { Failover } from '../failover/monitor.ts';
import type { FaultContext } from './performer.ts';

/** Rejects when nobody could be promoted; the node is then started again, so that the shard has its primary back. */
export async function crash(fault: CrashFault, context: FaultContext): Promise<void> {
  const { cluster, monitor, lease, report } = context;
  const { node, manner } = fault;
  const shard = cluster.shardOf(node);
  const death = monitor.expectDeath(node, report);
  const atEpochMs = performance.timeOrigin + performance.now();
  cluster.crashNode(node, manner);
  report(failoverStepId(shard, 'detect'), 'started', { atEpochMs, evidence: { node, manner } });
  let failover: Failover;
  try {
    failover = await death;
    await failover.replaced;
    await lease;
  } catch (error) {
    cluster.reconnectNode(node);
    await cluster.startNode(node);
    throw error;
  }
  cluster.reconnectNode(node);
  await failover.rejoin();
}

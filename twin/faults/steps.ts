// The steps of faults that end by themselves, by name and in order: the fault itself, and what is left to be made up for
// afterwards. Phases are cut by them, and both worlds report them under these ids.
import { assert } from '../../engine/failure.ts';
import type { Estate } from '../estate/estate.ts';
import { failoverStepId, failoverSteps } from '../failover/steps.ts';
import type { Fault, LimitBandwidthFault, PauseReplayFault } from './fault.ts';
import { shardOfNode } from './places.ts';

/** A fault that does nothing but slow standbys down for a while. */
export type SlowingFault = PauseReplayFault | LimitBandwidthFault;

/** `slow`: while the fault lasts; `catchUp`: until the standbys have made up for what piled up. */
export function slowingSteps({ kind }: SlowingFault): {
  readonly slow: string;
  readonly catchUp: string;
} {
  return { slow: `1-${kind}`, catchUp: '2-catch-up' };
}

/** Ids of the steps that a fault shows, in order. Call only for a fault that the estate allows. */
export function stepIdsOfFault(fault: Fault, estate: Estate): readonly string[] {
  if (fault.kind !== 'crash') {
    const { slow, catchUp } = slowingSteps(fault);
    return [slow, catchUp];
  }
  const shard = shardOfNode(estate, fault.node)?.shard;
  assert(shard !== undefined, `the shard of ${fault.node} is there`);
  return failoverSteps(shard).map((step) => failoverStepId(shard, step));
}

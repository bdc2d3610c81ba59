// The platform that a plan's actions touch, observed and digested: what a plan is bound to when it is submitted, and what
// the gate compares when it is executed.
import { digestOf } from '../../engine/digest.ts';
import type { Action } from '../../twin/actions/action.ts';
import { shardsOf } from '../../twin/change/plan.ts';
import type { Estate } from '../../twin/estate/estate.ts';
import { observeShard, topologyFacts } from '../bridge/topology.ts';
import type { ObservedTopology } from '../governance/plans.ts';
import type { LabInfo } from '../lab/lab-info.ts';

/** Observes every shard that these actions touch. */
export async function observePlanTopology(
  lab: LabInfo,
  estate: Estate,
  actions: readonly Action[],
): Promise<ObservedTopology> {
  const observed = await Promise.all(
    shardsOf(actions).map((shard) => observeShard(lab, estate, shard)),
  );
  const facts = { shards: observed.map(topologyFacts) };
  return { digest: digestOf(facts), facts };
}

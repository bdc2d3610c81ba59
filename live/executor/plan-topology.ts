// The platform that a plan's actions touch, observed and digested: what a plan is bound to when it is submitted, and what
// the gate compares when it is executed.
import { digestOf } from '../../engine/digest.ts';
import { UserError, type Mistake } from '../../engine/failure.ts';
import type { Action } from '../../twin/actions/action.ts';
import { shardsOf } from '../../twin/change/plan.ts';
import { findShard, type Estate } from '../../twin/estate/estate.ts';
import { observeShard, topologyFacts, type ObservedShard } from '../bridge/topology.ts';
import type { ObservedTopology } from '../governance/plans.ts';
import type { LabInfo } from '../lab/lab-info.ts';

/** Observes every shard that these actions touch. */
export async function observePlanTopology(
  lab: LabInfo,
  estate: Estate,
  actions: readonly Action[],
): Promise<ObservedTopology> {
  return topologyOf(await observeShards(lab, estate, actions));
}

/** The same for a new plan. UserError `refused` when another node leads than the estate, and so the plan, says. */
export async function observeDeclaredTopology(
  lab: LabInfo,
  estate: Estate,
  actions: readonly Action[],
): Promise<ObservedTopology> {
  const observed = await observeShards(lab, estate, actions);
  const mistakes = observed.flatMap(({ shard, primary }): Mistake[] => {
    const declared = findShard(estate, shard)?.shard.primary.id;
    if (primary === declared) return [];
    return [
      {
        message: `${primary ?? 'no single node'} leads ${shard}, but estate ${estate.name} declares ${declared ?? 'nobody'}`,
        remedy: 'declare what is so, or mend the platform first',
      },
    ];
  });
  if (mistakes.length > 0) throw new UserError('refused', mistakes);
  return topologyOf(observed);
}

function observeShards(
  lab: LabInfo,
  estate: Estate,
  actions: readonly Action[],
): Promise<readonly ObservedShard[]> {
  return Promise.all(shardsOf(actions).map((shard) => observeShard(lab, estate, shard)));
}

function topologyOf(observed: readonly ObservedShard[]): ObservedTopology {
  const facts = { shards: observed.map(topologyFacts) };
  return { digest: digestOf(facts), facts };
}

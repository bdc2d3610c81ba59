// The observed topology of an estate: roles, upstreams, sync rules and identities of every shard, as one document with
// a digest. Plans are bound to it; positions and timelines, which change by themselves, are no part of it.
import { digestOf } from '../../engine/digest.ts';
import { topologyFacts, observeShard } from '../bridge/topology.ts';
import type { Estate } from '../../twin/estate/estate.ts';
import type { ObservedTopology } from '../governance/plans.ts';
import type { LabInfo } from '../lab/lab-info.ts';

/** Looks at every shard of the estate on its servers. */
export async function observePlatform(lab: LabInfo, estate: Estate): Promise<ObservedTopology> {
  const shards = estate.fleets.flatMap((fleet) => fleet.shards);
  const observed = await Promise.all(shards.map(({ id }) => observeShard(lab, estate, id)));
  const facts = { shards: observed.map((shard) => topologyFacts(shard)) };
  return { digest: digestOf(facts), facts };
}

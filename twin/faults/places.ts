// Nodes and shards that faults name, found in an estate, with what to say when they are not there.
import { nodesOf, type Estate, type Fleet, type Shard } from '../estate/estate.ts';
import { suggestNames, type Finding } from '../findings.ts';

/** The shard that a node belongs to, with its fleet; undefined when the estate has no such node. */
export function shardOfNode(
  { fleets }: Pick<Estate, 'fleets'>,
  nodeId: string,
): { readonly fleet: Fleet; readonly shard: Shard } | undefined {
  for (const fleet of fleets) {
    const shard = fleet.shards.find((one) => nodesOf(one).some(({ id }) => id === nodeId));
    if (shard !== undefined) return { fleet, shard };
  }
  return undefined;
}

/** What to say about a node that the estate does not have. */
export function unknownNode(nodeId: string, { fleets }: Pick<Estate, 'fleets'>): Finding {
  const names = fleets.flatMap(({ shards }) => shards.flatMap(nodesOf).map(({ id }) => id));
  return {
    path: ['node'],
    message: `unknown node "${nodeId}"`,
    remedy: suggestNames(nodeId, names, 'nodes'),
  };
}

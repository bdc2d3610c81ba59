// What machines cost, and what an action changes about it. First cut: compute by tier.
import type { Estate, Node } from './estate/estate.ts';
import { nodesOf } from './estate/estate.ts';

/** A month of 730 hours, as the cloud providers bill it. */
const hoursPerMonth = 730;

const msPerHour = 3_600_000;

export interface ActionCost {
  readonly oneOffUsd: number;
  readonly perMonthUsd: number;
}

/** Every node of the estate. */
export function allNodes(estate: Estate): readonly Node[] {
  return estate.fleets.flatMap(({ shards }) => shards.flatMap((shard) => [...nodesOf(shard)]));
}

/** The difference between the nodes before and after; nodes that run only meanwhile are one-off, for as long as the action takes. */
export function costOfChange(
  estate: Estate,
  change: {
    readonly before: readonly Node[];
    readonly meanwhile: readonly Node[];
    readonly after: readonly Node[];
    readonly durationMs: number;
  },
): ActionCost {
  const extra = change.meanwhile.filter(({ id }) => !change.before.some((node) => node.id === id));
  return {
    oneOffUsd: (hourlyUsd(estate, extra) * change.durationMs) / msPerHour,
    perMonthUsd:
      (hourlyUsd(estate, change.after) - hourlyUsd(estate, change.before)) * hoursPerMonth,
  };
}

function hourlyUsd({ tiers }: Estate, nodes: readonly Node[]): number {
  return nodes.reduce(
    (sum, node) => sum + (tiers.find(({ id }) => id === node.tier)?.usdPerHour ?? 0),
    0,
  );
}

// Which processors of this machine the lab's servers have to themselves, and which are left to everything that plays the
// clients. Computations are predictable to a few per cent only when nobody else works where they do; an estate without
// them is left to the system's scheduler. What was done is recorded, because a measurement holds for its placement.
import { z } from 'zod';
import { fillsProcessors } from '../../twin/cpu-use.ts';
import { nodesOf, type Estate } from '../../twin/estate/estate.ts';

const processorsSchema = z.array(z.int().nonnegative()).min(1);

export const placementSchema = z.discriminatedUnion('kind', [
  /** The system's scheduler decides: nothing asks for more, or this machine cannot do more. */
  z.strictObject({ kind: z.literal('shared'), why: z.string() }),
  z.strictObject({
    kind: z.literal('pinned'),
    servers: processorsSchema,
    others: processorsSchema,
    /** While a load plays, the servers' processors never fall asleep: an idle-class process keeps them at speed. */
    warm: z.boolean(),
    /** Server processes come before other sessions of the machine (their autogroups have nice −15). */
    preferred: z.boolean(),
  }),
]);
export type Placement = z.infer<typeof placementSchema>;

/** What this machine offers. */
export interface HostMeans {
  /** Processors that this process may run on. */
  readonly available: readonly number[];
  /** Null: there is a way to bind processes to processors; else why there is none. */
  readonly cannotPin: string | null;
  readonly canWarm: boolean;
  readonly canPrefer: boolean;
}

/** Only estates with computations ask for processors of their own; the others are left as they are. */
export function asksForProcessors({ fleets }: Estate): boolean {
  return fleets.some(fillsProcessors);
}

/**
 * The placement of an estate that asks for one on this machine: the last processors for the servers, as many as its
 * largest tier has, at most all but one.
 */
export function choosePlacement(estate: Estate, means: HostMeans): Placement {
  const { available, cannotPin, canWarm, canPrefer } = means;
  if (cannotPin !== null) return { kind: 'shared', why: cannotPin };
  if (available.length < 2) return { kind: 'shared', why: 'the machine has one processor' };
  const count = Math.min(vcpusOfServers(estate), available.length - 1);
  return {
    kind: 'pinned',
    servers: available.slice(-count),
    others: available.slice(0, -count),
    warm: canWarm,
    preferred: canPrefer,
  };
}

/** The placement as a fact of the host, the same text for the same placement. */
export function describePlacement(placement: Placement): string {
  if (placement.kind === 'shared') {
    return placement.why.startsWith('unknown') ? 'unknown' : 'shared';
  }
  const { servers, others, warm, preferred } = placement;
  const manners = [warm ? 'kept warm' : '', preferred ? 'preferred' : ''].filter(
    (one) => one !== '',
  );
  const how = manners.length === 0 ? '' : ` (${manners.join(', ')})`;
  return `servers on processor ${servers.join(', ')}${how}, clients on ${others.join(', ')}`;
}

/** Servers of a lab share the processors; the largest one must find as many as it is declared to have. */
function vcpusOfServers({ fleets, tiers }: Estate): number {
  const used = new Set(
    fleets.flatMap(({ shards }) => shards.flatMap(nodesOf)).map(({ tier }) => tier),
  );
  const vcpus = tiers.filter(({ id }) => used.has(id)).map((tier) => tier.vcpus);
  return Math.max(1, Math.floor(Math.max(...vcpus)));
}

// Queues that never empty: what tells more load than can be carried from a busy moment. A queue in a steady state comes
// back to nothing again and again; where it does not, more arrives than is answered, and waits only tell how long
// somebody has watched.
import type { Fleet } from './estate/estate.ts';
import type { Samples } from './samples.ts';
import type { Trace } from './trace.ts';

/** Where requests wait for a connection: each class has its own from the clients of a region to a shard. */
export interface StandingQueue {
  readonly class: string;
  readonly region: string;
  readonly shard: string;
}

interface Served {
  readonly fleet: Pick<Fleet, 'tenants'>;
  readonly trace: Trace;
  readonly samples: Samples;
}

/** The queues that somebody waited in at every moment from `fromMs` until the end of the trace; by class, then tenant. */
export function standingQueues({ fleet, trace, samples }: Served, fromMs: number): StandingQueue[] {
  const homes = trace.tenants.map((id) => fleet.tenants.find((one) => one.id === id));
  const queues = new Map<string, { readonly queue: StandingQueue; readonly waits: Wait[] }>();
  const queueOf = trace.classes.map((id) =>
    homes.map((tenant) => {
      const queue = { class: id, region: tenant?.home ?? '', shard: tenant?.shard ?? '' };
      const key = `${queue.class} ${queue.region} ${queue.shard}`;
      const known = queues.get(key) ?? { queue, waits: [] };
      queues.set(key, known);
      return known;
    }),
  );
  for (let request = 0; request < trace.count; request++) {
    const wait = waitOf(samples, request, trace.horizonMs);
    const ofClass = queueOf[trace.classOf[request] ?? 0] ?? [];
    if (wait.untilMs > fromMs) ofClass[trace.tenantOf[request] ?? 0]?.waits.push(wait);
  }
  return [...queues.values()].flatMap(({ queue, waits }) =>
    isCovered(waits, fromMs, trace.horizonMs) ? [queue] : [],
  );
}

interface Wait {
  readonly sinceMs: number;
  readonly untilMs: number;
}

/** Until it was sent; else until it was given up; else until the end. */
function waitOf({ intendedMs, sentMs, doneMs }: Samples, request: number, horizonMs: number): Wait {
  const ends = [sentMs[request], doneMs[request], horizonMs];
  const untilMs = ends.find((one) => one !== undefined && !Number.isNaN(one)) ?? horizonMs;
  return { sinceMs: intendedMs[request] ?? 0, untilMs };
}

/** Goes back in time from the end, from each wait to one that began before and lasted until then. */
function isCovered(waits: readonly Wait[], fromMs: number, toMs: number): boolean {
  let sinceMs = toMs;
  for (const wait of waits.toSorted((a, b) => b.untilMs - a.untilMs)) {
    if (wait.untilMs < sinceMs) return false;
    sinceMs = Math.min(sinceMs, wait.sinceMs);
    if (sinceMs <= fromMs) return true;
  }
  return false;
}

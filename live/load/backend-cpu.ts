// Processor time of the backends that carry the driver's requests, from the scheduler's own statistics (Linux, servers on
// this host): what one operation of a class costs a processor, and how busy each node's processors were over time.
// Looking costs a few microseconds per connection, so it is done seldom; elsewhere the answer is "not known".
import { readFileSync } from 'node:fs';

/** One connection's backend. */
export interface Backend {
  readonly lane: string;
  readonly node: string;
  /** Its process, or null when the server did not say. */
  readonly serverPid: number | null;
}

/** Processor time by lane since the start, and by node over time. Times in ms since the load began. */
export interface BackendUse {
  readonly byLane: ReadonlyMap<string, number>;
  readonly byNode: readonly {
    readonly node: string;
    readonly atMs: readonly number[];
    readonly busyMs: readonly number[];
  }[];
}

/** How much a backend had used when it began to count, and when it was last looked at. */
interface Meter {
  readonly fromMs: number;
  lastMs: number;
}

type ReadCpu = (pid: number) => number | null;

export class BackendCpu {
  readonly #read: ReadCpu;
  readonly #meters = new Map<Backend, Meter>();
  readonly #looks = new Map<string, { readonly atMs: number[]; readonly busyMs: number[] }>();
  #isKnown = true;

  constructor(read: ReadCpu = processorMs) {
    this.#read = read;
  }

  /** A connection was opened; what its backend used so far is not counted. */
  opened(backend: Backend): void {
    const usedMs = this.#used(backend);
    if (usedMs !== null) this.#meters.set(backend, { fromMs: usedMs, lastMs: usedMs });
  }

  /** Looks at every backend of a node and notes the node's total. */
  look(node: string, atMs: number): void {
    let busyMs = 0;
    for (const [backend, meter] of this.#meters) {
      if (backend.node !== node) continue;
      // A backend that has ended keeps what it had used at the last look.
      meter.lastMs = this.#used(backend) ?? meter.lastMs;
      busyMs += meter.lastMs - meter.fromMs;
    }
    const looks = this.#looks.get(node) ?? { atMs: [], busyMs: [] };
    looks.atMs.push(atMs);
    looks.busyMs.push(busyMs);
    this.#looks.set(node, looks);
  }

  /** A last look at everything; null where any backend's processor time is not known. */
  finish(atMs: number): BackendUse | null {
    const nodes = new Set(Array.from(this.#meters.keys(), ({ node }) => node));
    for (const node of nodes) this.look(node, atMs);
    if (!this.#isKnown || this.#meters.size === 0) return null;
    const byLane = new Map<string, number>();
    for (const [{ lane }, { fromMs, lastMs }] of this.#meters) {
      byLane.set(lane, (byLane.get(lane) ?? 0) + lastMs - fromMs);
    }
    return { byLane, byNode: Array.from(this.#looks, ([node, looks]) => ({ node, ...looks })) };
  }

  #used(backend: Backend): number | null {
    const usedMs = backend.serverPid === null ? null : this.#read(backend.serverPid);
    // Only a backend that was never seen is unknown; one that ended was counted until then.
    if (usedMs === null && !this.#meters.has(backend)) this.#isKnown = false;
    return usedMs;
  }
}

/** Milliseconds on a processor: the first number of /proc/<pid>/schedstat, in nanoseconds. Null when nobody can tell. */
export function processorMs(pid: number): number | null {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ', 1)[0]) / 1e6;
  } catch {
    // Not Linux, statistics switched off, or the process is gone.
    return null;
  }
}

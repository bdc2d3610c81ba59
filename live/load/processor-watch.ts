// The driver's eye on the servers' processors during one run: totals by class in any case and, when asked, the leader's
// processors from time to time, so that phases can be told apart.
import { BackendCpu, type Backend } from './backend-cpu.ts';
import { classOfLane } from './pools.ts';
import type { LoadSummary } from './summary.ts';

const lookEveryMs = 1000;

export interface WatchOptions {
  /** Look from time to time; otherwise only at the end. */
  readonly isWatching: boolean;
  readonly leader: () => string;
  readonly nowMs: () => number;
}

export class ProcessorWatch {
  readonly #options: WatchOptions;
  readonly #backends = new BackendCpu();
  /** Nodes that led while this run looked. */
  readonly #leaders = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  opened(backend: Backend): void {
    this.#backends.opened(backend);
  }

  /** Time 0 is set. */
  start(): void {
    if (!this.#options.isWatching) return;
    this.#timer = setInterval(() => this.#look(), lookEveryMs);
    this.#look();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Everything that was seen; null where nobody can tell. `sentByClass`: requests that were put on a connection. */
  summarise(endedMs: number, sentByClass: ReadonlyMap<string, number>): LoadSummary['cpu'] {
    const use = this.#backends.finish(endedMs);
    if (use === null) return null;
    const usedMs = new Map<string, number>();
    for (const [lane, cpuMs] of use.byLane) {
      const id = classOfLane(lane);
      usedMs.set(id, (usedMs.get(id) ?? 0) + cpuMs);
    }
    return {
      byClass: Array.from(sentByClass, ([id, operations]) => ({
        class: id,
        operations,
        cpuMs: usedMs.get(id) ?? 0,
      })),
      byNode: use.byNode.map(({ node, atMs, busyMs }) => ({
        node,
        atMs: [...atMs],
        busyMs: [...busyMs],
      })),
    };
  }

  #look(): void {
    this.#leaders.add(this.#options.leader());
    for (const node of this.#leaders) this.#backends.look(node, this.#options.nowMs());
  }
}

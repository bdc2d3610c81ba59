// Puts every process of the lab's servers before other sessions of the machine while a load plays: backends, and those
// that replicate, which would otherwise wait behind them. Each makes a session of its own when it starts, so whoever is
// new has to be looked for.
import { childrenOf } from '../processes.ts';
import { preferSession } from './host-means.ts';

const lookEveryMs = 250;

export class PreferredServers {
  readonly #serverPids: () => readonly number[];
  readonly #seen = new Set<number>();
  #timer: NodeJS.Timeout | undefined;

  /** `serverPids`: the servers' first processes, each the parent of all others. */
  constructor(serverPids: () => readonly number[]) {
    this.#serverPids = serverPids;
  }

  /** Looks now and from time to time; again looks now. */
  start(): void {
    this.#look();
    this.#timer ??= setInterval(() => this.#look(), lookEveryMs);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    // The numbers of processes that have ended are given out again.
    this.#seen.clear();
  }

  #look(): void {
    for (const pid of this.#serverPids().flatMap((server) => [server, ...childrenOf(server)])) {
      if (!this.#seen.has(pid) && preferSession(pid)) this.#seen.add(pid);
    }
  }
}

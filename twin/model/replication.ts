// Streaming replication of one shard: who is attached to whom, how long a commit waits for its standbys, and what waits
// when too few are attached (Postgres lets such commits hang; that is a finding, not an error of the model).
import type { CommitMode, SyncRule } from '../estate/estate.ts';
import type { Network } from './network.ts';
import type { Server } from './server.ts';

export class Replication {
  readonly #servers: ReadonlyMap<string, Server>;
  readonly #network: Network;
  readonly #rule: SyncRule | null;
  readonly #onReady: (request: number) => void;
  /** Standby → the server that it streams from. */
  readonly #upstream = new Map<string, string>();
  /** Standbys that were handed everything by the primary that they followed last. */
  readonly #complete = new Set<string>();
  #parked: number[] = [];

  /** `onReady`: a commit that had too few standbys may try again. */
  constructor(options: {
    readonly servers: ReadonlyMap<string, Server>;
    readonly network: Network;
    readonly rule: SyncRule | null;
    readonly mode: CommitMode;
    readonly onReady: (request: number) => void;
  }) {
    this.#servers = options.servers;
    this.#network = options.network;
    this.#rule = options.mode === 'local' ? null : options.rule;
    this.#onReady = options.onReady;
  }

  /** A standby streams from `upstream` from now on; commits that hung for it go on. */
  attach(standby: string, upstream: string): void {
    this.#upstream.set(standby, upstream);
    this.#complete.delete(standby);
    const parked = this.#parked;
    this.#parked = [];
    for (const request of parked) this.#onReady(request);
  }

  /** An orderly shutdown: every attached standby has everything that the server ever wrote. */
  handOver(server: string): void {
    for (const standby of this.standbysOf(server)) this.#complete.add(standby);
    this.detach(server);
  }

  /** A server is gone: it follows nobody and nobody follows it. */
  detach(server: string): void {
    this.#upstream.delete(server);
    for (const [standby, upstream] of this.#upstream) {
      if (upstream === server) this.#upstream.delete(standby);
    }
  }

  standbysOf(primary: string): readonly string[] {
    return [...this.#upstream].filter(([, upstream]) => upstream === primary).map(([id]) => id);
  }

  /**
   * How long a commit that `primary` has just flushed waits for its standbys' flush: a round trip and `standbyMs` of
   * work, for the slowest of the first k in the order of the rule (FIRST k), or the k-th fastest (ANY k).
   * Null: too few are attached, and the request is kept until one is.
   */
  commitWaitMs(request: number, primary: Server, standbyMs: number): number | null {
    if (this.#rule === null) return 0;
    const { method, count, nodes } = this.#rule;
    const candidates = nodes.filter((id) => this.#upstream.get(id) === primary.id);
    if (candidates.length < count) {
      this.#parked.push(request);
      return null;
    }
    const roundTrips = candidates.map((id) => this.#roundTripMs(primary, id));
    const waitedFor =
      method === 'first' ? roundTrips.slice(0, count) : roundTrips.toSorted((a, b) => a - b);
    const last = method === 'first' ? Math.max(...waitedFor) : (waitedFor[count - 1] ?? 0);
    return last + standbyMs;
  }

  /** Everything that the former primary flushed up to this time is on the standby's disk; infinite after a hand-over. */
  hasUntilMs(standby: Server, former: Server, nowMs: number): number {
    if (this.#complete.has(standby.id)) return Infinity;
    return nowMs - this.#network.oneWayMs(former.region, standby.region);
  }

  /** How long from `nowMs` until `standby` has everything that `primary` has flushed so far. */
  replayRemainsMs(primary: Server, standby: Server, nowMs: number): number {
    const arrivesMs = primary.lastFlushMs + this.#network.oneWayMs(primary.region, standby.region);
    return Math.max(0, arrivesMs - nowMs);
  }

  /** Round trip between a server and its farthest standby; 0 without any. */
  farthestRoundTripMs(primary: Server): number {
    return Math.max(0, ...this.standbysOf(primary.id).map((id) => this.#roundTripMs(primary, id)));
  }

  #roundTripMs(primary: Server, standby: string): number {
    return this.#network.roundTripMs(primary.region, this.#servers.get(standby)?.region ?? '');
  }
}

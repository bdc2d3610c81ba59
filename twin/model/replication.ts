// Streaming replication of one shard: who streams from whom, what each standby has, which commits wait for which position
// of which standbys, and what waits when too few are attached (Postgres lets such commits hang; that is a finding, not an
// error of the model).
import { assert } from '../../engine/failure.ts';
import type { HandlerId } from '../../engine/event-slots.ts';
import type { Simulation } from '../../engine/simulation.ts';
import type { CommitMode, SyncRule } from '../estate/estate.ts';
import type { LagPosition, LagSample } from '../lag.ts';
import { awaitedPosition } from './commit.ts';
import { lookAt } from './lag-look.ts';
import type { Network } from './network.ts';
import type { Server } from './server.ts';
import { countedStandbys, moment } from './sync-rule.ts';
import { WalStream, type StandbyPace } from './wal-stream.ts';

export interface ReplicationOptions {
  readonly simulation: Simulation;
  readonly servers: ReadonlyMap<string, Server>;
  readonly network: Network;
  readonly rule: SyncRule | null;
  readonly mode: CommitMode;
  readonly paceOf: (standby: string, upstream: Server) => StandbyPace;
  /** Enough standbys have confirmed this request's commit. */
  readonly onCommitted: (request: number) => void;
}

/** Commits of one flush, which wait until their end of the log is confirmed: at `atMs`, as things stand. */
interface Waiting {
  readonly primary: string;
  readonly endBytes: number;
  readonly requests: readonly number[];
  atMs: number;
}

/** Two times that are closer than this, in ms, are the same but for rounding. */
const roundingMs = 1e-6;

/** Released entries stay in the list until it is worth moving the rest. */
const compactAfter = 1_024;

export class Replication {
  readonly #simulation: Simulation;
  readonly #servers: ReadonlyMap<string, Server>;
  readonly #network: Network;
  readonly #rule: SyncRule | null;
  readonly #position: LagPosition | null;
  readonly #answersFlushed: boolean;
  readonly #paceOf: ReplicationOptions['paceOf'];
  readonly #onCommitted: (request: number) => void;
  readonly #release: HandlerId;
  /** Standby → its stream, as long as it is attached. */
  readonly #streams = new Map<string, WalStream>();
  /** Standby → its latest stream that ended. */
  readonly #ended = new Map<string, WalStream>();
  /** Standbys that were handed everything by the primary that they followed last. */
  readonly #complete = new Set<string>();
  readonly #pausedUntilMs = new Map<string, number>();
  /** Whose confirmations count for commits of a primary, as long as nobody comes or goes; streams null: too few. */
  #counted: { readonly primary: string; readonly streams: readonly WalStream[] | null } | null =
    null;
  /** In the order of the log; those before `#head` have been released. */
  #waiting: Waiting[] = [];
  #head = 0;

  constructor(options: ReplicationOptions) {
    this.#simulation = options.simulation;
    this.#servers = options.servers;
    this.#network = options.network;
    this.#position = awaitedPosition(options.mode);
    this.#answersFlushed = options.mode !== 'off';
    this.#rule = this.#position === null ? null : options.rule;
    this.#paceOf = options.paceOf;
    this.#onCommitted = options.onCommitted;
    this.#release = this.#simulation.register(() => this.#releaseConfirmed(), 'standbys confirmed');
  }

  /** A standby streams from `upstream` from now on and has all of its log; commits that hung for it go on. */
  attach(standby: string, upstream: string): void {
    const [from, to] = [this.#server(upstream), this.#server(standby)];
    this.#end(standby);
    this.#complete.delete(standby);
    const stream = new WalStream({
      standby,
      upstream,
      send: (bytes, nowMs) => this.#network.send(from.region, to.region, bytes, nowMs),
      returnMs: this.#network.oneWayMs(to.region, from.region),
      pace: this.#paceOf(standby, from),
      startBytes: from.flushedBytes,
      startMs: this.#simulation.nowMs,
      pausedUntilMs: this.#pausedUntilMs.get(standby) ?? -Infinity,
    });
    this.#streams.set(standby, stream);
    this.#counted = null;
    this.#reschedule();
  }

  /** An orderly shutdown: every attached standby has everything that the server ever wrote. */
  handOver(server: string): void {
    for (const standby of this.standbysOf(server)) this.#complete.add(standby);
    this.detach(server);
  }

  /** A server is gone: it follows nobody, nobody follows it, and what was under way is lost. */
  detach(server: string): void {
    for (const [standby, { upstream }] of this.#streams) {
      if (standby === server || upstream === server) this.#end(standby);
    }
    this.#reschedule();
  }

  /**
   * How long the link takes to carry what a standby that comes back has missed. Receiving and replaying it is part of what
   * its start takes: of the log most is the empty rest of a segment, at a rebuild in practice as at any other.
   */
  missedMs(standby: string, upstream: string): number {
    const [from, to] = [this.#server(upstream), this.#server(standby)];
    const { nowMs } = this.#simulation;
    const bytes = from.flushedBytes - this.receivedBytes(standby, upstream);
    const arrivedMs = this.#network.send(from.region, to.region, bytes, nowMs);
    return arrivedMs - nowMs - this.#network.oneWayMs(from.region, to.region);
  }

  standbysOf(primary: string): readonly string[] {
    return [...this.#streams].filter(([, { upstream }]) => upstream === primary).map(([id]) => id);
  }

  /** A primary has flushed the commits of these requests: sends its log on, and lets them wait for whom the rule names. */
  flushed(primary: Server, requests: readonly number[]): void {
    for (const stream of this.#streams.values()) {
      if (stream.upstream !== primary.id) continue;
      const { wholeBytes } = primary;
      stream.ship(primary.flushedBytes, this.#simulation.nowMs, { wholeBytes });
    }
    if (this.#rule === null) {
      // In mode off they were answered long ago.
      if (this.#answersFlushed) for (const request of requests) this.#onCommitted(request);
      return;
    }
    const endBytes = primary.flushedBytes;
    const waiting = { primary: primary.id, endBytes, requests, atMs: Infinity };
    this.#waiting.push(waiting);
    this.#schedule(waiting);
  }

  /** A primary begins a new segment of its log: the empty rest of the old one is sent like any log, and held up like it. */
  switchLog(primary: Server): void {
    const emptyBytes = primary.switchLog();
    for (const stream of this.#streams.values()) {
      if (stream.upstream !== primary.id) continue;
      stream.ship(primary.flushedBytes, this.#simulation.nowMs, { emptyBytes });
    }
  }

  /** Takes the commits back that wait on a primary which is gone for good, and names their requests. */
  abandon(primary: string): readonly number[] {
    const waiting = this.#waiting.slice(this.#head);
    this.#waiting = waiting.filter((one) => one.primary !== primary);
    this.#head = 0;
    return waiting.filter((one) => one.primary === primary).flatMap(({ requests }) => requests);
  }

  /** A standby applies nothing from now on until `untilMs`. */
  pauseReplay(standby: string, untilMs: number): void {
    this.#pausedUntilMs.set(standby, untilMs);
    this.#streams.get(standby)?.pauseReplay(this.#simulation.nowMs, untilMs);
    this.#reschedule();
  }

  /** Everything that the former primary flushed up to this time is on the standby's disk; infinite after a hand-over. */
  hasUntilMs(standby: Server, former: Server, nowMs: number): number {
    if (this.#complete.has(standby.id)) return Infinity;
    return this.#streamFrom(former.id, standby.id)?.hasUntilMs(nowMs) ?? -Infinity;
  }

  /** How much of the log of a primary has reached a standby that follows it, or did until its stream was cut. */
  receivedBytes(standby: string, primary: string): number {
    return this.#streamFrom(primary, standby)?.receivedBytes(this.#simulation.nowMs) ?? 0;
  }

  /**
   * How long from now until a standby's position has reached everything that its upstream has flushed so far; 0 when it is
   * there, or nothing is on its way to it.
   */
  remainsMs(standby: string, position: LagPosition): number {
    const reachedMs = this.#streams.get(standby)?.reachedMs(position) ?? 0;
    return Math.max(0, reachedMs - this.#simulation.nowMs);
  }

  /** Standbys whose log crosses the link between two regions. */
  standbysAcross([a, b]: readonly [string, string]): readonly string[] {
    const crosses = (from: string, to: string): boolean =>
      (from === a && to === b) || (from === b && to === a);
    return [...this.#streams.values()]
      .filter(({ standby, upstream }) =>
        crosses(this.#server(upstream).region, this.#server(standby).region),
      )
      .map(({ standby }) => standby);
  }

  /** Round trip between a server and its farthest standby; 0 without any. */
  farthestRoundTripMs(primary: Server): number {
    const roundTrips = this.standbysOf(primary.id).map((id) =>
      this.#network.roundTripMs(primary.region, this.#server(id).region),
    );
    return Math.max(0, ...roundTrips);
  }

  /** Until the commits of a primary that wait at this moment are confirmed; 0 where none waits, or none ever will be. */
  underWayMs(primary: string): number {
    const last = this.#waiting.slice(this.#head).findLast((one) => one.primary === primary);
    const leftMs = (last?.atMs ?? 0) - this.#simulation.nowMs;
    return leftMs > 0 && leftMs < Infinity ? leftMs : 0;
  }

  /** The way to those standbys and back that a commit of this moment waits for; 0 where it waits for nobody, or hangs. */
  commitWaysMs(primary: Server): number {
    const isAttached = (id: string): boolean => this.#streams.get(id)?.upstream === primary.id;
    const ids = this.#rule === null ? null : countedStandbys(this.#rule, isAttached);
    if (ids === null || this.#rule === null) return 0;
    const waysMs = ids.map((id) =>
      this.#network.roundTripMs(primary.region, this.#server(id).region),
    );
    return moment(this.#rule, waysMs);
  }

  /** One look at every standby; `besideMs` is what a confirmation takes beyond what the model reckons with. */
  lags(besideMs: (position: LagPosition) => number): readonly LagSample[] {
    return [...this.#streams.values()]
      .filter(({ upstream }) => this.#server(upstream).state === 'primary')
      .map((stream) => {
        const { flushedBytes } = this.#server(stream.upstream);
        return lookAt(stream, { atMs: this.#simulation.nowMs, flushedBytes, besideMs });
      });
  }

  /** An event for the moment at which these commits will be confirmed, as things stand; none without enough standbys. */
  #schedule(waiting: Waiting): void {
    waiting.atMs = this.#confirmedMs(waiting);
    if (waiting.atMs === Infinity) return;
    const inMs = Math.max(0, waiting.atMs - this.#simulation.nowMs);
    this.#simulation.schedule(inMs, this.#release, 0);
  }

  /** Who is attached, or how fast they confirm, has changed. Events of before find nothing that is due. */
  #reschedule(): void {
    for (const waiting of this.#waiting.slice(this.#head)) this.#schedule(waiting);
  }

  /** Commits are released in the order of the log. */
  #releaseConfirmed(): void {
    const dueMs = this.#simulation.nowMs + roundingMs;
    for (;;) {
      const waiting = this.#waiting[this.#head];
      if (waiting === undefined || waiting.atMs > dueMs) break;
      this.#head++;
      for (const request of waiting.requests) this.#onCommitted(request);
    }
    if (this.#head === this.#waiting.length) this.#waiting.length = 0;
    else if (this.#head < compactAfter) return;
    else this.#waiting = this.#waiting.slice(this.#head);
    this.#head = 0;
  }

  /** Infinite: too few standbys are attached, and the commits wait until enough are. */
  #confirmedMs({ primary, endBytes }: Waiting): number {
    const [rule, position] = [this.#rule, this.#position];
    assert(rule !== null && position !== null, 'somebody is waited for');
    const counted = this.#countedOf(primary, rule);
    if (counted === null) return Infinity;
    return moment(
      rule,
      counted.map((stream) => stream.confirmedMs(position, stream.pieceWith(endBytes))),
    );
  }

  /** The streams whose confirmations count; asked for with every flush, and another one only when somebody comes or goes. */
  #countedOf(primary: string, rule: SyncRule): readonly WalStream[] | null {
    if (this.#counted?.primary === primary) return this.#counted.streams;
    const isAttached = (id: string): boolean => this.#streams.get(id)?.upstream === primary;
    const ids = countedStandbys(rule, isAttached);
    const streams = ids === null ? null : ids.flatMap((id) => this.#streams.get(id) ?? []);
    this.#counted = { primary, streams };
    return streams;
  }

  #streamFrom(upstream: string, standby: string): WalStream | undefined {
    return [this.#streams, this.#ended]
      .map((streams) => streams.get(standby))
      .find((one) => one?.upstream === upstream);
  }

  #end(standby: string): void {
    const stream = this.#streams.get(standby);
    if (stream === undefined) return;
    stream.cut(this.#simulation.nowMs);
    this.#ended.set(standby, stream);
    this.#streams.delete(standby);
    this.#counted = null;
  }

  #server(id: string): Server {
    const server = this.#servers.get(id);
    assert(server !== undefined, `server ${id} is part of the model`);
    return server;
  }
}

// The router of one shard: which request goes to which connection, and when. It holds and releases requests, follows
// the shard map, lets waiting requests expire and tells when nothing is in flight. It decides only: connections,
// clocks and files belong to its caller, so a test can play it with a hand-wound clock.
import { assert } from '../../engine/failure.ts';
import type { ShardMapEntry } from './config.ts';
import { Lane, type LaneOccupancy, type Seat } from './lane.ts';

/** What the router needs of its surroundings. */
export interface RouterPort<S extends Seat> {
  /** Milliseconds since the load began; never decreases. */
  now(): number;
  /** When the request should have been sent. */
  intendedMs(request: number): number;
  /** Puts a request on a connection; `settled` follows when its fate is known. */
  send(seat: S, request: number): void;
  /** The request has waited longer than the pool allows. */
  expired(request: number, atMs: number): void;
}

export interface RouterState {
  readonly held: boolean;
  readonly primary: string;
  readonly epoch: number;
  readonly inFlight: number;
  readonly queued: number;
}

interface Drain {
  readonly resolve: () => void;
  readonly timer: NodeJS.Timeout;
}

export class Router<S extends Seat> {
  readonly #port: RouterPort<S>;
  readonly #lanes: ReadonlyMap<string, Lane<S>>;
  readonly #timeoutMs: number;
  readonly #drains = new Set<Drain>();
  #primary: string;
  #epoch: number;
  #held = false;
  #inFlight = 0;

  constructor(
    port: RouterPort<S>,
    laneIds: readonly string[],
    map: ShardMapEntry,
    timeoutMs: number,
  ) {
    this.#port = port;
    this.#lanes = new Map(laneIds.map((id) => [id, new Lane<S>(id)]));
    this.#primary = map.primary;
    this.#epoch = map.epoch;
    this.#timeoutMs = timeoutMs;
  }

  get state(): RouterState {
    return {
      held: this.#held,
      primary: this.#primary,
      epoch: this.#epoch,
      inFlight: this.#inFlight,
      queued: this.lanes.reduce((sum, { queued }) => sum + queued, 0),
    };
  }

  get lanes(): readonly Lane<S>[] {
    return [...this.#lanes.values()];
  }

  /** When the first waiting request expires, in run time; Infinity when none waits. */
  get nextExpiryMs(): number {
    return Math.min(...this.lanes.map((lane) => this.#expiryOf(lane.first)));
  }

  /** A request has come due. */
  offer(laneId: string, request: number): void {
    const lane = this.#lane(laneId);
    lane.enqueue(request, this.#port.now());
    this.#pump(lane);
  }

  /** A connection is ready for its next request, after the last one or because it was (re)opened. */
  seatReady(seat: S): void {
    const lane = this.#lane(seat.lane);
    lane.addIdle(seat);
    this.#pump(lane);
  }

  /** A connection is gone. An idle one is forgotten; for a busy one, `settled` tells the fate of its request. */
  seatLost(seat: S): void {
    this.#lane(seat.lane).removeIdle(seat);
  }

  /** The request on this seat is over, however it ended. */
  settled(seat: S): void {
    this.#lane(seat.lane).settle(this.#port.now());
    this.#inFlight--;
    assert(this.#inFlight >= 0, 'a request settles once');
    if (this.#inFlight > 0) return;
    for (const drain of this.#drains) {
      clearTimeout(drain.timer);
      drain.resolve();
    }
    this.#drains.clear();
  }

  /** Drops every request that has waited for the pool's time-out. */
  expire(): void {
    const nowMs = this.#port.now();
    for (const lane of this.lanes) {
      while (this.#expiryOf(lane.first) <= nowMs) {
        const request = lane.dequeue(nowMs);
        if (request !== undefined) this.#port.expired(request, nowMs);
      }
    }
  }

  /** Requests wait from now on. Those in flight go on. */
  hold(): void {
    this.#held = true;
  }

  release(): void {
    this.#held = false;
    for (const lane of this.#lanes.values()) this.#pump(lane);
  }

  /**
   * Sends requests to another node from now on. Saying the same again changes nothing; going back to an older epoch, or
   * naming another primary for the same one, is refused.
   */
  switchMap({ primary, epoch }: ShardMapEntry): void {
    if (epoch < this.#epoch) {
      throw new Error(
        `the shard map stands at epoch ${this.#epoch} and does not go back to ${epoch}`,
      );
    }
    if (epoch === this.#epoch && primary !== this.#primary) {
      throw new Error(`epoch ${epoch} belongs to ${this.#primary} and not to ${primary}`);
    }
    this.#primary = primary;
    this.#epoch = epoch;
    for (const lane of this.#lanes.values()) this.#pump(lane);
  }

  /** Resolves as soon as no request is in flight; rejects after `limitMs`. */
  drained(limitMs: number): Promise<void> {
    if (this.#inFlight === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const giveUp = (): void => {
        this.#drains.delete(drain);
        reject(new Error(`${this.#inFlight} requests still in flight after ${limitMs} ms`));
      };
      const drain: Drain = { resolve, timer: setTimeout(giveUp, limitMs) };
      this.#drains.add(drain);
    });
  }

  /** Occupancy of every lane up to now. */
  occupancy(): readonly LaneOccupancy[] {
    const nowMs = this.#port.now();
    return this.lanes.map((lane) => lane.occupancyAt(nowMs));
  }

  #expiryOf(request: number | undefined): number {
    return request === undefined ? Infinity : this.#port.intendedMs(request) + this.#timeoutMs;
  }

  #lane(id: string): Lane<S> {
    const lane = this.#lanes.get(id);
    assert(lane !== undefined, `the router has a lane ${id}`);
    return lane;
  }

  #pump(lane: Lane<S>): void {
    while (!this.#held && lane.queued > 0) {
      const nowMs = this.#port.now();
      const seat = lane.takeSeat(this.#primary, nowMs);
      if (seat === undefined) return;
      const request = lane.dequeue(nowMs);
      assert(request !== undefined, 'a lane with queued requests has a first one');
      this.#inFlight++;
      this.#port.send(seat, request);
    }
  }
}

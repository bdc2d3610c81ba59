// One lane of the router: the requests of one client region and one class that wait, first come first served, and the
// idle connections that could carry them, by node. A lane knows nothing about why a request waits.
import { TimeWeighted } from '../../engine/statistics/series.ts';

/** A place on a connection that carries one request at a time. */
export interface Seat {
  readonly lane: string;
  readonly node: string;
}

/** How full a lane's connections and its queue were, on time average since the load began and at the most. */
export interface LaneOccupancy {
  readonly lane: string;
  readonly busyMean: number;
  readonly busyMax: number;
  readonly queuedMean: number;
  readonly queuedMax: number;
}

export class Lane<S extends Seat> {
  readonly id: string;
  readonly #idle = new Map<string, S[]>();
  readonly #busy = new TimeWeighted(0, 0);
  readonly #queued = new TimeWeighted(0, 0);
  #queue: number[] = [];
  #head = 0;

  constructor(id: string) {
    this.id = id;
  }

  get queued(): number {
    return this.#queue.length - this.#head;
  }

  get busy(): number {
    return this.#busy.value;
  }

  /** The request that has waited longest, or undefined. */
  get first(): number | undefined {
    return this.#queue[this.#head];
  }

  enqueue(request: number, nowMs: number): void {
    this.#queue.push(request);
    this.#queued.add(nowMs, 1);
  }

  dequeue(nowMs: number): number | undefined {
    const request = this.#queue[this.#head];
    if (request === undefined) return undefined;
    this.#head++;
    this.#queued.add(nowMs, -1);
    if (this.#head > 1024 && this.#head * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
    return request;
  }

  /** The connection that was used last comes first: it is the warmest. */
  takeSeat(node: string, nowMs: number): S | undefined {
    const seat = this.#idle.get(node)?.pop();
    if (seat !== undefined) this.#busy.add(nowMs, 1);
    return seat;
  }

  /** The seat's request is over, however it ended. */
  settle(nowMs: number): void {
    this.#busy.add(nowMs, -1);
  }

  addIdle(seat: S): void {
    const seats = this.#idle.get(seat.node);
    if (seats === undefined) this.#idle.set(seat.node, [seat]);
    else seats.push(seat);
  }

  /** Takes a seat away whose connection was lost while it was idle; false when it was not here. */
  removeIdle(seat: S): boolean {
    const seats = this.#idle.get(seat.node) ?? [];
    const at = seats.indexOf(seat);
    if (at >= 0) seats.splice(at, 1);
    return at >= 0;
  }

  idleAt(node: string): number {
    return this.#idle.get(node)?.length ?? 0;
  }

  occupancyAt(nowMs: number): LaneOccupancy {
    return {
      lane: this.id,
      busyMean: this.#busy.meanAt(nowMs),
      busyMax: this.#busy.maximum,
      queuedMean: this.#queued.meanAt(nowMs),
      queuedMax: this.#queued.maximum,
    };
  }
}

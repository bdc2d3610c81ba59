// A pool of equal units (connections, slots) with one FCFS queue. A free unit is granted within the call, a released
// one is handed over directly: no event passes through the event list. The holder releases; a waiting customer may
// withdraw (time-out).
import { assert } from '../failure.ts';
import { refuseBeyond } from '../limits.ts';
import type { Simulation } from '../simulation.ts';
import { TimeWeighted } from '../statistics/series.ts';
import { Ring } from './ring.ts';

/** Called when a unit is granted, with the customer given to `acquire`. */
export type Granted = (customer: number) => void;

interface Waiter {
  readonly customer: number;
  readonly granted: Granted;
}

/** The ticket of a customer that did not have to wait. */
export const noTicket = -1;

export class Pool {
  readonly name: string;
  readonly size: number;
  /** Units in use, and customers waiting, over time. */
  readonly busySeries: TimeWeighted;
  readonly queuedSeries: TimeWeighted;
  readonly #simulation: Simulation;
  readonly #waiting = new Ring<Waiter | null>();
  #busy = 0;
  #queued = 0;

  constructor(simulation: Simulation, { name, size }: { name: string; size: number }) {
    assert(Number.isInteger(size) && size > 0, `pool ${name} needs a size from 1, not ${size}`);
    this.name = name;
    this.size = size;
    this.#simulation = simulation;
    this.busySeries = new TimeWeighted(simulation.nowMs, 0);
    this.queuedSeries = new TimeWeighted(simulation.nowMs, 0);
  }

  get busy(): number {
    return this.#busy;
  }

  get queued(): number {
    return this.#queued;
  }

  /**
   * Asks for a unit. `granted` is called within this call when one is free, else when the customer's turn has come.
   * Returns a ticket for `withdraw`, or `noTicket` when the unit was granted at once.
   */
  acquire(customer: number, granted: Granted): number {
    if (this.#busy < this.size) {
      this.#setBusy(this.#busy + 1);
      granted(customer);
      return noTicket;
    }
    const { queueLength } = this.#simulation.limits;
    if (this.#queued >= queueLength) refuseBeyond('queueLength', queueLength, `pool ${this.name}`);
    this.#setQueued(this.#queued + 1);
    return this.#waiting.push({ customer, granted });
  }

  /** Gives a unit back: to the longest waiting customer, within this call, or to the pool. */
  release(): void {
    assert(this.#busy > 0, `pool ${this.name} has no unit in use to release`);
    let next = this.#waiting.shift();
    while (next === null) next = this.#waiting.shift();
    if (next === undefined) {
      this.#setBusy(this.#busy - 1);
      return;
    }
    this.#setQueued(this.#queued - 1);
    next.granted(next.customer);
  }

  /** Leaves the queue. False when the customer does not wait (any more). */
  withdraw(ticket: number): boolean {
    const waiter = this.#waiting.at(ticket);
    if (waiter === undefined || waiter === null) return false;
    this.#waiting.replace(ticket, null);
    this.#setQueued(this.#queued - 1);
    return true;
  }

  #setBusy(busy: number): void {
    this.#busy = busy;
    this.busySeries.set(this.#simulation.nowMs, busy);
  }

  #setQueued(queued: number): void {
    this.#queued = queued;
    this.queuedSeries.set(this.#simulation.nowMs, queued);
  }
}

// A multi-server station, first come first served: c servers, one queue, service times brought along by the
// customers; with room for so many, or for all. One event per customer: the end of service.
import { assert } from '../failure.ts';
import type { HandlerId } from '../event-slots.ts';
import { refuseBeyond } from '../limits.ts';
import type { Simulation } from '../simulation.ts';
import { TimeWeighted } from '../statistics/series.ts';
import { Ring } from './ring.ts';
import { checkServers } from './servers.ts';

export interface QueueStationOptions {
  readonly name: string;
  readonly servers: number;
  /** Room for so many customers, those in service included; who comes to a full station is turned away. Default: for all. */
  readonly capacity?: number;
  /** Called within `arrive` for a customer who is turned away. */
  readonly onReject?: (customer: number) => void;
  /** Called when service starts, within `arrive` if a server is free. */
  readonly onStart?: (customer: number) => void;
  /** Called when service has ended; the next customer's service has started by then. */
  readonly onEnd: (customer: number) => void;
}

export class QueueStation {
  readonly name: string;
  readonly servers: number;
  /** Busy servers, and customers waiting, over time. */
  readonly busySeries: TimeWeighted;
  readonly queuedSeries: TimeWeighted;
  readonly #simulation: Simulation;
  readonly #capacity: number;
  readonly #onReject: ((customer: number) => void) | undefined;
  readonly #onStart: ((customer: number) => void) | undefined;
  readonly #onEnd: (customer: number) => void;
  readonly #endHandler: HandlerId;
  readonly #customers = new Ring<number>();
  readonly #servicesMs = new Ring<number>();
  #busy = 0;

  constructor(simulation: Simulation, options: QueueStationOptions) {
    const { name, servers, capacity = Infinity } = options;
    checkServers(name, servers);
    assert(
      capacity >= servers,
      `station ${name} has room for its ${servers} servers, not ${capacity}`,
    );
    this.name = name;
    this.servers = servers;
    this.#capacity = capacity;
    this.#simulation = simulation;
    this.#onReject = options.onReject;
    this.#onStart = options.onStart;
    this.#onEnd = options.onEnd;
    this.busySeries = new TimeWeighted(simulation.nowMs, 0);
    this.queuedSeries = new TimeWeighted(simulation.nowMs, 0);
    this.#endHandler = simulation.register((customer) => this.#end(customer), `${name}/end`);
  }

  get busy(): number {
    return this.#busy;
  }

  get queued(): number {
    return this.#customers.length;
  }

  /** A customer arrives with its service time; `onReject` hears of it when there is no room. */
  arrive(customer: number, serviceMs: number): void {
    if (this.#busy < this.servers) {
      this.#busy++;
      this.busySeries.set(this.#simulation.nowMs, this.#busy);
      this.#start(customer, serviceMs);
      return;
    }
    if (this.#busy + this.queued >= this.#capacity) {
      this.#onReject?.(customer);
      return;
    }
    const { queueLength } = this.#simulation.limits;
    if (this.queued >= queueLength)
      refuseBeyond('queueLength', queueLength, `station ${this.name}`);
    this.#customers.push(customer);
    this.#servicesMs.push(serviceMs);
    this.queuedSeries.set(this.#simulation.nowMs, this.queued);
  }

  #start(customer: number, serviceMs: number): void {
    this.#simulation.schedule(serviceMs, this.#endHandler, customer);
    this.#onStart?.(customer);
  }

  #end(customer: number): void {
    const next = this.#customers.shift();
    const nextServiceMs = this.#servicesMs.shift();
    if (next === undefined || nextServiceMs === undefined) {
      this.#busy--;
      this.busySeries.set(this.#simulation.nowMs, this.#busy);
    } else {
      this.queuedSeries.set(this.#simulation.nowMs, this.queued);
      this.#start(next, nextServiceMs);
    }
    this.#onEnd(customer);
  }
}

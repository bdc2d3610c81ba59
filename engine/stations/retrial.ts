// A multi-server station without a queue: who finds it busy goes away and tries again later, and again, until a server is free.
import type { HandlerId } from '../event-slots.ts';
import { assert } from '../failure.ts';
import { refuseBeyond } from '../limits.ts';
import type { Simulation } from '../simulation.ts';
import { checkServers } from './servers.ts';

export interface RetrialStationOptions {
  readonly name: string;
  readonly servers: number;
  /** Until the next try of a customer that found nobody free. */
  readonly retryMs: (customer: number) => number;
  /** Called when service starts, within `arrive` if a server is free. */
  readonly onStart?: (customer: number) => void;
  readonly onEnd: (customer: number) => void;
}

export class RetrialStation {
  readonly name: string;
  readonly servers: number;
  readonly #simulation: Simulation;
  readonly #options: RetrialStationOptions;
  readonly #endHandler: HandlerId;
  readonly #retryHandler: HandlerId;
  /** Service times of those who are away, by customer. */
  readonly #away = new Map<number, number>();
  #busy = 0;

  constructor(simulation: Simulation, options: RetrialStationOptions) {
    const { name, servers } = options;
    checkServers(name, servers);
    this.name = name;
    this.servers = servers;
    this.#simulation = simulation;
    this.#options = options;
    this.#endHandler = simulation.register((customer) => this.#end(customer), `${name}/end`);
    this.#retryHandler = simulation.register((customer) => this.#retry(customer), `${name}/retry`);
  }

  get busy(): number {
    return this.#busy;
  }

  /** Customers who will try again. */
  get away(): number {
    return this.#away.size;
  }

  /** A customer arrives with its service time; its number must not be that of another one who is here or away. */
  arrive(customer: number, serviceMs: number): void {
    if (this.#busy < this.servers) {
      this.#start(customer, serviceMs);
      return;
    }
    const { queueLength } = this.#simulation.limits;
    if (this.away >= queueLength) refuseBeyond('queueLength', queueLength, `station ${this.name}`);
    this.#away.set(customer, serviceMs);
    this.#leave(customer);
  }

  #leave(customer: number): void {
    this.#simulation.schedule(this.#options.retryMs(customer), this.#retryHandler, customer);
  }

  #retry(customer: number): void {
    if (this.#busy === this.servers) {
      this.#leave(customer);
      return;
    }
    const serviceMs = this.#away.get(customer);
    assert(serviceMs !== undefined, `${this.name}: who tries again was away`);
    this.#away.delete(customer);
    this.#start(customer, serviceMs);
  }

  #start(customer: number, serviceMs: number): void {
    this.#busy++;
    this.#simulation.schedule(serviceMs, this.#endHandler, customer);
    this.#options.onStart?.(customer);
  }

  #end(customer: number): void {
    this.#busy--;
    this.#options.onEnd(customer);
  }
}

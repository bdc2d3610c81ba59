// A multi-server station, first come first served, whose customers leave when they have waited for too long: the queue in front
// of a pool with a timeout, or of a switchboard (Erlang A).
import type { EventId, HandlerId } from '../event-slots.ts';
import { assert } from '../failure.ts';
import { refuseBeyond } from '../limits.ts';
import type { Simulation } from '../simulation.ts';
import { Ring } from './ring.ts';
import { checkServers } from './servers.ts';

export interface ImpatientStationOptions {
  readonly name: string;
  readonly servers: number;
  /** Called when service starts, within `arrive` if a server is free. */
  readonly onStart?: (customer: number) => void;
  /** Called when a customer leaves without service. */
  readonly onAbandon: (customer: number) => void;
  /** Called when service has ended; the next customer's service has started by then. */
  readonly onEnd: (customer: number) => void;
}

/** One that waits; null in its place once it has left. */
interface Waiting {
  readonly customer: number;
  readonly serviceMs: number;
  readonly expiry: EventId;
}

export class ImpatientStation {
  readonly name: string;
  readonly servers: number;
  readonly #simulation: Simulation;
  readonly #options: ImpatientStationOptions;
  readonly #endHandler: HandlerId;
  readonly #expiryHandler: HandlerId;
  readonly #line = new Ring<Waiting | null>();
  #busy = 0;
  #queued = 0;

  constructor(simulation: Simulation, options: ImpatientStationOptions) {
    const { name, servers } = options;
    checkServers(name, servers);
    this.name = name;
    this.servers = servers;
    this.#simulation = simulation;
    this.#options = options;
    this.#endHandler = simulation.register((customer) => this.#end(customer), `${name}/end`);
    this.#expiryHandler = simulation.register((ticket) => this.#expire(ticket), `${name}/expiry`);
  }

  get busy(): number {
    return this.#busy;
  }

  get queued(): number {
    return this.#queued;
  }

  /** A customer arrives with its service time and how long it waits for it to begin. */
  arrive(customer: number, serviceMs: number, patienceMs: number): void {
    if (this.#busy < this.servers) {
      this.#busy++;
      this.#start(customer, serviceMs);
      return;
    }
    const { queueLength } = this.#simulation.limits;
    if (this.#queued >= queueLength)
      refuseBeyond('queueLength', queueLength, `station ${this.name}`);
    this.#queued++;
    // The ticket is known only once the entry is there, and the entry names the event that carries the ticket.
    const ticket = this.#line.push(null);
    const expiry = this.#simulation.schedule(patienceMs, this.#expiryHandler, ticket);
    this.#line.replace(ticket, { customer, serviceMs, expiry });
  }

  #start(customer: number, serviceMs: number): void {
    this.#simulation.schedule(serviceMs, this.#endHandler, customer);
    this.#options.onStart?.(customer);
  }

  #expire(ticket: number): void {
    const waiting = this.#line.at(ticket);
    assert(waiting !== undefined && waiting !== null, `${this.name}: who expires still waits`);
    this.#line.replace(ticket, null);
    this.#queued--;
    this.#options.onAbandon(waiting.customer);
  }

  #end(customer: number): void {
    const next = this.#takeNext();
    if (next === null) {
      this.#busy--;
    } else {
      this.#simulation.cancel(next.expiry);
      this.#start(next.customer, next.serviceMs);
    }
    this.#options.onEnd(customer);
  }

  #takeNext(): Waiting | null {
    while (this.#line.length > 0) {
      const next = this.#line.shift();
      if (next === undefined || next === null) continue;
      this.#queued--;
      return next;
    }
    return null;
  }
}

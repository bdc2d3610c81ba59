// A multi-server station with classes: whoever waits in the first class goes first, within a class whoever came first. With
// preemption a customer of a better class takes the server of the worst one at once, who goes on later where it stopped.
import { noEvent, type EventId, type HandlerId } from '../event-slots.ts';
import { assert } from '../failure.ts';
import { refuseBeyond } from '../limits.ts';
import type { Simulation } from '../simulation.ts';
import { Ring } from './ring.ts';
import { checkServers } from './servers.ts';

export interface PriorityStationOptions {
  readonly name: string;
  readonly servers: number;
  /** How many classes there are; class 0 goes first. */
  readonly classes: number;
  /** `resume`: who is preempted goes on where it stopped. */
  readonly preemption: 'none' | 'resume';
  /** Called when service begins for the first time, within `arrive` if a server is free or taken over. */
  readonly onStart?: (customer: number) => void;
  /** Called when service has ended; the next customer's service has started by then. */
  readonly onEnd: (customer: number) => void;
}

/** A customer on a server, or one that had to leave it. */
interface Job {
  readonly customer: number;
  readonly rank: number;
  /** Place in the order of arrivals. */
  readonly number: number;
  leftMs: number;
  sinceMs: number;
  isNew: boolean;
  end: EventId;
}

export class PriorityStation {
  readonly name: string;
  readonly servers: number;
  readonly #simulation: Simulation;
  readonly #options: PriorityStationOptions;
  readonly #endHandler: HandlerId;
  readonly #waiting: readonly Ring<Job>[];
  /** By class: who was preempted, the earliest arrival first. They come before those who never began. */
  readonly #stopped: readonly Job[][];
  readonly #serving: Job[] = [];
  #queued = 0;
  #arrived = 0;

  constructor(simulation: Simulation, options: PriorityStationOptions) {
    const { name, servers, classes } = options;
    checkServers(name, servers);
    assert(
      Number.isInteger(classes) && classes > 0,
      `station ${name} needs classes from 1, not ${classes}`,
    );
    this.name = name;
    this.servers = servers;
    this.#simulation = simulation;
    this.#options = options;
    this.#waiting = Array.from({ length: classes }, () => new Ring<Job>());
    this.#stopped = Array.from({ length: classes }, (): Job[] => []);
    this.#endHandler = simulation.register((number) => this.#end(number), `${name}/end`);
  }

  get busy(): number {
    return this.#serving.length;
  }

  /** Customers without a server, those who had one included. */
  get queued(): number {
    return this.#queued;
  }

  /** A customer of class `rank` arrives with its service time. */
  arrive(customer: number, serviceMs: number, rank: number): void {
    const line = this.#waiting[rank];
    if (line === undefined) assert(false, `station ${this.name} has no class ${rank}`);
    const number = this.#arrived++ | 0;
    const job = {
      customer,
      rank,
      number,
      leftMs: serviceMs,
      sinceMs: 0,
      isNew: true,
      end: noEvent,
    };
    if (this.#serving.length === this.servers && !this.#preempt(rank)) {
      const { queueLength } = this.#simulation.limits;
      if (this.#queued >= queueLength)
        refuseBeyond('queueLength', queueLength, `station ${this.name}`);
      this.#queued++;
      line.push(job);
      return;
    }
    this.#serve(job);
  }

  /** Takes the server of the worst class behind `rank`, of its customers the one that came last. */
  #preempt(rank: number): boolean {
    if (this.#options.preemption === 'none') return false;
    const worst = this.#serving.reduce((a, b) =>
      b.rank > a.rank || (b.rank === a.rank && b.number > a.number) ? b : a,
    );
    if (worst.rank <= rank) return false;
    this.#serving.splice(this.#serving.indexOf(worst), 1);
    this.#simulation.cancel(worst.end);
    worst.leftMs = Math.max(0, worst.leftMs - (this.#simulation.nowMs - worst.sinceMs));
    const stopped = this.#stopped[worst.rank] ?? [];
    const at = stopped.findIndex(({ number }) => number > worst.number);
    stopped.splice(at === -1 ? stopped.length : at, 0, worst);
    this.#queued++;
    return true;
  }

  #serve(job: Job): void {
    const isFirst = job.isNew;
    job.isNew = false;
    job.sinceMs = this.#simulation.nowMs;
    job.end = this.#simulation.schedule(job.leftMs, this.#endHandler, job.number);
    this.#serving.push(job);
    if (isFirst) this.#options.onStart?.(job.customer);
  }

  #end(number: number): void {
    const at = this.#serving.findIndex((job) => job.number === number);
    const [job] = this.#serving.splice(at, 1);
    assert(job !== undefined, `${this.name} ends whom it serves`);
    const next = this.#takeNext();
    if (next !== undefined) this.#serve(next);
    this.#options.onEnd(job.customer);
  }

  #takeNext(): Job | undefined {
    for (const [rank, line] of this.#waiting.entries()) {
      const next = this.#stopped[rank]?.shift() ?? line.shift();
      if (next === undefined) continue;
      this.#queued--;
      return next;
    }
    return undefined;
  }
}

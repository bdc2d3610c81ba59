// Egalitarian processor sharing on c cores: each of n jobs present runs at rate min(1, c/n). Exact and cheap by
// virtual time: the service that each present job has received so far. A job that arrives at virtual time v with
// demand d ends at virtual time v + d, whoever comes and goes meanwhile, so a heap of end marks and one scheduled
// completion suffice. At most `concurrency` jobs share; the others wait first come, first served.
import { noEvent, type EventId, type HandlerId } from '../event-slots.ts';
import { assert } from '../failure.ts';
import { refuseBeyond } from '../limits.ts';
import type { Simulation } from '../simulation.ts';
import { TimeWeighted } from '../statistics/series.ts';
import { MarkHeap } from './mark-heap.ts';
import { Ring } from './ring.ts';

export interface SharingStationOptions {
  readonly name: string;
  readonly cores: number;
  /** Most jobs that share at a time. Default: no bound. */
  readonly concurrency?: number;
  /** Called when a job begins to share, within `arrive` if it need not wait. */
  readonly onStart?: (customer: number) => void;
  /** Called when a job has received its demand; the others run on already. */
  readonly onEnd: (customer: number) => void;
}

export class SharingStation {
  readonly name: string;
  readonly cores: number;
  readonly concurrency: number;
  /** Cores in use, and jobs waiting, over time. */
  readonly busySeries: TimeWeighted;
  readonly queuedSeries: TimeWeighted;
  readonly #simulation: Simulation;
  readonly #onStart: ((customer: number) => void) | undefined;
  readonly #onEnd: (customer: number) => void;
  readonly #completionHandler: HandlerId;
  readonly #present = new MarkHeap();
  readonly #customers = new Ring<number>();
  readonly #demandsMs = new Ring<number>();
  #completion: EventId = noEvent;
  #virtualMs = 0;
  #sinceMs: number;

  constructor(simulation: Simulation, options: SharingStationOptions) {
    const { name, cores, concurrency = Infinity } = options;
    assert(cores > 0 && cores < Infinity, `station ${name} needs some cores, not ${cores}`);
    assert(concurrency >= 1, `station ${name} needs a concurrency from 1, not ${concurrency}`);
    this.name = name;
    this.cores = cores;
    this.concurrency = concurrency;
    this.#simulation = simulation;
    this.#onStart = options.onStart;
    this.#onEnd = options.onEnd;
    this.#sinceMs = simulation.nowMs;
    this.busySeries = new TimeWeighted(simulation.nowMs, 0);
    this.queuedSeries = new TimeWeighted(simulation.nowMs, 0);
    this.#completionHandler = simulation.register(() => this.#complete(), `${name}/completion`);
  }

  /** Jobs that share now. */
  get present(): number {
    return this.#present.size;
  }

  get queued(): number {
    return this.#customers.length;
  }

  /** A job arrives that needs `demandMs` of one core. */
  arrive(customer: number, demandMs: number): void {
    if (!(demandMs >= 0 && demandMs < Infinity)) {
      assert(false, `station ${this.name}: a demand of ${demandMs} ms`);
    }
    const { queueLength } = this.#simulation.limits;
    // Jobs that share are as many as come, so the bound is on both together.
    if (this.present + this.queued >= queueLength) {
      refuseBeyond('queueLength', queueLength, `station ${this.name}`);
    }
    if (this.#present.size < this.concurrency) {
      this.#advance();
      this.#admit(customer, demandMs);
      this.#reschedule();
      this.#onStart?.(customer);
      return;
    }
    this.#customers.push(customer);
    this.#demandsMs.push(demandMs);
    this.queuedSeries.set(this.#simulation.nowMs, this.queued);
  }

  /** Virtual milliseconds per millisecond. */
  get #rate(): number {
    return Math.min(1, this.cores / this.#present.size);
  }

  /** Brings virtual time up to now; called before the number of jobs changes. */
  #advance(): void {
    const nowMs = this.#simulation.nowMs;
    // An idle station starts again at zero, so virtual time stays small and its rounding errors, too.
    if (this.#present.size === 0) this.#virtualMs = 0;
    else this.#virtualMs += (nowMs - this.#sinceMs) * this.#rate;
    this.#sinceMs = nowMs;
  }

  #admit(customer: number, demandMs: number): void {
    this.#present.push(this.#virtualMs + demandMs, customer);
    this.#recordBusy();
  }

  /** The first job's end has come. Its mark, not the clock, says what virtual time it is: no drift. */
  #complete(): void {
    this.#completion = noEvent;
    this.#virtualMs = this.#present.firstMark();
    this.#sinceMs = this.#simulation.nowMs;
    const ended = this.#present.takeFirst();
    const next = this.#customers.shift();
    const nextDemandMs = this.#demandsMs.shift();
    const admitsNext = next !== undefined && nextDemandMs !== undefined;
    if (admitsNext) {
      this.queuedSeries.set(this.#simulation.nowMs, this.queued);
      this.#admit(next, nextDemandMs);
    } else {
      this.#recordBusy();
    }
    this.#reschedule();
    if (admitsNext) this.#onStart?.(next);
    this.#onEnd(ended);
  }

  #reschedule(): void {
    if (this.#completion !== noEvent) this.#simulation.cancel(this.#completion);
    this.#completion = noEvent;
    if (this.#present.size === 0) return;
    const restMs = Math.max(0, this.#present.firstMark() - this.#virtualMs) / this.#rate;
    this.#completion = this.#simulation.schedule(restMs, this.#completionHandler, 0);
  }

  #recordBusy(): void {
    this.busySeries.set(this.#simulation.nowMs, Math.min(this.cores, this.#present.size));
  }
}

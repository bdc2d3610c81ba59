// Bulk service as in a group commit: customers wait for the next flush and share it. While one flush runs, arrivals
// gather for the next, which starts at once when it ends. The customers of a flush arrived before it started. One
// event per flush.
import type { HandlerId } from '../event-slots.ts';
import { refuseBeyond } from '../limits.ts';
import type { Simulation } from '../simulation.ts';
import { TimeWeighted } from '../statistics/series.ts';

export interface FlushStationOptions {
  readonly name: string;
  /** Length of the flush that starts now; `index` counts flushes from 0, `customers` share this one. */
  readonly flushMs: (index: number, customers: number) => number;
  /** Most customers of one flush; the others take the next. Default: no bound. */
  readonly batchLimit?: number;
  /** Called for each customer when its flush starts, within `arrive` if none runs. */
  readonly onStart?: (customer: number) => void;
  /** Called for each customer of a flush that has ended, in order of arrival; the next flush runs already. */
  readonly onEnd: (customer: number) => void;
  /** Called after that, once, with all customers of the flush. */
  readonly onFlushed?: (customers: readonly number[]) => void;
}

export class FlushStation {
  readonly name: string;
  /** 1 while a flush runs, and customers waiting for one to start, over time. */
  readonly busySeries: TimeWeighted;
  readonly queuedSeries: TimeWeighted;
  readonly #simulation: Simulation;
  readonly #flushMs: (index: number, customers: number) => number;
  readonly #batchLimit: number;
  readonly #onStart: ((customer: number) => void) | undefined;
  readonly #onEnd: (customer: number) => void;
  readonly #onFlushed: ((customers: readonly number[]) => void) | undefined;
  readonly #endHandler: HandlerId;
  #waiting: number[] = [];
  #inFlush: number[] = [];
  #flushes = 0;
  #isFlushing = false;

  constructor(simulation: Simulation, options: FlushStationOptions) {
    this.name = options.name;
    this.#simulation = simulation;
    this.#flushMs = options.flushMs;
    this.#batchLimit = options.batchLimit ?? Infinity;
    this.#onStart = options.onStart;
    this.#onEnd = options.onEnd;
    this.#onFlushed = options.onFlushed;
    this.busySeries = new TimeWeighted(simulation.nowMs, 0);
    this.queuedSeries = new TimeWeighted(simulation.nowMs, 0);
    this.#endHandler = simulation.register(() => this.#end(), `${this.name}/flush`);
  }

  /** Flushes started so far. */
  get flushes(): number {
    return this.#flushes;
  }

  /** True while a flush runs. */
  get isFlushing(): boolean {
    return this.#isFlushing;
  }

  get queued(): number {
    return this.#waiting.length;
  }

  /** A customer arrives: it takes the next flush, which starts within this call when none runs. */
  arrive(customer: number): void {
    const { queueLength } = this.#simulation.limits;
    if (this.queued >= queueLength)
      refuseBeyond('queueLength', queueLength, `station ${this.name}`);
    this.#waiting.push(customer);
    if (this.#isFlushing) this.#recordQueued();
    else this.#start();
  }

  #start(): void {
    this.#isFlushing = true;
    if (this.#waiting.length <= this.#batchLimit) {
      [this.#inFlush, this.#waiting] = [this.#waiting, []];
    } else {
      this.#inFlush = this.#waiting.splice(0, this.#batchLimit);
    }
    this.#recordQueued();
    this.busySeries.set(this.#simulation.nowMs, 1);
    const flushMs = this.#flushMs(this.#flushes++, this.#inFlush.length);
    this.#simulation.schedule(flushMs, this.#endHandler, 0);
    for (const customer of this.#inFlush) this.#onStart?.(customer);
  }

  #end(): void {
    const ended = this.#inFlush;
    this.#isFlushing = false;
    if (this.#waiting.length > 0) {
      this.#start();
    } else {
      this.#inFlush = [];
      this.busySeries.set(this.#simulation.nowMs, 0);
    }
    for (const customer of ended) this.#onEnd(customer);
    this.#onFlushed?.(ended);
  }

  #recordQueued(): void {
    this.queuedSeries.set(this.#simulation.nowMs, this.queued);
  }
}

// Values over simulated time: the time-weighted average of a step function (busy units, queue lengths), and values
// gathered into windows of equal length for charts. Holds sums, never samples.
import { assert } from '../failure.ts';

/** A quantity that jumps: time-weighted mean and maximum since the last restart. */
export class TimeWeighted {
  #value: number;
  #sinceMs: number;
  #startMs: number;
  #area = 0;
  #maximum: number;

  constructor(startMs: number, value: number) {
    this.#startMs = startMs;
    this.#sinceMs = startMs;
    this.#value = value;
    this.#maximum = value;
  }

  get value(): number {
    return this.#value;
  }

  get maximum(): number {
    return this.#maximum;
  }

  /** The quantity is `value` from `atMs` on. Times must not decrease. */
  set(atMs: number, value: number): void {
    this.#area += this.#value * (atMs - this.#sinceMs);
    this.#sinceMs = atMs;
    this.#value = value;
    if (value > this.#maximum) this.#maximum = value;
  }

  add(atMs: number, change: number): void {
    this.set(atMs, this.#value + change);
  }

  /** Integral of the quantity over time since the restart. */
  areaAt(atMs: number): number {
    return this.#area + this.#value * (atMs - this.#sinceMs);
  }

  /** Time-weighted mean since the restart; the present value when no time has passed. */
  meanAt(atMs: number): number {
    const spanMs = atMs - this.#startMs;
    return spanMs > 0 ? this.areaAt(atMs) / spanMs : this.#value;
  }

  /** Forgets the past, for instance at the end of a warm-up; the value stays. */
  restart(atMs: number): void {
    this.#startMs = atMs;
    this.#sinceMs = atMs;
    this.#area = 0;
    this.#maximum = this.#value;
  }
}

/** One window of a series. `mean` is null where nothing fell into it. */
export interface Window {
  readonly startMs: number;
  readonly count: number;
  readonly sum: number;
  readonly mean: number | null;
  readonly maximum: number | null;
}

/** Observations by windows of equal length from time 0 on. */
export class WindowedSeries {
  readonly windowMs: number;
  readonly #counts: number[] = [];
  readonly #sums: number[] = [];
  readonly #maxima: number[] = [];

  constructor(windowMs: number) {
    assert(windowMs > 0 && windowMs < Infinity, `a window must have a length, not ${windowMs} ms`);
    this.windowMs = windowMs;
  }

  /** Adds an observation made at `atMs`. */
  add(atMs: number, value: number): void {
    const index = Math.floor(atMs / this.windowMs);
    while (this.#counts.length <= index) {
      this.#counts.push(0);
      this.#sums.push(0);
      this.#maxima.push(-Infinity);
    }
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.#sums[index] = (this.#sums[index] ?? 0) + value;
    this.#maxima[index] = Math.max(this.#maxima[index] ?? -Infinity, value);
  }

  /** All windows up to the last observation, the empty ones included. */
  windows(): Window[] {
    return this.#counts.map((count, index) => {
      const sum = this.#sums[index] ?? 0;
      return {
        startMs: index * this.windowMs,
        count,
        sum,
        mean: count === 0 ? null : sum / count,
        maximum: count === 0 ? null : (this.#maxima[index] ?? null),
      };
    });
  }
}

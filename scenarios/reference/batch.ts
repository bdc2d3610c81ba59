// What is gathered during one batch of a station's run: sums and histograms over the customers that arrived in it,
// and the time spent at each number present. Batches merge into the whole run, and each alone is one value for the
// method of batch means.
import { Histogram } from '../../engine/index.ts';

/**
 * Quantiles are within this fraction of (value + scale): far below the sampling error of any run here. Shifting the
 * values by the scale keeps tiny waits, which differ by nothing that matters, from needing buckets of their own.
 */
const quantileAccuracy = 5e-5;

/** Customers of nearly one size: their mean of sojourn / size. */
interface SizeClass {
  count: number;
  ratioSum: number;
}

export class Batch {
  arrived = 0;
  blocked = 0;
  customers = 0;
  waitSum = 0;
  waitSquares = 0;
  waited = 0;
  sojournSum = 0;
  sojournSquares = 0;
  slowdownSum = 0;
  busyMs = 0;
  flushes = 0;
  flushed = 0;
  /** Customers of this batch that have not left yet. */
  pending = 0;
  readonly #scaleMs: number;
  readonly #waits = new Histogram(quantileAccuracy);
  readonly #sojourns = new Histogram(quantileAccuracy);
  /** Milliseconds with n present, by n. */
  readonly levelMs: number[] = [];
  readonly sizes = new Map<number, SizeClass>();

  /** `scaleMs` is a typical time of the model, like its mean service time. */
  constructor(scaleMs: number) {
    this.#scaleMs = scaleMs;
  }

  /** Adds a customer that has been served. */
  depart(waitMs: number, sojournMs: number, demandMs: number): void {
    this.customers++;
    this.waitSum += waitMs;
    this.waitSquares += waitMs * waitMs;
    if (waitMs > 0) this.waited++;
    this.#waits.add(waitMs + this.#scaleMs);
    this.sojournSum += sojournMs;
    this.sojournSquares += sojournMs * sojournMs;
    this.#sojourns.add(sojournMs + this.#scaleMs);
    if (demandMs > 0) this.slowdownSum += sojournMs / demandMs;
  }

  /** The time that a share of `level` of the waits does not exceed. */
  waitQuantile(level: number): number {
    return (this.#waits.quantile(level) ?? Number.NaN) - this.#scaleMs;
  }

  sojournQuantile(level: number): number {
    return (this.#sojourns.quantile(level) ?? Number.NaN) - this.#scaleMs;
  }

  /** Share of customers that waited longer. */
  shareOfWaitsAbove(waitMs: number): number {
    return 1 - (this.#waits.shareUpTo(waitMs + this.#scaleMs) ?? Number.NaN);
  }

  addSized(size: number, ratio: number): void {
    const sizeClass = this.sizes.get(size) ?? { count: 0, ratioSum: 0 };
    sizeClass.count++;
    sizeClass.ratioSum += ratio;
    this.sizes.set(size, sizeClass);
  }

  stay(level: number, ms: number): void {
    while (this.levelMs.length <= level) this.levelMs.push(0);
    this.levelMs[level] = (this.levelMs[level] ?? 0) + ms;
  }

  get spanMs(): number {
    return this.levelMs.reduce((sum, ms) => sum + ms, 0);
  }

  /** Time average of f(number present). */
  levelMean(f: (level: number) => number): number {
    return this.levelMs.reduce((sum, ms, level) => sum + ms * f(level), 0) / this.spanMs;
  }

  merge(other: Batch): void {
    this.arrived += other.arrived;
    this.blocked += other.blocked;
    this.customers += other.customers;
    this.waitSum += other.waitSum;
    this.waitSquares += other.waitSquares;
    this.waited += other.waited;
    this.sojournSum += other.sojournSum;
    this.sojournSquares += other.sojournSquares;
    this.slowdownSum += other.slowdownSum;
    this.busyMs += other.busyMs;
    this.flushes += other.flushes;
    this.flushed += other.flushed;
    this.#waits.merge(other.#waits);
    this.#sojourns.merge(other.#sojourns);
    other.levelMs.forEach((ms, level) => this.stay(level, ms));
    for (const [size, { count, ratioSum }] of other.sizes) {
      const own = this.sizes.get(size) ?? { count: 0, ratioSum: 0 };
      this.sizes.set(size, { count: own.count + count, ratioSum: own.ratioSum + ratioSum });
    }
  }
}

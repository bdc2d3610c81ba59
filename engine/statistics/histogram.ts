// A histogram with a relative guarantee: every quantile it reports is within `accuracy` of a value that was really
// observed at that rank, from nanoseconds to years, in a few kilobytes. DDSketch (Masson, Rim & Lee, VLDB 2019)
// with dense buckets and no collapsing. Counts are exact, so merging is associative and order-free.
import { assert } from '../failure.ts';

/** Smaller values count as zero: a picosecond, where values are milliseconds. */
const smallestPositive = 1e-9;

const defaultAccuracy = 0.01;

export class Histogram {
  readonly accuracy: number;
  /** Ratio of one bucket's upper bound to the one before: (1 + accuracy) / (1 − accuracy). */
  readonly growth: number;
  readonly #logGrowth: number;
  #counts = new Float64Array(0);
  #firstKey = 0;
  #zeros = 0;
  #count = 0;
  #sum = 0;
  #minimum = Infinity;
  #maximum = -Infinity;

  constructor(accuracy: number = defaultAccuracy) {
    assert(accuracy > 0 && accuracy < 1, `accuracy must be between 0 and 1, not ${accuracy}`);
    this.accuracy = accuracy;
    this.growth = (1 + accuracy) / (1 - accuracy);
    this.#logGrowth = Math.log(this.growth);
  }

  get count(): number {
    return this.#count;
  }

  get sum(): number {
    return this.#sum;
  }

  /** Smallest and largest observation, exact; null when there are none. */
  get minimum(): number | null {
    return this.#count === 0 ? null : this.#minimum;
  }

  get maximum(): number | null {
    return this.#count === 0 ? null : this.#maximum;
  }

  get mean(): number | null {
    return this.#count === 0 ? null : this.#sum / this.#count;
  }

  /** Buckets that hold something, zero's own included. */
  get bucketsUsed(): number {
    const used = this.#counts.reduce((total, count) => total + (count > 0 ? 1 : 0), 0);
    return used + (this.#zeros > 0 ? 1 : 0);
  }

  /** Adds an observation from 0 on, `times` times. */
  add(value: number, times = 1): void {
    if (!(value >= 0 && value < Infinity)) {
      throw new Error(`invariant broken: a histogram holds finite values from 0, not ${value}`);
    }
    this.#count += times;
    this.#sum += value * times;
    if (value < this.#minimum) this.#minimum = value;
    if (value > this.#maximum) this.#maximum = value;
    if (value < smallestPositive) this.#zeros += times;
    else this.#addToBucket(Math.ceil(Math.log(value) / this.#logGrowth), times);
  }

  /**
   * Estimate of the value at rank ⌊level · (count − 1)⌋ of the sorted observations, within `accuracy` relative to
   * it; null when there are none.
   */
  quantile(level: number): number | null {
    const key = this.quantileKey(level);
    if (key === null) return null;
    return key === -Infinity ? 0 : (2 * this.growth ** key) / (this.growth + 1);
  }

  /** Key of the bucket that holds the quantile: (growth^(key−1), growth^key]; −Infinity for zero; null if empty. */
  quantileKey(level: number): number | null {
    assert(level >= 0 && level <= 1, `a quantile's level is from 0 to 1, not ${level}`);
    if (this.#count === 0) return null;
    const rank = level * (this.#count - 1);
    let below = this.#zeros;
    if (below > rank) return -Infinity;
    for (let index = 0; index < this.#counts.length; index++) {
      below += this.#counts[index] as number;
      if (below > rank) return index + this.#firstKey;
    }
    assert(false, `rank ${rank} of ${this.#count} is in no bucket`);
  }

  /** Share of observations in buckets up to the one of `value`: P(X ≤ value), within `accuracy` of the value. */
  shareUpTo(value: number): number | null {
    if (this.#count === 0) return null;
    if (value < 0) return 0;
    let below = this.#zeros;
    if (value >= smallestPositive) {
      const end = Math.ceil(Math.log(value) / this.#logGrowth) - this.#firstKey + 1;
      for (let index = 0; index < Math.min(end, this.#counts.length); index++) {
        below += this.#counts[index] as number;
      }
    }
    return below / this.#count;
  }

  /** Adds all observations of another histogram of the same accuracy. */
  merge(other: Histogram): void {
    assert(other.accuracy === this.accuracy, 'histograms of different accuracy cannot be merged');
    for (let index = 0; index < other.#counts.length; index++) {
      const count = other.#counts[index] as number;
      if (count > 0) this.#addToBucket(index + other.#firstKey, count);
    }
    this.#zeros += other.#zeros;
    this.#count += other.#count;
    this.#sum += other.#sum;
    this.#minimum = Math.min(this.#minimum, other.#minimum);
    this.#maximum = Math.max(this.#maximum, other.#maximum);
  }

  #addToBucket(key: number, times: number): void {
    let index = key - this.#firstKey;
    if (index < 0 || index >= this.#counts.length) {
      this.#makeRoomFor(key);
      index = key - this.#firstKey;
    }
    (this.#counts[index] as number) += times;
  }

  /** Grows by half on the side that is short, so that a widening range costs little. */
  #makeRoomFor(key: number): void {
    const length = this.#counts.length;
    const first = length === 0 ? key : Math.min(this.#firstKey, key);
    const end = length === 0 ? key + 1 : Math.max(this.#firstKey + length, key + 1);
    const spare = Math.max(16, (end - first) >> 1);
    const newFirst = length === 0 || key < this.#firstKey ? first - spare : first;
    const newEnd = length === 0 || key >= this.#firstKey + length ? end + spare : end;
    const counts = new Float64Array(newEnd - newFirst);
    counts.set(this.#counts, length === 0 ? 0 : this.#firstKey - newFirst);
    this.#counts = counts;
    this.#firstKey = newFirst;
  }
}

// What a cache hits, by formula: to check simulated caches, and for estates too large to simulate every request.
import { assert } from '../../engine/failure.ts';
import { invertIncreasing } from '../../engine/special.ts';

/** Shares of requests of keys by rank, ∝ rank^−exponent; most popular first. */
export function zipfShares(keys: number, exponent: number): Float64Array {
  const weights = Float64Array.from({ length: keys }, (_, index) => (index + 1) ** -exponent);
  // From the smallest up, so that no small one is lost next to a large sum.
  const total = weights.reduceRight((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/**
 * How many requests a key outlives in a cache of the least recently used kind, without being asked for (Che, Tung and Wang
 * 2002): the T with Σ (1 − e^(−share·T)) = capacity. Infinite where everything fits.
 */
export function characteristicTime(shares: Float64Array, capacity: number): number {
  assert(capacity > 0, `a cache holds at least one key, not ${capacity}`);
  if (capacity >= shares.length) return Infinity;
  const held = (time: number): number => {
    let sum = 0;
    for (const share of shares) sum -= Math.expm1(-share * time);
    return sum;
  };
  return invertIncreasing(held, capacity, 0, Infinity);
}

/** The chance that a key of this share is there when it is asked for, by the same approximation. */
export function hitChance(share: number, time: number): number {
  return -Math.expm1(-share * time);
}

/** Share of all requests that hit, by the same approximation. */
export function hitRatio(shares: Float64Array, time: number): number {
  return shares.reduceRight((sum, share) => sum + share * hitChance(share, time), 0);
}

/** The most that any cache could hit that never changes what it holds: the most popular keys. */
export function bestFixedHitRatio(shares: Float64Array, capacity: number): number {
  return shares
    .toSorted((a, b) => b - a)
    .subarray(0, capacity)
    .reduceRight((sum, share) => sum + share, 0);
}

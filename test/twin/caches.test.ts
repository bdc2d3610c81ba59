// Caches against lists that do the same slowly, and against the formulas of their hit ratios.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeStream, sampler } from '../../engine/index.ts';
import { FifoCache, LruCache, RandomCache, type KeyCache } from '../../twin/caches/key-cache.ts';
import {
  bestFixedHitRatio,
  characteristicTime,
  hitRatio,
  zipfShares,
} from '../../twin/caches/theory.ts';
import { TtlCache, type Renewal } from '../../twin/caches/ttl-cache.ts';

const keys = 12;
const requests = fc.array(fc.nat(keys - 1), { maxLength: 200 });
const capacities = fc.integer({ min: 1, max: keys });

/** Newest last. What a hit does to the order is all that tells one from the other. */
function byList(list: number[], capacity: number, key: number, isRenewed: boolean): boolean {
  const at = list.indexOf(key);
  if (at !== -1 && !isRenewed) return true;
  if (at !== -1) list.splice(at, 1);
  else if (list.length === capacity) list.shift();
  list.push(key);
  return at !== -1;
}

describe.each([
  ['the least recently used', LruCache, true],
  ['the first that came', FifoCache, false],
] as const)('a cache that throws out %s', (_, Cache, isRenewed) => {
  it('hits and misses as a list does', () => {
    fc.assert(
      fc.property(requests, capacities, (list, capacity) => {
        const cache = new Cache({ keys, capacity });
        const naive: number[] = [];
        for (const key of list) {
          expect(cache.request(key)).toBe(byList(naive, capacity, key, isRenewed));
          expect(cache.size).toBe(naive.length);
        }
      }),
    );
  });
});

describe('a cache that throws out any key', () => {
  it('holds no more than fits, and always what was asked for last', () => {
    fc.assert(
      fc.property(requests, capacities, (list, capacity) => {
        const cache = new RandomCache({ keys, capacity }, makeStream('s', 0, 'eviction'));
        for (const key of list) {
          cache.request(key);
          expect(cache.size).toBeLessThanOrEqual(capacity);
          expect(cache.request(key)).toBe(true);
        }
      }),
    );
  });
});

describe('hit ratios', () => {
  const shares = zipfShares(500, 0.9);
  const capacity = 60;

  function simulated(cache: KeyCache): number {
    const rank = sampler(
      { kind: 'zipf', count: shares.length, exponent: 0.9 },
      makeStream('hits', 0, 'keys'),
    );
    const [warmUp, measured] = [5_000, 100_000];
    let hits = 0;
    for (let request = 0; request < warmUp + measured; request++) {
      const isHit = cache.request(rank() - 1);
      if (isHit && request >= warmUp) hits++;
    }
    return hits / measured;
  }

  it('come close to the formula for the least recently used, which beats chance and not the best', () => {
    const room = { keys: shares.length, capacity };
    const lru = simulated(new LruCache(room));
    expect(lru).toBeCloseTo(hitRatio(shares, characteristicTime(shares, capacity)), 2);
    expect(lru).toBeGreaterThan(
      simulated(new RandomCache(room, makeStream('hits', 0, 'eviction'))) + 0.02,
    );
    expect(lru).toBeLessThan(bestFixedHitRatio(shares, capacity));
  });

  it('grow with the room, up to everything', () => {
    const ratios = [1, 10, 100, 499].map((room) =>
      hitRatio(shares, characteristicTime(shares, room)),
    );
    expect(ratios).toEqual(ratios.toSorted((a, b) => a - b));
    expect(hitRatio(shares, characteristicTime(shares, shares.length))).toBeCloseTo(1, 12);
  });
});

describe('a cache whose entries expire', () => {
  const ttlMs = 10;
  const times = fc.array(fc.integer({ min: 0, max: 15 }), { maxLength: 40 });

  it.each<Renewal>(['fill', 'request'])(
    'hits until the time since the last %s is over',
    (renewal) => {
      fc.assert(
        fc.property(times, (gaps) => {
          const cache = new TtlCache({ keys: 1, ttlMs, renewal });
          let nowMs = 0;
          let fromMs = -Infinity;
          for (const gap of gaps) {
            nowMs += gap;
            const isHit = nowMs - fromMs < ttlMs;
            expect(cache.request(0, nowMs)).toBe(isHit);
            if (!isHit || renewal === 'request') fromMs = nowMs;
          }
        }),
      );
    },
  );

  it('forgets what it is told to, and says how old the rest is', () => {
    const cache = new TtlCache({ keys: 2, ttlMs, renewal: 'fill' });
    cache.request(0, 1);
    cache.request(1, 2);
    cache.invalidate(0);
    expect([cache.request(1, 5), cache.filledMs(1)]).toEqual([true, 2]);
    expect([cache.request(0, 5), cache.filledMs(0)]).toEqual([false, 5]);
  });
});

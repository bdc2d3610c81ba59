// Rings of hashes and the places of leaders: what must hold whatever the numbers are.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeHashUniform } from '../../engine/index.ts';
import { bestLeader, commitMs, nearestRegion, writeMs } from '../../twin/placement/leader.ts';
import {
  HashRing,
  movedByModulo,
  movedByRing,
  shareQuantileOverMean,
  shareVariation,
} from '../../twin/placement/ring.ts';

const namesOf = (count: number): string[] => Array.from({ length: count }, (_, i) => `node-${i}`);
const keyOf = makeHashUniform('ring', 'keys');
const manyKeys = Array.from({ length: 20_000 }, (_, key) => keyOf(key));

describe('a ring of hashes', () => {
  it('gives each node its share of the circle, and so of the keys', () => {
    const ring = new HashRing(namesOf(5), 8, 'seed');
    const shares = ring.shares();
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9);
    const counts = new Float64Array(5);
    for (const key of manyKeys) {
      const node = ring.nodeOf(key);
      counts[node] = (counts[node] ?? 0) + 1;
    }
    for (const [node, share] of shares.entries()) {
      expect((counts[node] ?? 0) / manyKeys.length).toBeCloseTo(share, 1.6);
    }
  });

  it('moves keys to a node that joins, and to no other', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.string(), (count, seed) => {
        const before = new HashRing(namesOf(count), 4, seed);
        const after = new HashRing(namesOf(count + 1), 4, seed);
        for (const key of manyKeys.slice(0, 300)) {
          const node = after.nodeOf(key);
          if (node !== before.nodeOf(key)) expect(node).toBe(count);
        }
      }),
    );
  });

  it('is the more even the more places nodes have', () => {
    const variations = [1, 10, 100, 1_000].map((places) => shareVariation(10, places));
    expect(variations).toEqual(variations.toSorted((a, b) => b - a));
    expect(shareQuantileOverMean(10, 1_000, 0.99)).toBeLessThan(1.1);
    expect(shareQuantileOverMean(1, 3, 0.99)).toBe(1);
  });

  it('moves far less than hashes modulo the number of nodes', () => {
    expect(movedByRing(12)).toBeCloseTo(1 / 13, 12);
    expect(movedByModulo(12)).toBeCloseTo(12 / 13, 12);
  });
});

describe('a leader', () => {
  const group = fc.integer({ min: 2, max: 6 }).chain((size) =>
    fc.record({
      regions: fc.constant(namesOf(size)),
      needed: fc.integer({ min: 1, max: size }),
      serviceMs: fc.integer({ min: 0, max: 5 }),
      roundTripMs: fc
        .array(fc.integer({ min: 1, max: 200 }), { minLength: size * size, maxLength: size * size })
        .map((list) =>
          namesOf(size).map((_, a) =>
            namesOf(size).map((__, b) =>
              a === b ? 0 : (list[Math.min(a, b) * size + Math.max(a, b)] ?? 0),
            ),
          ),
        ),
    }),
  );

  it('commits no faster with more copies to wait for, or without its nearest region', () => {
    fc.assert(
      fc.property(group, (one) => {
        for (const leader of one.regions.keys()) {
          const ms = commitMs(one, leader);
          expect(commitMs({ ...one, needed: one.needed + 1 }, leader)).toBeGreaterThanOrEqual(ms);
          expect(commitMs(one, leader, [nearestRegion(one, leader)])).toBeGreaterThanOrEqual(ms);
          expect(writeMs(one, leader, leader)).toBe(ms);
        }
      }),
    );
  });

  it('stands best where commits take least', () => {
    fc.assert(
      fc.property(group, (one) => {
        const least = commitMs(one, bestLeader(one));
        for (const leader of one.regions.keys()) {
          expect(commitMs(one, leader)).toBeGreaterThanOrEqual(least);
        }
      }),
    );
  });

  it('never commits when too few are left', () => {
    const two = {
      regions: ['a', 'b'],
      roundTripMs: [
        [0, 5],
        [5, 0],
      ],
      needed: 2,
      serviceMs: 1,
    };
    expect([commitMs(two, 0), commitMs(two, 0, [1])]).toEqual([6, Infinity]);
  });
});

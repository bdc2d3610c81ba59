// Bills and ageing data: nothing is lost between the tiers, and nothing is paid twice.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { billOf, tieredUsd } from '../../twin/money/bill.ts';
import {
  allGigabyteDays,
  deletedGigabytes,
  heldGigabyteDays,
  heldGigabytes,
  meanAgeDays,
  steadyGigabytes,
} from '../../twin/money/retention.ts';

describe('a price in tiers', () => {
  const tiers = [
    { width: 10, usd: 3 },
    { width: 20, usd: 2 },
    { width: null, usd: 1 },
  ];

  it('fills one tier after the other', () => {
    expect([0, 5, 10, 20, 30, 100].map((gigabytes) => tieredUsd(gigabytes, tiers))).toEqual([
      0, 15, 30, 50, 70, 140,
    ]);
  });

  it('is the same for a quantity as for its first part and the rest', () => {
    fc.assert(
      fc.property(fc.nat(100), fc.nat(100), (first, more) => {
        const [whole, part] = [tieredUsd(first + more, tiers), tieredUsd(first, tiers)];
        expect(whole - part).toBeGreaterThanOrEqual(more);
        expect(whole - part).toBeLessThanOrEqual(3 * more);
      }),
    );
  });

  it('adds up to the bill', () => {
    const bill = billOf({
      storage: [{ gigabytes: 100, usdPerGigabyte: 0.1 }],
      replicated: { gigabytes: 10, copies: 2, usdPerGigabyte: 0.02 },
      egress: { gigabytes: 5, tiers },
      nodes: { count: 2, hours: 730, usdPerHour: 0.5 },
    });
    expect(bill).toEqual({
      storageUsd: 10,
      interRegionUsd: 0.4,
      egressUsd: 15,
      computeUsd: 730,
      totalUsd: 755.4,
    });
  });
});

describe('data that grows old', () => {
  const rules = fc
    .tuple(
      fc.integer({ min: 1, max: 30 }),
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 1, max: 90 }),
    )
    .map(([hot, warm, cold]) => ({
      gigabytesPerDay: 7,
      hotDays: hot,
      warmUntilDay: hot + warm,
      deletedAtDay: hot + warm + cold,
      compression: 0.5,
    }));
  const days = fc.integer({ min: 0, max: 300 });

  it('is held somewhere or deleted', () => {
    fc.assert(
      fc.property(rules, days, (rule, day) => {
        const raw =
          heldGigabytes(rule, 'hot', day) +
          (heldGigabytes(rule, 'warm', day) + heldGigabytes(rule, 'cold', day)) / rule.compression;
        expect(raw + deletedGigabytes(rule, day)).toBeCloseTo(rule.gigabytesPerDay * day, 9);
      }),
    );
  });

  it('is paid for what is held, day by day', () => {
    fc.assert(
      fc.property(rules, fc.integer({ min: 0, max: 250 }), (rule, day) => {
        for (const tier of ['hot', 'warm', 'cold'] as const) {
          const ofOneDay =
            heldGigabyteDays(rule, tier, day + 1) - heldGigabyteDays(rule, tier, day);
          const [from, until] = [
            heldGigabytes(rule, tier, day),
            heldGigabytes(rule, tier, day + 1),
          ];
          expect(ofOneDay).toBeCloseTo((from + until) / 2, 6);
        }
      }),
    );
  });

  it('comes to rest once the oldest is deleted', () => {
    fc.assert(
      fc.property(rules, (rule) => {
        const day = rule.deletedAtDay + 10;
        const held = allGigabyteDays(rule, day + 1) - allGigabyteDays(rule, day);
        expect(held).toBeCloseTo(steadyGigabytes(rule), 6);
        expect(meanAgeDays(rule, day)).toBe(rule.deletedAtDay / 2);
      }),
    );
  });
});

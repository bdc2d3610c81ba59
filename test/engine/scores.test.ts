// Scores against their definitions: exact cases, and identities that hold for any forecast.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  brierScore,
  quantile,
  quantileCrps,
  shareInterval,
  type Distribution,
} from '../../engine/index.ts';

const number = fc.double({ min: -1e6, max: 1e6, noNaN: true });
const probability = fc.double({ min: 0, max: 1, noNaN: true });

describe('the continuous ranked probability score', () => {
  test('of one number is the absolute error', () => {
    fc.assert(
      fc.property(number, number, (forecast, outcome) => {
        const score = quantileCrps([[0.5, forecast]], outcome);
        expect(score).toBeCloseTo(Math.abs(forecast - outcome), 6);
      }),
    );
  });

  test('of a uniform law on [0, 1] is its closed form', () => {
    // ∫ (F − 1{x ≥ y})² = y³/3 + (1 − y)³/3 inside, a third and the distance outside.
    const levels = Array.from({ length: 999 }, (_, index) => (index + 1) / 1_000);
    const uniform = levels.map((level) => [level, level] as const);
    for (const outcome of [0, 0.2, 0.5, 0.9, 1]) {
      const exact = (outcome ** 3 + (1 - outcome) ** 3) / 3;
      expect(quantileCrps(uniform, outcome)).toBeCloseTo(exact, 4);
    }
    expect(quantileCrps(uniform, 3)).toBeCloseTo(2 + 1 / 3, 3);
    expect(quantileCrps(uniform, -2)).toBeCloseTo(2 + 1 / 3, 3);
  });

  test('of an exponential law is its closed form', () => {
    // Jordan, Krüger and Lerch (2019): y − 2 F(y) + 1/2 for rate 1.
    const law: Distribution = { kind: 'exponential', mean: 1 };
    const levels = Array.from({ length: 9_999 }, (_, index) => (index + 1) / 10_000);
    const forecast = levels.map((level) => [level, quantile(law, level)] as const);
    for (const outcome of [0.1, 0.7, 2.5]) {
      const exact = outcome - 2 * (1 - Math.exp(-outcome)) + 0.5;
      expect(quantileCrps(forecast, outcome)).toBeCloseTo(exact, 3);
    }
  });

  test('never prefers a forecast that is moved away from the outcome', () => {
    fc.assert(
      fc.property(
        fc.array(number, { minLength: 1, maxLength: 9 }),
        number,
        fc.double({ min: 0, max: 1e5, noNaN: true }),
        (values, outcome, away) => {
          const sorted = values.toSorted((a, b) => a - b);
          const at = (shift: number): number =>
            quantileCrps(
              sorted.map((value, index) => [(index + 1) / (sorted.length + 1), value + shift]),
              outcome,
            );
          const lowest = sorted[0] ?? 0;
          const above = Math.max(0, outcome - lowest);
          expect(at(above + away)).toBeGreaterThanOrEqual(at(above) - 1e-6);
        },
      ),
    );
  });

  test('refuses levels that do not ascend', () => {
    expect(() =>
      quantileCrps(
        [
          [0.5, 1],
          [0.1, 2],
        ],
        1,
      ),
    ).toThrow('ascend');
    expect(() => quantileCrps([], 1)).toThrow('at least one');
  });
});

describe('the Brier score', () => {
  test('is zero for whoever always knows, and one for whoever is always wrong', () => {
    const events = [true, false, true].map((happened) => ({
      happened,
      probability: happened ? 1 : 0,
    }));
    expect(brierScore(events)).toMatchObject({ n: 3, brier: 0, reliability: 0 });
    const wrong = events.map(({ happened, probability: p }) => ({ happened, probability: 1 - p }));
    expect(brierScore(wrong).brier).toBe(1);
  });

  test('of a worked example', () => {
    // Two of ten happen when 0.2 is said, three of five when 0.8 is: base rate 1/3.
    const events = [
      ...Array.from({ length: 10 }, (_, index) => ({ probability: 0.2, happened: index < 2 })),
      ...Array.from({ length: 5 }, (_, index) => ({ probability: 0.8, happened: index < 3 })),
    ];
    const score = brierScore(events);
    expect(score.brier).toBeCloseTo((2 * 0.64 + 8 * 0.04 + 3 * 0.04 + 2 * 0.64) / 15, 12);
    expect(score.reliability).toBeCloseTo((5 * 0.04) / 15, 12);
    expect(score.resolution).toBeCloseTo(
      (10 * (0.2 - 1 / 3) ** 2 + 5 * (0.6 - 1 / 3) ** 2) / 15,
      12,
    );
    expect(score.uncertainty).toBeCloseTo(2 / 9, 12);
  });

  test('is reliability less resolution plus uncertainty', () => {
    const events = fc.array(
      fc.record({
        probability: fc.oneof(probability, fc.constantFrom(0, 0.25, 0.5, 1)),
        happened: fc.boolean(),
      }),
      { minLength: 1, maxLength: 60 },
    );
    fc.assert(
      fc.property(events, (list) => {
        const { brier, reliability, resolution, uncertainty } = brierScore(list);
        expect(reliability - resolution + uncertainty).toBeCloseTo(brier, 12);
        for (const part of [brier, reliability, resolution]) expect(part).toBeGreaterThanOrEqual(0);
        expect(brier).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('the interval of a share', () => {
  test('is that of published tables', () => {
    // Newcombe (1998), table I, method 3: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
    const cases = [
      [81, 263, 0.2553, 0.3662],
      [15, 148, 0.0624, 0.1605],
      [0, 20, 0, 0.1611],
      [1, 29, 0.0061, 0.1718],
    ] as const;
    for (const [hits, n, low, high] of cases) {
      const interval = shareInterval(hits, n);
      expect(interval[0]).toBeCloseTo(low, 4);
      expect(interval[1]).toBeCloseTo(high, 4);
    }
  });

  test('holds the share, stays within 0 and 1, and narrows with more trials', () => {
    fc.assert(
      fc.property(fc.nat(200), fc.integer({ min: 1, max: 200 }), (some, n) => {
        const hits = Math.min(some, n);
        const [low, high] = shareInterval(hits, n);
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeLessThanOrEqual(1);
        expect(low).toBeLessThanOrEqual(hits / n);
        expect(high).toBeGreaterThanOrEqual(hits / n);
        const [lowOfMore, highOfMore] = shareInterval(hits * 10, n * 10);
        expect(highOfMore - lowOfMore).toBeLessThan(high - low);
      }),
    );
  });

  test('leaves everything open without a trial', () => {
    expect(shareInterval(0, 0)).toEqual([0, 1]);
  });
});

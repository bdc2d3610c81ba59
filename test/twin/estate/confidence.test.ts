// How sure a calibrated parameter is: the law of its factors, and what more repetitions would do about it.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeStream } from '../../../engine/random.ts';
import type { Calibrated } from '../../../twin/estate/calibration.ts';
import {
  deviationOf,
  deviationsOf,
  factorAt,
  leastUncertainty,
  repetitionsToHalve,
  uncertaintyAfter,
  uncertaintyOf,
} from '../../../twin/estate/confidence.ts';
import { makeCalibration } from '../../fixtures/calibration.ts';

function calibrated(changes: Partial<Calibrated> = {}): Calibrated {
  const found = makeCalibration().parameters['write.syncMs'];
  if (found === undefined) throw new Error('the fixture calibrates everything');
  return { ...found, ...changes };
}

const share = fc.double({ min: 0, max: 0.5, noNaN: true });
const anyCalibrated = fc
  .record({
    half: share,
    repetitionCv: share,
    sessionCv: share,
    repetitions: fc.integer({ min: 3, max: 40 }),
  })
  .map(({ half, ...rest }) =>
    calibrated({ value: 10, interval90: [10 * (1 - half), 10 * (1 + half)], ...rest }),
  );

describe('the factor of a parameter', () => {
  test('is 1 at the middle of its law, grows with the level, and is the same either way', () => {
    fc.assert(
      fc.property(anyCalibrated, fc.double({ min: 0, max: 0.499, noNaN: true }), (one, u) => {
        expect(factorAt(one, 'location', 0.5)).toBe(1);
        const [low, high] = [factorAt(one, 'location', u), factorAt(one, 'location', 1 - u)];
        expect(low).toBeLessThanOrEqual(1);
        expect(low * high).toBeCloseTo(1, 6);
      }),
    );
  });

  test('has the standard deviation that is told of it, also with the tails of few repetitions', () => {
    for (const repetitions of [3, 5, 1000]) {
      const one = calibrated({ repetitionCv: 0.2, repetitions });
      const stream = makeStream('1', 0, 'factors');
      const logs = Array.from({ length: 20_000 }, () =>
        Math.log(factorAt(one, 'location', stream())),
      );
      const sd = Math.sqrt(logs.reduce((sum, log) => sum + log * log, 0) / logs.length);
      expect(sd / uncertaintyOf(one)).toBeGreaterThan(0.97);
      expect(sd / uncertaintyOf(one)).toBeLessThan(1.03);
    }
  });

  test('has the deviation of what is drawn, also where draws are bounded', () => {
    const stalled = calibrated({ repetitionCv: 3, repetitions: 4 });
    const logs = Array.from({ length: 2_000 }, (_, index) =>
      Math.log(factorAt(stalled, 'location', (index + 0.5) / 2_000)),
    );
    const sd = Math.sqrt(logs.reduce((sum, log) => sum + log * log, 0) / logs.length);
    expect(uncertaintyOf(stalled)).toBeCloseTo(sd, 2);
    expect(Math.max(...logs)).toBeCloseTo(Math.log(5), 9);
  });

  test('of a parameter that nobody measured is within a factor of two in about 95 % of cases', () => {
    // The level is moved inwards a little, since draws are kept within the middle 99 %.
    expect(factorAt(undefined, 'location', 0.98)).toBeCloseTo(2 ** (1.96 / 2), 1);
    expect(deviationOf(undefined, 'spread')).toBe(0);
  });

  test('adds up the interval, the repetitions and the sessions', () => {
    const one = calibrated({
      value: 2,
      interval90: [2 - 0.3 * 1.6449, 2 + 0.3 * 1.6449],
      repetitionCv: 0.2,
      sessionCv: 0.1,
    });
    expect(deviationsOf(one).sampling).toBeCloseTo(0.15, 9);
    expect(deviationOf(one, 'location')).toBeCloseTo(Math.hypot(0.15, 0.2, 0.1), 9);
  });
});

describe('more repetitions', () => {
  test('never make a parameter less sure, and the number that halves it is the least that does', () => {
    fc.assert(
      fc.property(anyCalibrated, (one) => {
        const { repetitions } = one;
        expect(uncertaintyAfter(one, repetitions)).toBeCloseTo(uncertaintyOf(one), 12);
        const more = [1, 2, 5, 50].map((times) => uncertaintyAfter(one, repetitions * times));
        expect(more).toEqual(more.toSorted((a, b) => b - a));
        const needed = repetitionsToHalve(one);
        if (needed === null) {
          expect(uncertaintyAfter(one, 1_000)).toBeGreaterThan(uncertaintyOf(one) / 2);
          return;
        }
        expect(uncertaintyAfter(one, needed)).toBeLessThanOrEqual(uncertaintyOf(one) / 2 + 1e-12);
        if (needed > repetitions + 1) {
          expect(uncertaintyAfter(one, needed - 1)).toBeGreaterThan(uncertaintyOf(one) / 2);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('four times as many halve what is sampling alone; none halves what sessions differ by', () => {
    const sampled = calibrated({ value: 10, interval90: [9, 11], repetitions: 200 });
    expect(repetitionsToHalve(sampled)).toBeGreaterThanOrEqual(795);
    expect(repetitionsToHalve(sampled)).toBeLessThanOrEqual(801);
    const varying = calibrated({ sessionCv: 0.1, repetitions: 5 });
    expect(repetitionsToHalve(varying)).toBeNull();
    // Only the tails of few repetitions go away.
    expect(leastUncertainty(varying)).toBeLessThan(uncertaintyOf(varying));
    expect(leastUncertainty(varying)).toBeGreaterThan(0.096);
  });
});

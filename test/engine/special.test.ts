// Special functions against values from tables (DLMF, Abramowitz & Stegun) and against each other.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  incompleteBeta,
  incompleteGamma,
  invertIncreasing,
  logGamma,
  normalCumulative,
  normalQuantile,
} from '../../engine/special.ts';

test('log-gamma gives factorials and the root of pi', () => {
  expect(Math.exp(logGamma(7))).toBeCloseTo(720, 8);
  expect(Math.exp(2 * logGamma(0.5))).toBeCloseTo(Math.PI, 12);
  expect(logGamma(0.1)).toBeCloseTo(2.252712651734206, 12);
});

test('the incomplete gamma function of whole shapes is a Poisson tail', () => {
  const poissonTail = (shape: number, x: number): number => {
    let term = Math.exp(-x);
    let sum = term;
    for (let n = 1; n < shape; n++) sum += term *= x / n;
    return 1 - sum;
  };
  for (const shape of [1, 2, 5, 20]) {
    for (const x of [0.1, 1, 4, 19, 40]) {
      expect(incompleteGamma(shape, x)).toBeCloseTo(poissonTail(shape, x), 12);
    }
  }
});

test('the incomplete beta function mirrors itself and knows the binomial tail', () => {
  expect(incompleteBeta(0.3, 1, 1)).toBeCloseTo(0.3, 14);
  expect(incompleteBeta(0.5, 3, 3)).toBeCloseTo(0.5, 14);
  expect(incompleteBeta(0.2, 2, 3)).toBeCloseTo(0.1808, 12);
  fc.assert(
    fc.property(
      fc.double({ min: 0.01, max: 0.99, noNaN: true }),
      fc.double({ min: 0.2, max: 30, noNaN: true }),
      fc.double({ min: 0.2, max: 30, noNaN: true }),
      (x, a, b) => {
        expect(incompleteBeta(x, a, b) + incompleteBeta(1 - x, b, a)).toBeCloseTo(1, 11);
      },
    ),
  );
});

test('the normal quantile inverts the distribution function to nine digits, tails included', () => {
  expect(normalCumulative(1.959963984540054)).toBeCloseTo(0.975, 12);
  expect(normalQuantile(0)).toBe(-Infinity);
  expect(normalQuantile(1)).toBe(Infinity);
  fc.assert(
    fc.property(fc.double({ min: 1e-12, max: 1 - 1e-12, noNaN: true }), (u) => {
      const recovered = normalCumulative(normalQuantile(u));
      // A relative error of 1.2e-9 in z is z² times as much in a small tail.
      expect(Math.abs(recovered - u)).toBeLessThan(1e-7 * Math.min(u, 1 - u) + 1e-15);
    }),
    { numRuns: 500 },
  );
});

test('inversion finds the argument to the last bit, over unbounded ranges', () => {
  expect(invertIncreasing((x) => x * x, 2, 0, Infinity)).toBeCloseTo(Math.SQRT2, 15);
  expect(invertIncreasing((x) => Math.log(x), 20, 1, Infinity)).toBeCloseTo(Math.exp(20), 5);
});

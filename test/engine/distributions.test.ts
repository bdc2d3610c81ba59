// Every law against itself: samples, quantiles, distribution functions and moments must tell the same story, and
// bad parameters must be named.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../engine/failure.ts';
import {
  cumulative,
  makeQuantile,
  makeStream,
  meanInterval,
  meanOf,
  quantile,
  sampler,
  squaredVariationOf,
  type Distribution,
} from '../../engine/index.ts';
import { kolmogorovDistance, kolmogorovLimit } from '../oracles/kolmogorov.ts';

const continuous: readonly Distribution[] = [
  { kind: 'uniform', low: 2, high: 5 },
  { kind: 'exponential', mean: 3 },
  { kind: 'lognormal', median: 2, sigma: 0.7 },
  { kind: 'gamma', shape: 0.5, scale: 2 },
  { kind: 'gamma', shape: 3.5, scale: 0.3 },
  { kind: 'erlang', phases: 4, mean: 2 },
  {
    kind: 'hyperexponential',
    branches: [
      { weight: 0.9, mean: 0.5 },
      { weight: 0.1, mean: 5 },
    ],
  },
  { kind: 'truncated-pareto', shape: 1.5, low: 1, high: 1000 },
  { kind: 'truncated-pareto', shape: 2, low: 1, high: 50 },
  { kind: 'empirical', levels: [0, 0.5, 0.9, 1], values: [1, 2, 4, 20] },
  {
    kind: 'mixture',
    parts: [
      { weight: 0.3, of: { kind: 'uniform', low: 0, high: 1 } },
      { weight: 0.7, of: { kind: 'erlang', phases: 2, mean: 6 } },
    ],
  },
];
const discrete: readonly Distribution[] = [
  { kind: 'constant', value: 7 },
  { kind: 'zipf', count: 50, exponent: 1.2 },
  { kind: 'zipf', count: 3, exponent: 0 },
  {
    kind: 'mixture',
    parts: [
      { weight: 0.5, of: { kind: 'constant', value: 1 } },
      { weight: 0.5, of: { kind: 'constant', value: 3 } },
    ],
  },
];
const named = (laws: readonly Distribution[]): [string, Distribution][] =>
  laws.map((law) => [JSON.stringify(law), law]);

function sample(law: Distribution, count: number): number[] {
  return Array.from({ length: count }, sampler(law, makeStream('laws', 0, JSON.stringify(law))));
}

describe('each law', () => {
  test.each(named(continuous))('%s draws from its distribution function', (_, law) => {
    const distance = kolmogorovDistance(sample(law, 20_000), (x) => cumulative(law, x));
    expect(distance).toBeLessThan(kolmogorovLimit);
  });

  test.each(named([...continuous, ...discrete]))('%s has the mean that it says', (_, law) => {
    const interval = meanInterval(sample(law, 40_000), 0.9999);
    expect(meanOf(law)).toBeGreaterThanOrEqual(interval.low - 1e-12);
    expect(meanOf(law)).toBeLessThanOrEqual(interval.high + 1e-12);
  });

  test.each(named([...continuous, ...discrete]))(
    '%s has the moments of its quantile function',
    (_, law) => {
      const valueAt = makeQuantile(law);
      // The midpoint rule over u = 1 − (1 − v)⁴, which crowds the levels where heavy tails have their moments.
      const steps = 4000;
      let mean = 0;
      let square = 0;
      for (let step = 0; step < steps; step++) {
        const rest = 1 - (step + 0.5) / steps;
        const weight = (4 * rest ** 3) / steps;
        const value = valueAt(1 - rest ** 4);
        mean += weight * value;
        square += weight * value ** 2;
      }
      expect(Math.abs(mean / meanOf(law) - 1)).toBeLessThan(0.002);
      expect(Math.abs(square / mean ** 2 - 1 - squaredVariationOf(law))).toBeLessThan(
        0.01 * (1 + squaredVariationOf(law)),
      );
    },
  );

  test.each(named(continuous))(
    '%s has a quantile that inverts its distribution function',
    (_, law) => {
      fc.assert(
        fc.property(fc.double({ min: 1e-6, max: 1 - 1e-6, noNaN: true }), (u) => {
          expect(Math.abs(cumulative(law, quantile(law, u)) - u)).toBeLessThan(2e-9);
        }),
        { numRuns: 50 },
      );
    },
  );

  test.each(named(discrete.slice(0, 3)))(
    '%s gives the smallest value that reaches a level',
    (_, law) => {
      fc.assert(
        fc.property(fc.double({ min: 1e-6, max: 1 - 1e-6, noNaN: true }), (u) => {
          const value = quantile(law, u);
          expect(cumulative(law, value)).toBeGreaterThanOrEqual(u - 1e-12);
          expect(cumulative(law, value - 1e-9)).toBeLessThan(u + 1e-12);
        }),
        { numRuns: 50 },
      );
    },
  );
});

test('a law known by heart: exponential, lognormal, Zipf', () => {
  expect(quantile({ kind: 'exponential', mean: 2 }, 0.5)).toBeCloseTo(2 * Math.LN2, 12);
  expect(quantile({ kind: 'lognormal', median: 4, sigma: 1 }, 0.5)).toBeCloseTo(4, 9);
  expect(quantile({ kind: 'lognormal', median: 1, sigma: 1 }, 0.975)).toBeCloseTo(
    Math.exp(1.959963984540054),
    7,
  );
  expect(meanOf({ kind: 'lognormal', median: 1, sigma: 1 })).toBeCloseTo(Math.exp(0.5), 12);
  expect(squaredVariationOf({ kind: 'erlang', phases: 4, mean: 9 })).toBeCloseTo(0.25, 12);
  expect(cumulative({ kind: 'zipf', count: 2, exponent: 1 }, 1)).toBeCloseTo(2 / 3, 12);
  expect(meanOf({ kind: 'zipf', count: 2, exponent: 1 })).toBeCloseTo(4 / 3, 12);
});

describe('bad parameters', () => {
  const mistakes: [Distribution, string][] = [
    [{ kind: 'exponential', mean: 0 }, 'exponential distribution: mean must be positive, not 0'],
    [{ kind: 'exponential', mean: Number.NaN }, 'mean must be positive'],
    [{ kind: 'constant', value: Infinity }, 'constant distribution: value must be finite'],
    [
      { kind: 'uniform', low: 3, high: 3 },
      'uniform distribution: high must be above low (3), not 3',
    ],
    [{ kind: 'lognormal', median: 1, sigma: -1 }, 'sigma must be positive, not -1'],
    [{ kind: 'erlang', phases: 1.5, mean: 1 }, 'phases must be a whole number'],
    [{ kind: 'truncated-pareto', shape: 1, low: 2, high: 1 }, 'high must be above low (2), not 1'],
    [
      { kind: 'hyperexponential', branches: [{ weight: 0.5, mean: 1 }] },
      'branches must have weights',
    ],
    [
      { kind: 'hyperexponential', branches: [{ weight: 1, mean: -2 }] },
      'branches[0].mean must be positive, not -2',
    ],
    [{ kind: 'empirical', levels: [0, 0.5], values: [1, 2] }, 'levels must rise from 0 to 1'],
    [{ kind: 'empirical', levels: [0, 1], values: [2, 1] }, 'values must not fall'],
    [{ kind: 'empirical', levels: [0, 1], values: [2] }, 'values must have a value per level'],
    [{ kind: 'zipf', count: 0, exponent: 1 }, 'count must be a whole number'],
    [
      { kind: 'mixture', parts: [{ weight: 1, of: { kind: 'exponential', mean: -1 } }] },
      'mixture distribution: parts[0].of.mean must be positive, not -1',
    ],
  ];
  test.each(mistakes)('%j is refused by law, parameter and value', (law, message) => {
    expect(() => makeQuantile(law)).toThrow(UserError);
    expect(() => sampler(law, makeStream('s', 0, 'unused'))).toThrow(message);
    expect(() => meanOf(law)).toThrow(message);
  });
});

// What long and correlated series are worth, and samples without a law: properties here, published cases in theory.test.ts.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  batchMeans,
  batchMeansInterval,
  bootstrapInterval,
  differenceTest,
  ensembleCrps,
  exactShareInterval,
  findWarmUp,
  makeStream,
  meanInterval,
  normalCrps,
  quantileInterval,
  resampledMeans,
  shareInterval,
  shiftTest,
} from '../../engine/index.ts';

const numbers = fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), {
  minLength: 20,
  maxLength: 200,
});

/** A first-order autoregression: neighbours alike, variance 1 / (1 − φ²). */
function correlated(length: number, phi: number, seed: string): number[] {
  const [u, v] = [makeStream(seed, 0, 'u'), makeStream(seed, 0, 'v')];
  let value = 0;
  return Array.from({ length }, () => {
    const noise = Math.sqrt(-2 * Math.log(1 - u())) * Math.cos(2 * Math.PI * v());
    value = phi * value + noise;
    return value;
  });
}

describe('a warm-up', () => {
  it('ends where a transient has faded, and is next to nothing where there is none', () => {
    const steady = correlated(5_000, 0.3, 'steady');
    const rising = steady.map((value, at) => value + 40 * Math.exp(-at / 100));
    const { truncatedValues } = findWarmUp(rising);
    expect(truncatedValues).toBeGreaterThan(200);
    expect(truncatedValues).toBeLessThan(1_500);
    expect(findWarmUp(steady).truncatedValues).toBeLessThan(1_000);
  });

  it('is at most half of the series, in whole batches of five', () => {
    fc.assert(
      fc.property(numbers, (values) => {
        const { batches, truncatedBatches, truncatedValues } = findWarmUp(values);
        expect(truncatedBatches).toBeLessThanOrEqual(batches / 2);
        expect(truncatedValues).toBe(5 * truncatedBatches);
      }),
    );
  });
});

describe('batch means', () => {
  it('keep the mean of what they hold, and the interval covers the truth of a correlated series', () => {
    let covered = 0;
    for (let run = 0; run < 200; run++) {
      const values = correlated(2_000, 0.8, `run ${run}`);
      const { low, high, mean } = batchMeansInterval(values, 100);
      expect(mean).toBeCloseTo(meanInterval(values).mean, 9);
      if (low <= 0 && 0 <= high) covered++;
    }
    // 95 % less what 20 batches of neighbours still have in common; Student's interval of all values covers a good half.
    expect(covered / 200).toBeGreaterThan(0.88);
    expect(batchMeans([1, 2, 3, 4, 5], 2)).toEqual([1.5, 3.5]);
  });
});

describe('tests of two samples', () => {
  it('mirror when the samples change places, and give chances', () => {
    const sample = fc.uniqueArray(fc.integer({ min: -500, max: 500 }), {
      minLength: 1,
      maxLength: 12,
    });
    fc.assert(
      fc.property(sample, sample, (x, z) => {
        // Halves keep the samples apart, so that nobody ties.
        const y = z.map((value) => value + 0.5);
        const [there, back] = [shiftTest(x, y), shiftTest(y, x)];
        expect(there.u + back.u).toBe(x.length * y.length);
        expect(there.pLess).toBeCloseTo(back.pGreater, 12);
        expect(there.shift).toBeCloseTo(-back.shift, 12);
        expect(there.pTwoSided).toBeGreaterThan(0);
        expect(there.pTwoSided).toBeLessThanOrEqual(1);
        const difference = differenceTest(x, y);
        expect(difference).toEqual(differenceTest(y, x));
        expect(difference.p).toBeGreaterThan(0);
        expect(difference.p).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('find samples of one law alike as often as they promise', () => {
    let [shifted, different] = [0, 0];
    const stream = makeStream('alike', 0, 'values');
    for (let run = 0; run < 1_000; run++) {
      const [x, y] = [8, 9].map((n) => Array.from({ length: n }, () => stream()));
      if (x === undefined || y === undefined) throw new Error('two samples');
      if (shiftTest(x, y).pTwoSided <= 0.05) shifted++;
      if (differenceTest(x, y).p <= 0.05) different++;
    }
    // Both are discrete, so at most 5 %; five standard errors above that would be 8.4 %.
    expect(shifted).toBeLessThan(84);
    expect(different).toBeLessThan(84);
    expect(shifted).toBeGreaterThan(10);
  });
});

describe('intervals without a law', () => {
  it('of a quantile enclose it as often as they say', () => {
    const stream = makeStream('quantile', 0, 'values');
    let covered = 0;
    const runs = 1_000;
    let promised = 0;
    for (let run = 0; run < runs; run++) {
      const values = Array.from({ length: 60 }, () => stream());
      const { low, high, coverage } = quantileInterval(values, 0.9);
      promised = coverage;
      if ((low ?? 0) <= 0.9 && 0.9 <= (high ?? 1)) covered++;
    }
    expect(promised).toBeGreaterThanOrEqual(0.95);
    expect(Math.abs(covered / runs - promised)).toBeLessThan(
      5 * Math.sqrt((promised * (1 - promised)) / runs),
    );
  });

  it('of a share: the exact one holds Wilson’s nearly always, and both the share', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.nat(200), (n, some) => {
        const hits = Math.min(some, n);
        for (const [low, high] of [shareInterval(hits, n), exactShareInterval(hits, n)]) {
          expect(low).toBeLessThanOrEqual(hits / n);
          expect(high).toBeGreaterThanOrEqual(hits / n);
        }
      }),
    );
  });

  it('by resampling lie about the mean', () => {
    const values = [1, 2, 3, 4, 10];
    const means = resampledMeans(values, 2_000, makeStream('boot', 0, 'draws'));
    const { mean, percentile, basic } = bootstrapInterval(values, means, 0.9);
    expect(mean).toBe(4);
    expect(percentile[0]).toBeLessThan(4);
    expect(percentile[1]).toBeGreaterThan(4);
    expect(basic[0]).toBeCloseTo(8 - percentile[1], 12);
  });
});

describe('the continuous ranked probability score', () => {
  it('of a large normal ensemble is that of the normal law', () => {
    const members = correlated(2_000, 0, 'members');
    for (const outcome of [-1, 0, 2]) {
      expect(ensembleCrps(members, outcome)).toBeCloseTo(normalCrps(0, 1, outcome), 1);
    }
  });

  it('of one member is its distance', () => {
    expect(ensembleCrps([3], 5)).toBe(2);
    expect(() => ensembleCrps([3], 5, true)).toThrow('a fair one two');
  });
});

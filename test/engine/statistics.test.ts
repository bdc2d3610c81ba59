// Histograms keep their promise, intervals cover what they should, time averages are integrals.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  centralInterval,
  Histogram,
  makeStream,
  meanInterval,
  pairedInterval,
  sampler,
  sampleQuantile,
  studentCumulative,
  studentQuantile,
  TimeWeighted,
  WindowedSeries,
} from '../../engine/index.ts';

const observation = fc.oneof(
  fc.constant(0),
  fc.double({ min: 1e-8, max: 1e12, noNaN: true }),
  fc.double({ min: 0, max: 4, noNaN: true }).map((exponent) => 10 ** exponent),
);
const observations = fc.array(observation, { minLength: 1, maxLength: 300 });
const level = fc.double({ min: 0, max: 1, noNaN: true });

function histogramOf(values: readonly number[], accuracy: number): Histogram {
  const histogram = new Histogram(accuracy);
  for (const value of values) histogram.add(value);
  return histogram;
}

describe('histogram', () => {
  test('a quantile is within the accuracy of the observation at its rank', () => {
    fc.assert(
      fc.property(observations, level, fc.constantFrom(0.001, 0.01, 0.1), (values, q, accuracy) => {
        const sorted = values.toSorted((a, b) => a - b);
        const exact = sorted[Math.floor(q * (values.length - 1))] ?? 0;
        const estimate = histogramOf(values, accuracy).quantile(q) ?? Number.NaN;
        // Below a picosecond counts as zero; one part in 1e9 is for the logarithm at a bucket's edge.
        const bound = exact < 1e-9 ? 1e-9 : accuracy * exact * (1 + 1e-9);
        expect(Math.abs(estimate - exact)).toBeLessThanOrEqual(bound);
      }),
      { numRuns: 500 },
    );
  });

  test('merging in any grouping is the same as adding everything to one', () => {
    fc.assert(
      fc.property(observations, observations, observations, level, (a, b, c, q) => {
        const left = histogramOf(a, 0.01);
        left.merge(histogramOf(b, 0.01));
        left.merge(histogramOf(c, 0.01));
        const right = histogramOf(b, 0.01);
        right.merge(histogramOf(c, 0.01));
        const whole = histogramOf(a, 0.01);
        whole.merge(right);
        const all = histogramOf([...a, ...b, ...c], 0.01);
        for (const histogram of [left, whole]) {
          expect(histogram.quantile(q)).toBe(all.quantile(q));
          expect([
            histogram.count,
            histogram.minimum,
            histogram.maximum,
            histogram.bucketsUsed,
          ]).toEqual([all.count, all.minimum, all.maximum, all.bucketsUsed]);
          expect(Math.abs(histogram.sum - all.sum)).toBeLessThanOrEqual(1e-12 * all.sum);
        }
      }),
      { numRuns: 200 },
    );
  });

  test('knows the share of observations up to a value, as well as its buckets do', () => {
    const histogram = histogramOf([0, 1, 2, 3, 4], 0.01);
    const shares = [-1, 0, 0.5, 1, 2.5, 4, 1e9].map((value) => histogram.shareUpTo(value));
    expect(shares).toEqual([0, 0.2, 0.2, 0.4, 0.6, 1, 1]);
  });

  test('says null when empty and refuses what it cannot hold', () => {
    const empty = new Histogram();
    expect([
      empty.quantile(0.5),
      empty.mean,
      empty.minimum,
      empty.maximum,
      empty.shareUpTo(1),
    ]).toEqual([null, null, null, null, null]);
    for (const value of [-1, Number.NaN, Infinity])
      expect(() => empty.add(value)).toThrow(`not ${value}`);
    expect(() => empty.merge(new Histogram(0.5))).toThrow('different accuracy');
    expect(() => empty.quantile(1.5)).toThrow('level');
    expect(() => new Histogram(1)).toThrow('accuracy');
  });

  test('holds nanoseconds to years in a few thousand buckets', () => {
    const histogram = new Histogram(0.01);
    for (let exponent = -6; exponent <= 10; exponent += 0.001) histogram.add(10 ** exponent);
    expect(histogram.bucketsUsed).toBeLessThan(1900);
    expect([histogram.minimum, histogram.mean !== null]).toEqual([10 ** -6, true]);
  });
});

describe('intervals', () => {
  test('constant input has a width of exactly zero, whatever the constant', () => {
    fc.assert(
      fc.property(
        fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
        fc.integer({ min: 2, max: 50 }),
        (value, n) => {
          const same = Array.from({ length: n }, () => value);
          expect(meanInterval(same)).toEqual({
            n,
            mean: value,
            sd: 0,
            se: 0,
            low: value,
            high: value,
          });
          expect(pairedInterval(same, same)).toEqual({ n, mean: 0, sd: 0, se: 0, low: 0, high: 0 });
        },
      ),
    );
  });

  test('a 95 % interval of a mean covers it in 95 % of samples', () => {
    const draw = sampler({ kind: 'uniform', low: 0, high: 1 }, makeStream('coverage', 0, 'sample'));
    let covered = 0;
    for (let round = 0; round < 4000; round++) {
      const { low, high } = meanInterval(Array.from({ length: 12 }, draw));
      if (low <= 0.5 && 0.5 <= high) covered++;
    }
    expect(Math.abs(covered / 4000 - 0.95)).toBeLessThan(0.0138);
  });

  test('Student quantiles are those of the tables and invert the distribution function', () => {
    const table: [number, number, number][] = [
      [0.975, 1, 12.706204736432095],
      [0.975, 4, 2.7764451051977987],
      [0.95, 14, 1.7613101357748562],
      [0.995, 30, 2.749995653567224],
    ];
    for (const [p, freedom, t] of table) expect(studentQuantile(p, freedom)).toBeCloseTo(t, 9);
    expect([studentQuantile(0.5, 3), studentQuantile(0.025, 4)]).toEqual([
      0,
      -studentQuantile(0.975, 4),
    ]);
    fc.assert(
      fc.property(
        fc.double({ min: 0.001, max: 0.999, noNaN: true }),
        fc.double({ min: 0.5, max: 200, noNaN: true }),
        (p, freedom) => {
          expect(studentCumulative(studentQuantile(p, freedom), freedom)).toBeCloseTo(p, 10);
        },
      ),
    );
  });

  test('pairing removes what both systems share', () => {
    const noise = Array.from(
      { length: 30 },
      sampler({ kind: 'exponential', mean: 100 }, makeStream('p', 0, 'n')),
    );
    const { mean, low, high } = pairedInterval(
      noise,
      noise.map((value) => value + 3),
    );
    expect(mean).toBeCloseTo(3, 9);
    expect(high - low).toBeLessThan(1e-9);
    expect(() => pairedInterval([1], [1, 2])).toThrow('equal lengths');
  });

  test('one value alone has a mean and no interval; no values have neither', () => {
    expect(meanInterval([4])).toEqual({
      n: 1,
      mean: 4,
      sd: 0,
      se: Infinity,
      low: -Infinity,
      high: Infinity,
    });
    expect(() => meanInterval([])).toThrow('empty sample');
    expect(() => meanInterval([1, 2], 95)).toThrow('confidence level');
  });

  test('the central interval holds its share of the values', () => {
    const values = Array.from({ length: 1001 }, (_, index) => 1000 - index);
    const [low, high] = centralInterval(values, 0.9);
    expect(low).toBeCloseTo(50, 9);
    expect(high).toBeCloseTo(950, 9);
    expect(centralInterval([3, 1, 2], 1)).toEqual([1, 3]);
    expect(sampleQuantile(values, 0.5)).toBe(500);
    expect(() => centralInterval([], 0.9)).toThrow('empty sample');
  });
});

describe('series', () => {
  test('a time-weighted mean is the integral over the time, from the restart on', () => {
    const series = new TimeWeighted(10, 2);
    expect(series.meanAt(10)).toBe(2);
    series.set(14, 5);
    series.add(16, -4);
    expect([series.meanAt(20), series.areaAt(20), series.maximum, series.value]).toEqual([
      2.2, 22, 5, 1,
    ]);
    series.restart(20);
    expect([series.meanAt(30), series.maximum]).toEqual([1, 1]);
  });

  test('windows count, sum and keep the gaps', () => {
    const series = new WindowedSeries(10);
    series.add(1, 4);
    series.add(9.99, 6);
    series.add(30, 1);
    expect(series.windows()).toEqual([
      { startMs: 0, count: 2, sum: 10, mean: 5, maximum: 6 },
      { startMs: 10, count: 0, sum: 0, mean: null, maximum: null },
      { startMs: 20, count: 0, sum: 0, mean: null, maximum: null },
      { startMs: 30, count: 1, sum: 1, mean: 1, maximum: 1 },
    ]);
    expect(() => new WindowedSeries(0)).toThrow('must have a length');
  });
});

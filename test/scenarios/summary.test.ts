// Replications to numbers: which interval comes from which ensemble, and what is left out for want of values.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ReplicationResult } from '../../scenarios/replication.ts';
import {
  forecastOf,
  summariseBands,
  summariseMetrics,
  summariseSteps,
} from '../../scenarios/summary.ts';

const latency = 'latency_ms.p50{class=job,region=east}';
const rate = 'throughput_per_s.mean{class=job}';

function resultOf(changes: Partial<ReplicationResult>): ReplicationResult {
  return {
    candidate: {},
    baseline: {},
    standing: [],
    phaseMs: { before: 1_500, during: 900, after: 3_000, all: 5_400 },
    steps: [],
    series: [],
    exact: [],
    fingerprint: '',
    ...changes,
  };
}

/** One result per value, of the candidate alone or with a baseline. */
function results(
  key: string,
  candidate: readonly number[],
  baseline: readonly number[] = [],
): ReplicationResult[] {
  return candidate.map((value, index) => {
    const before = baseline[index];
    return resultOf({
      candidate: { [key]: value },
      baseline: before === undefined ? {} : { [key]: before },
    });
  });
}

describe('a forecast', () => {
  const hundred = Array.from({ length: 101 }, (_, index) => index);

  it('has the quantiles of one value per execution, linear in between', () => {
    const { basis, median, ...intervals } = forecastOf(hundred, 'trace');
    expect([basis, median]).toEqual(['trace', 50]);
    const expected = { pi50: [25, 75], pi80: [10, 90], pi90: [5, 95], pi95: [2.5, 97.5] };
    for (const [name, [low = 0, high = 0]] of Object.entries(expected)) {
      const found = intervals[name as keyof typeof expected];
      expect(found[0]).toBeCloseTo(low, 9);
      expect(found[1]).toBeCloseTo(high, 9);
    }
  });

  it('does not depend on the order of the executions', () => {
    const property = fc.property(fc.shuffledSubarray(hundred, { minLength: 101 }), (shuffled) => {
      expect(forecastOf(shuffled, 'trace')).toEqual(forecastOf(hundred, 'trace'));
    });
    fc.assert(property, { numRuns: 20 });
  });

  it('of equal executions is that very value', () => {
    const property = fc.property(fc.double({ min: 1e-9, max: 1e9, noNaN: true }), (value) => {
      const { median, pi50, pi95 } = forecastOf([value, value, value, value], 'trace');
      expect([median, pi50, pi95]).toEqual([value, [value, value], [value, value]]);
    });
    fc.assert(property);
  });
});

describe('a metric', () => {
  const key = `after ${latency}`;

  it('takes means and their difference from fresh traces, and its forecast from rehearsals', () => {
    const fresh = results(key, [13, 25, 37], [3, 5, 7]);
    const rehearsals = results(key, [100, 110, 120]);
    const [metric, ...others] = summariseMetrics(fresh, rehearsals);
    expect(others).toEqual([]);
    expect(metric).toMatchObject({ metric: latency, phase: 'after', unit: 'ms' });
    expect(metric?.candidate.mean).toBe(25);
    expect(metric?.baseline.mean).toBe(5);
    // Differences 10, 20, 30: mean 20, standard error 10/√3, and Student's t of 2 degrees at 97.5 % is 4.302653.
    expect(metric?.delta.mean).toBe(20);
    expect(metric?.delta.ci95[0]).toBeCloseTo(20 - (4.302653 * 10) / Math.sqrt(3), 4);
    expect(metric?.delta.ci95[1]).toBeCloseTo(20 + (4.302653 * 10) / Math.sqrt(3), 4);
    expect(metric?.forecast.median).toBe(110);
    expect(metric?.forecast.pi50).toEqual([105, 115]);
  });

  it('is left out when one execution does not show it', () => {
    const whole = results(key, [1, 2, 3], [1, 2, 3]);
    const gappy = [...results(key, [1, 2], [1, 2]), resultOf({})];
    expect(summariseMetrics(whole, whole)).toHaveLength(1);
    expect(summariseMetrics(gappy, whole)).toEqual([]);
    expect(summariseMetrics(whole, gappy)).toEqual([]);
  });

  it('of the action itself is nothing where nothing is done', () => {
    const fence = 'all fence_ms.value';
    const [metric] = summariseMetrics(results(fence, [500, 700]), results(fence, [600, 600]));
    expect(metric?.baseline).toEqual({ mean: 0, ci95: [0, 0] });
    expect(metric?.delta.mean).toBe(600);
  });

  it('that counts requests is not known better than to one of them at each of its two cuts', () => {
    const counted = results(`before ${rate}`, [20, 20], [20, 20]);
    const [metric] = summariseMetrics(counted, counted);
    // Two requests in 1.5 s.
    expect(metric?.forecast.median).toBe(20);
    expect(metric?.forecast.pi90).toEqual([20 - 2 / 1.5, 20 + 2 / 1.5]);
    expect(metric?.candidate.ci95).toEqual([20, 20]);
  });
});

describe('a step', () => {
  it('has its start and its duration from the rehearsals', () => {
    const step = {
      id: '1-hold',
      action: 0,
      name: 'hold',
      effect: { kind: 'hold-requests' as const, shard: 's' },
      fenced: true,
      reversible: true,
      limitMs: 1,
    };
    const rehearsals = [10, 20, 30].map((startMs) =>
      resultOf({ steps: [{ step: '1-hold', startMs, durationMs: startMs / 10 }] }),
    );
    const [summary] = summariseSteps([step], rehearsals);
    expect(summary).toMatchObject({ step: '1-hold', fenced: true });
    expect([summary?.startMs.median, summary?.durationMs.median]).toEqual([20, 2]);
  });
});

describe('a band over time', () => {
  const seriesOf = (...values: (number | null)[]): ReplicationResult =>
    resultOf({ series: [{ metric: latency, stepMs: 1_000, values }] });

  it('has the quantiles of each window, and a gap where fewer than half of the executions have a value', () => {
    const [band, ...others] = summariseBands([
      seriesOf(10, 1, null),
      seriesOf(20, null, null),
      seriesOf(30, 3, null),
      seriesOf(40, null, 9),
    ]);
    expect(others).toEqual([]);
    expect(band).toMatchObject({ metric: latency, stepMs: 1_000, p50: [25, 2, null] });
    expect(band?.p05[0]).toBeCloseTo(11.5, 9);
    expect(band?.p95[0]).toBeCloseTo(38.5, 9);
    expect([band?.p05[2], band?.p95[2]]).toEqual([null, null]);
  });

  it('does not exist without executions', () => {
    expect(summariseBands([])).toEqual([]);
  });
});

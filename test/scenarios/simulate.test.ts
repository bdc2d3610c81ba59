// From a scenario to a prediction: what is in it, what it is bound to, and laws that it must obey.
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../engine/digest.ts';
import { traceOf } from '../../scenarios/replication.ts';
import { estateDigest } from '../../twin/estate/digest.ts';
import { neededParameters } from '../../twin/estate/needed-parameters.ts';
import { metricId } from '../../twin/metrics.ts';
import { predictionSchema, type Prediction } from '../../twin/prediction.ts';
import { makeCalibration } from '../fixtures/calibration.ts';
import { makeEstate } from '../fixtures/estate.ts';
import { nothingDone, predict, promoteWest } from '../fixtures/scenario.ts';

type Metric = Prediction['metrics'][number];

function metricOf(prediction: Prediction, phase: string, metric: string): Metric {
  const found = prediction.metrics.find((one) => one.phase === phase && one.metric === metric);
  if (found === undefined) throw new Error(`no ${metric} in ${phase}`);
  return found;
}

function pi90Width({ forecast: { pi90 } }: Metric): number {
  return pi90[1] - pi90[0];
}

const usual = await predict();

describe('a prediction', () => {
  const { prediction, trace } = usual;

  it('is a document of its schema, named by its digest', () => {
    expect(predictionSchema.parse(prediction)).toEqual(prediction);
    expect(prediction.digest).toBe(digestOf(prediction));
    expect(prediction.id).toBe(`test-promote-west-${prediction.digest.slice(0, 10)}`);
  });

  it('is bound to its scenario, estate, seed and the trace that an execution must play', () => {
    const estate = makeEstate();
    expect(prediction.scenario.digest).toBe(digestOf(promoteWest));
    expect(prediction.estate.digest).toBe(estateDigest(estate));
    expect(prediction.trace).toBe(trace.digest);
    expect(prediction.trace).toBe(traceOf(promoteWest, estate, '1', 0).digest);
    expect([prediction.seed, prediction.replications]).toEqual(['1', 10]);
  });

  it('has the steps of its action, in order and one after the other', () => {
    expect(prediction.steps.map(({ step }) => step)).toHaveLength(10);
    prediction.steps.slice(1).forEach(({ startMs }, index) => {
      expect(startMs.median).toBeGreaterThan(prediction.steps[index]?.startMs.median ?? Infinity);
    });
    expect(prediction.steps[0]?.startMs.pi95).toEqual([2_000, 2_000]);
  });

  it('forecasts with intervals that lie within each other, around the median', () => {
    expect(prediction.metrics.length).toBeGreaterThan(40);
    const forecasts = [
      ...prediction.metrics.map(({ forecast }) => forecast),
      ...prediction.steps.flatMap(({ startMs, durationMs }) => [startMs, durationMs]),
      prediction.blastRadius.degradedMs,
    ];
    for (const { median, pi50, pi80, pi90, pi95 } of forecasts) {
      const bounds = [pi95[0], pi90[0], pi80[0], pi50[0], median];
      const mirrored = [median, pi50[1], pi80[1], pi90[1], pi95[1]];
      expect(bounds).toEqual(bounds.toSorted((a, b) => a - b));
      expect(mirrored).toEqual(mirrored.toSorted((a, b) => a - b));
    }
  });

  it('claims that nothing is lost, nothing doubled, and one promotion', () => {
    expect(prediction.exact.map(({ claim, value }) => [claim, value])).toEqual([
      ['lost_acknowledged_writes', 0],
      ['duplicate_writes', 0],
      ['promotions', 1],
    ]);
  });

  it('shows every phase, and has a delta that is the difference of its means', () => {
    const phases = new Set(prediction.metrics.map(({ phase }) => phase));
    expect([...phases].toSorted()).toEqual(['after', 'all', 'before', 'during']);
    for (const { baseline, candidate, delta } of prediction.metrics) {
      expect(delta.mean).toBeCloseTo(candidate.mean - baseline.mean, 6);
      expect(delta.ci95[0]).toBeLessThanOrEqual(delta.mean);
      expect(delta.ci95[1]).toBeGreaterThanOrEqual(delta.mean);
    }
  });

  it('sees no difference at all before anything was done', () => {
    const before = prediction.metrics.filter(({ phase }) => phase === 'before');
    expect(before.length).toBeGreaterThan(10);
    for (const { metric, delta } of before) {
      // Answers cross the border of the phase, so their rate is the one thing that may differ… and it does not.
      expect([metric, delta]).toEqual([metric, { mean: 0, ci95: [0, 0] }]);
    }
  });
});

describe('what the action moves', () => {
  it('is the distance of each region to its primary', async () => {
    const { prediction } = await predict({ calibration: makeCalibration() });
    const deltaOf = (region: string): number =>
      metricOf(prediction, 'after', metricId('latency_ms', 'mean', { class: 'job', region })).delta
        .mean;
    // Round trips: east 0 → 20 ms, west 20 → 0 ms, north 60 → 50 ms.
    expect(deltaOf('east')).toBeCloseTo(20, 6);
    expect(deltaOf('west')).toBeCloseTo(-20, 6);
    expect(deltaOf('north')).toBeCloseTo(-10, 6);
    const fence = metricOf(prediction, 'all', 'fence_ms.value');
    expect(fence.baseline.mean).toBe(0);
    // The steps without round trips of those who follow are a lower bound.
    expect(fence.forecast.median).toBeGreaterThan(2 + 3 + 5 + 120 + 40 + 100 + 4 + 1);
  });
});

describe('a what-if without actions', () => {
  it('has a delta of exactly nothing in every metric, and neither steps nor harm', async () => {
    const { prediction } = await predict({ scenario: nothingDone });
    expect(predictionSchema.parse(prediction)).toEqual(prediction);
    expect(prediction.metrics.length).toBeGreaterThan(10);
    for (const { metric, phase, delta } of prediction.metrics) {
      expect([metric, phase, delta]).toEqual([metric, 'all', { mean: 0, ci95: [0, 0] }]);
    }
    expect(prediction.steps).toEqual([]);
    expect(prediction.exact.map(({ value }) => value)).toEqual([0, 0, 0]);
    expect(prediction.blastRadius).toMatchObject({ fleets: [], shards: [], trafficShare: 0 });
    const distrust = prediction.risk.components.filter(({ value }) => value > 0);
    expect(distrust.map(({ name }) => name)).toEqual(['model-distrust']);
  });
});

describe('the digest of a prediction', () => {
  const others = {
    'another seed': { seed: '2' },
    'another calibration': { calibration: makeCalibration() },
    'another scenario': { scenario: nothingDone },
    'another estate': { estate: makeEstate({ vcpus: 2 }) },
    'another load': { scenario: { ...promoteWest, load: [{ class: '*', factor: 1.1 }] } },
    'more rehearsals': { rehearsals: 7 },
  };

  it('does not depend on when it was made', async () => {
    const later = await predict({ createdAt: '2030-01-01T00:00:00.000Z' });
    expect(later.prediction.digest).toBe(usual.prediction.digest);
  });

  it.each(Object.entries(others))('is another one with %s', async (_, changes) => {
    const { prediction } = await predict(changes);
    expect(prediction.digest).not.toBe(usual.prediction.digest);
  });

  it('and the trace and the fingerprint are others with another seed', async () => {
    const { prediction } = await predict({ seed: '2' });
    expect(prediction.trace).not.toBe(usual.prediction.trace);
    expect(prediction.fingerprint).not.toBe(usual.prediction.fingerprint);
  });
});

describe('the load of a scenario', () => {
  it('is the declared one times the factor on its class, times the factor on all', () => {
    const of = (load: (typeof promoteWest)['load']): number[] => {
      const scenario = { ...promoteWest, horizonMs: 100_000, load };
      const { classOf } = traceOf(scenario, makeEstate(), '1', 0);
      return [0, 1].map((index) => classOf.filter((one) => one === index).length / 100);
    };
    const expectRates = (rates: readonly number[], expected: readonly number[]): void =>
      rates.forEach((rate, index) => {
        const wanted = expected[index] ?? 0;
        expect(Math.abs(rate - wanted)).toBeLessThan(4 * Math.sqrt(wanted / 100));
      });
    expectRates(of([]), [20, 20]);
    expectRates(of([{ class: '*', factor: 3 }]), [60, 60]);
    expectRates(of([{ class: 'job', factor: 2 }]), [20, 40]);
    expectRates(
      of([
        { class: '*', factor: 3 },
        { class: 'job', factor: 2 },
      ]),
      [60, 120],
    );
  });
});

describe('the parameters of a prediction', () => {
  it('are all defaults without calibration', () => {
    const { parameters, estate } = usual.prediction;
    expect(parameters.map(({ path }) => path)).toEqual(neededParameters(makeEstate()));
    expect(new Set(parameters.map(({ origin }) => origin))).toEqual(new Set(['default']));
    expect(estate.calibration).toBeNull();
  });

  it('are what was calibrated, with the digest of the overlay', async () => {
    const calibration = makeCalibration({}, { interval: 0.1 });
    const { prediction } = await predict({ calibration });
    expect(new Set(prediction.parameters.map(({ origin }) => origin))).toEqual(
      new Set(['calibrated']),
    );
    expect(prediction.estate.calibration).toBe(calibration.digest);
    const distrust = prediction.risk.components.find(({ name }) => name === 'model-distrust');
    // Everything is measured; what is left is that no prediction was ever held against reality.
    expect(distrust?.value).toBe(0.5);
  });

  it.each([
    ['fence_ms.value', 'all'],
    ['latency_ms.mean{class=commit,region=east}', 'before'],
  ])('widen the forecast of %s when they are less certain', async (metric, phase) => {
    const widths: number[] = [];
    for (const interval of [0, 0.1, 0.3]) {
      const calibration = makeCalibration({}, { interval });
      const { prediction } = await predict({ calibration, rehearsals: 16 });
      widths.push(pi90Width(metricOf(prediction, phase, metric)));
    }
    const [none = Number.NaN, some = Number.NaN, much = Number.NaN] = widths;
    expect(some).toBeGreaterThan(none);
    expect(much).toBeGreaterThan(some);
  });

  it('leave no uncertainty but that of single requests when they are certain and constant', async () => {
    const { prediction } = await predict({ calibration: makeCalibration() });
    // A rate counts requests, and each may fall on either side of a cut between phases; a lag depends on when one looks.
    const rates = prediction.metrics.filter(({ metric }) => metric.startsWith('throughput'));
    const others = prediction.metrics.filter(({ metric }) => !/^(?:throughput|lag_)/.test(metric));
    expect(others.map(pi90Width)).toEqual(others.map(() => 0));
    expect(rates.every((rate) => pi90Width(rate) > 0)).toBe(true);
    expect(prediction.metrics.some(({ freshSpread90 }) => freshSpread90 > 0)).toBe(true);
  });
});

// From a played case to its facts: which repetitions count, what is valid, what naive forecasts would have said.
import { describe, expect, it } from 'vitest';
import { gates } from '../../../twin/gates.ts';
import type { Measurement } from '../../../twin/measurement.ts';
import type { Prediction } from '../../../twin/prediction.ts';
import { caseScoreSchema, type CaseIdentity, type CaseScore } from '../../../twin/record/case.ts';
import { failedCase, scoreCase, type PlayedCase } from '../../../twin/record/score.ts';
import { makeEstate } from '../../fixtures/estate.ts';
import { forecast, measurementOf, predictionOf } from '../../fixtures/verification.ts';

const p50 = 'latency_ms.p50{class=job,region=west}';
const p95 = 'latency_ms.p95{class=job,region=west}';
const p99 = 'latency_ms.p99{class=job,region=west}';
const disturbed = Object.fromEntries(gates.map(({ condition }) => [condition, 1e9]));

function identity(changes: Partial<CaseIdentity> = {}): CaseIdentity {
  return {
    id: '1-003-promotion',
    campaign: 'default',
    seed: '1',
    index: 3,
    kind: 'promotion',
    attempt: 1,
    startedAt: '2026-01-01T00:00:00.000Z',
    conditions: { utilisation: 0.4 },
    plays: ['promote'],
    ...changes,
  };
}

function played(changes: Partial<PlayedCase> = {}): PlayedCase {
  return {
    identity: identity(),
    estate: makeEstate(),
    load: [],
    actions: [{ kind: 'promote', shard: 's', to: 's-west' }],
    prediction: predictionOf([p50, forecast(20, 30, 40)]),
    measurements: [measurementOf({ [p50]: 31 }), measurementOf({ [p50]: 33 })],
    earlier: [],
    ...changes,
  };
}

function only(score: CaseScore, metric = p50): CaseScore['metrics'][number] {
  const found = score.metrics.find((one) => one.metric === metric);
  if (found === undefined) throw new Error(`${metric} is scored`);
  return found;
}

function withN(n: number): Measurement {
  const { values, ...rest } = measurementOf({ [p50]: 31, [p95]: 90, [p99]: 120 });
  return { ...rest, values: values.map((value) => ({ ...value, n })) };
}

const threeQuantiles = predictionOf(
  [p50, forecast(20, 30, 40)],
  [p95, forecast(80, 90, 100)],
  [p99, forecast(100, 120, 140)],
);

describe('a case that was played', () => {
  it('keeps every forecast beside one value per repetition', () => {
    const score = scoreCase(played());
    expect(caseScoreSchema.parse(score)).toEqual(score);
    expect(score).toMatchObject({ status: 'scored', reason: '', plays: ['promote'] });
    expect(only(score)).toMatchObject({
      family: 'job p50',
      phase: 'after',
      measured: [31, 33],
      n: 2_000,
      valid: true,
      forecast: forecast(20, 30, 40),
    });
  });

  it('scores the durations of steps as metrics of their own', () => {
    const step = only(scoreCase(played()), 'step_ms.value{step=1-hold}');
    expect(step).toMatchObject({ family: 'step', phase: 'all', measured: [7, 7], valid: true });
    expect(step.forecast.pi90).toEqual([5, 10]);
  });

  it('does not score how long a fault lasts that was told how long to last', () => {
    const leasedBy = (...plays: string[]): string[] =>
      scoreCase(played({ identity: identity({ plays }) })).metrics.map(({ metric }) => metric);
    expect(leasedBy('pause-replay', 'limit-bandwidth')).toEqual([p50]);
    expect(leasedBy('pause-replay', 'crash')).toEqual([p50, 'step_ms.value{step=1-hold}']);
  });

  it('leaves out a repetition that the host disturbed, and keeps why', () => {
    const measurements = [
      measurementOf({ [p50]: 31 }),
      measurementOf({ [p50]: 900 }, { conditions: disturbed }),
    ];
    const score = scoreCase(played({ measurements }));
    expect(score.status).toBe('scored');
    expect(only(score).measured).toEqual([31]);
    expect(score.gates[1]?.every(({ pass }) => !pass)).toBe(true);
  });

  it('is invalid when the host disturbed every repetition, or none was measured', () => {
    const measurements = [measurementOf({ [p50]: 900 }, { conditions: disturbed })];
    const score = scoreCase(played({ measurements }));
    expect(score.status).toBe('invalid');
    expect(score.reason).toContain('gate generator-lag');
    expect(only(score)).toMatchObject({ valid: false, measured: [], reason: score.reason });
    expect(scoreCase(played({ measurements: [] }))).toMatchObject({
      status: 'invalid',
      reason: 'no repetition was measured',
    });
  });

  it.each([
    [66, [false, false, false]],
    [67, [true, false, false]],
    [666, [true, false, false]],
    [667, [true, true, false]],
    [1_666, [true, true, false]],
    [1_667, [true, true, true]],
  ])('with %i requests in each of three repetitions has valid quantiles %j', (n, valid) => {
    const measurements = [withN(n), withN(n), withN(n)];
    const score = scoreCase(played({ prediction: threeQuantiles, measurements }));
    expect([p50, p95, p99].map((metric) => only(score, metric).valid)).toEqual(valid);
  });

  it('says that a metric was not measured instead of dropping it', () => {
    const score = scoreCase(played({ measurements: [measurementOf({})] }));
    expect(only(score)).toMatchObject({ valid: false, reason: 'not measured in any repetition' });
  });

  it('holds each repetition against a promise by itself', () => {
    const promised: Prediction = {
      ...predictionOf([p50, forecast(20, 30, 40)]),
      slos: [{ metric: p50, phase: 'after', limitMs: 32, probability: 0.3 }],
    };
    expect(scoreCase(played({ prediction: promised })).slos).toEqual([
      { metric: p50, phase: 'after', limitMs: 32, probability: 0.3, broken: [false, true] },
    ]);
  });

  it('judges exact claims in every repetition, disturbed or not, and never takes silence for proof', () => {
    const broken = measurementOf(
      {},
      { conditions: disturbed, exact: [{ claim: 'lost_acknowledged_writes', value: 1 }] },
    );
    const silent = measurementOf({}, { exact: [] });
    const exactOf = (...measurements: Measurement[]): unknown =>
      scoreCase(played({ measurements })).exact[0];
    expect(exactOf(measurementOf({}), measurementOf({}))).toMatchObject({
      measured: [0, 0],
      holds: true,
    });
    expect(exactOf(measurementOf({}), broken)).toMatchObject({ measured: [0, 1], holds: false });
    expect(exactOf(measurementOf({}), silent)).toMatchObject({ measured: [0, null], holds: false });
    expect(exactOf()).toMatchObject({ measured: [], holds: false });
  });

  it('counts the writes that are offered, and which kinds of classes there are', () => {
    const score = scoreCase(
      played({
        load: [
          { class: '*', factor: 2 },
          { class: 'commit', factor: 3 },
        ],
      }),
    );
    expect(score).toMatchObject({ writesPerSec: 120, classKinds: ['write', 'job'] });
  });
});

describe('the forecast "as last time"', () => {
  function earlierCase(index: number, value: number, changes: Partial<PlayedCase> = {}): CaseScore {
    return scoreCase(
      played({
        identity: identity({ id: `1-00${index}-promotion`, index }),
        measurements: [measurementOf({ [p50]: value }), measurementOf({ [p50]: value + 2 })],
        ...changes,
      }),
    );
  }
  const lastValue = (earlier: readonly CaseScore[]): number | null =>
    only(scoreCase(played({ earlier }))).naive.lastValue;

  it('is the newest earlier case of the kind', () => {
    expect(lastValue([earlierCase(2, 50), earlierCase(0, 10), earlierCase(1, 20)])).toBe(51);
  });

  it('is nothing without one, however many came later or were of other kinds, seeds and campaigns', () => {
    const others = [
      earlierCase(5, 50),
      earlierCase(1, 50, { identity: identity({ index: 1, kind: 'steady' }) }),
      earlierCase(1, 50, { identity: identity({ index: 1, seed: '2' }) }),
      earlierCase(1, 50, { identity: identity({ index: 1, campaign: 'other' }) }),
    ];
    expect(lastValue([])).toBeNull();
    expect(lastValue(others)).toBeNull();
  });

  it('passes over what was not valid', () => {
    const few = { measurements: [{ ...withN(10) }] };
    expect(lastValue([earlierCase(1, 20), earlierCase(2, 50, few)])).toBe(21);
    expect(lastValue([earlierCase(1, 20), failedCase(identity({ index: 2 }), 'no lab')])).toBe(21);
  });

  it('takes the family where the metric itself was not there', () => {
    const east = 'latency_ms.p50{class=job,region=east}';
    const elsewhere = {
      prediction: predictionOf([east, forecast(1, 2, 3)]),
      measurements: [measurementOf({ [east]: 7 })],
    };
    expect(lastValue([earlierCase(2, 0, elsewhere)])).toBe(7);
  });
});

describe('a case that could not be played', () => {
  it('stays with its reason', () => {
    const failed = failedCase(identity(), 'a server died');
    expect(caseScoreSchema.parse(failed)).toEqual(failed);
    expect(failed).toMatchObject({ status: 'failed', reason: 'a server died', metrics: [] });
  });
});

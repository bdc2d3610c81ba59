// A prediction held against a measurement: what is confirmed, what is refuted, and what cannot be judged.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestOf, digestOfBytes } from '../../engine/digest.ts';
import { checkGates, gates } from '../../twin/gates.ts';
import type { Measurement } from '../../twin/measurement.ts';
import { verificationSchema, verify, type Verification } from '../../twin/verify.ts';
import { forecast, measurementOf, predictionOf } from '../fixtures/verification.ts';

const latency = 'latency_ms.p50{class=job,region=east}';
const prediction = predictionOf([latency, forecast(20, 25, 40)]);

function judge(value: number, changes: Partial<Measurement> = {}): Verification {
  return verify(prediction, measurementOf({ [latency]: value }, changes));
}

describe('a metric', () => {
  it.each([
    [20, 'confirmed'],
    [25, 'confirmed'],
    [40, 'confirmed'],
    [19.999, 'refuted'],
    [40.001, 'refuted'],
  ])('measured as %d ms against 20 to 40 ms is %s', (value, verdict) => {
    const result = judge(value);
    expect(result.metrics.map((one) => one.verdict)).toEqual([verdict]);
    expect(result.verdict).toBe(verdict);
    expect(verificationSchema.parse(result)).toEqual(result);
  });

  it('has an error relative to what was measured, positive when too much was predicted', () => {
    const errorAt = (value: number): unknown => judge(value).metrics[0]?.relativeError;
    expect(errorAt(20)).toBeCloseTo(0.25, 12);
    expect(errorAt(50)).toBe(-0.5);
    expect(errorAt(0)).toBeNull();
    const nothing = predictionOf([latency, forecast(0, 0, 0)]);
    expect(verify(nothing, measurementOf({ [latency]: 0 })).metrics[0]?.relativeError).toBe(0);
  });

  it('is invalid when too few requests stand behind its statistic', () => {
    const few = (stat: string, n: number): unknown => {
      const metric = `latency_ms.${stat}{class=job}`;
      const values = [{ metric, phase: 'after' as const, value: 25, n }];
      const result = verify(
        predictionOf([metric, forecast(20, 25, 40)]),
        measurementOf({}, { values }),
      );
      return result.metrics[0]?.verdict;
    };
    expect([few('p50', 19), few('p50', 20)]).toEqual(['invalid', 'confirmed']);
    expect([few('p95', 59), few('p95', 60)]).toEqual(['invalid', 'confirmed']);
    expect([few('p99', 299), few('p99', 300)]).toEqual(['invalid', 'confirmed']);
  });

  it('is compared only with its own phase', () => {
    const values = [{ metric: latency, phase: 'before' as const, value: 25, n: 100 }];
    expect(verify(prediction, measurementOf({}, { values })).metrics).toEqual([]);
  });
});

describe('the gates', () => {
  it.each(gates.map(({ gate, condition, limit }) => [gate, condition, limit] as const))(
    '%s lets its limit pass and nothing above it, nor what was not measured',
    (gate, condition, limit) => {
      const passes = (conditions: Measurement['conditions']): unknown =>
        checkGates(conditions).find((one) => one.gate === gate)?.pass;
      expect(passes({ [condition]: limit })).toBe(true);
      expect(passes({ [condition]: limit * 1.001 })).toBe(false);
      expect(passes({})).toBe(false);
    },
  );

  it('make every statistical verdict invalid when one of them fails', () => {
    const { conditions } = measurementOf({});
    const disturbed = { ...conditions, [gates[0]?.condition ?? '']: 1e6 };
    for (const value of [25, 100]) {
      const result = judge(value, { conditions: disturbed });
      expect(result.metrics[0]?.verdict).toBe('invalid');
      expect(result.metrics[0]?.reason).toContain(gates[0]?.gate);
      expect(result.steps.map(({ verdict }) => verdict)).toEqual(['invalid']);
      expect(result.verdict).toBe('invalid');
    }
  });

  it('excuse no exact claim', () => {
    const result = judge(25, {
      conditions: {},
      exact: [{ claim: 'lost_acknowledged_writes', value: 1 }],
    });
    expect(result.exact.map(({ verdict }) => verdict)).toEqual(['refuted']);
    expect(result.verdict).toBe('refuted');
  });
});

describe('an exact claim', () => {
  it('is confirmed by the very value and refuted by any other, or by silence', () => {
    const verdictOf = (exact: Measurement['exact']): unknown => {
      const result = judge(25, { exact });
      expect(result.verdict).toBe(result.exact[0]?.verdict);
      return result.exact[0]?.verdict;
    };
    expect(verdictOf([{ claim: 'lost_acknowledged_writes', value: 0 }])).toBe('confirmed');
    expect(verdictOf([{ claim: 'lost_acknowledged_writes', value: 1 }])).toBe('refuted');
    expect(verdictOf([])).toBe('refuted');
  });
});

describe('a step', () => {
  it.each([
    [107, 'confirmed'],
    [104, 'refuted'],
    [111, 'refuted'],
  ])('started at 100 and done at %d ms against 5 to 10 ms is %s', (doneMs, verdict) => {
    const [started, done] = measurementOf({}).steps;
    if (started === undefined || done === undefined) throw new Error('two step events');
    const { steps } = judge(25, { steps: [started, { ...done, atMs: doneMs }] });
    expect(steps.map((one) => [one.measuredMs, one.verdict])).toEqual([[doneMs - 100, verdict]]);
  });

  it('that was never done is not judged', () => {
    expect(judge(25, { steps: measurementOf({}).steps.slice(0, 1) }).steps).toEqual([]);
  });
});

describe('the whole', () => {
  const names = Array.from({ length: 10 }, (_, index) => `latency_ms.p50{class=c${index}}`);
  const ten = predictionOf(...names.map((name) => [name, forecast(20, 25, 40)] as const));
  const outside = (count: number): unknown => {
    const values = names.map((name, index) => [name, index < count ? 99 : 25]);
    return verify(ten, measurementOf(Object.fromEntries(values))).verdict;
  };

  it('stands up to a fifth of its metrics outside, and not more', () => {
    expect([outside(0), outside(2), outside(3), outside(10)]).toEqual([
      'confirmed',
      'confirmed',
      'refuted',
      'refuted',
    ]);
  });

  it('is invalid when nothing could be judged', () => {
    expect(verify(prediction, measurementOf({})).verdict).toBe('invalid');
  });

  it('is refused for another trace', () => {
    expect(() => judge(25, { trace: digestOfBytes('another trace') })).toThrow(
      'another request trace',
    );
  });

  it('names the two documents that it compared', () => {
    const measurement = measurementOf({ [latency]: 25 });
    const result = verify(prediction, measurement);
    expect([result.prediction, result.measurement]).toEqual([
      prediction.digest,
      digestOf(measurement),
    ]);
  });
});

describe('the score of a forecast', () => {
  const value = fc.double({ min: -1e3, max: 1e3, noNaN: true });
  const width = fc.double({ min: 0, max: 1e3, noNaN: true });
  const scoreOf = (expected: ReturnType<typeof forecast>, measured: number): number => {
    const result = verify(
      predictionOf([latency, expected]),
      measurementOf({ [latency]: measured }),
    );
    return result.metrics[0]?.crps ?? Number.NaN;
  };

  it('is the absolute error when the forecast is one number', () => {
    const property = fc.property(value, value, (predicted, measured) => {
      const score = scoreOf(forecast(predicted, predicted, predicted), measured);
      expect(score).toBeCloseTo(Math.abs(predicted - measured), 8);
    });
    fc.assert(property);
  });

  it('is never negative, and never better than that of one number that was right', () => {
    const property = fc.property(value, width, width, (median, below, above) => {
      const sharp = scoreOf(forecast(median, median, median), median);
      expect(sharp).toBe(0);
      const score = scoreOf(forecast(median - below, median, median + above), median);
      expect(score).toBeGreaterThanOrEqual(0);
      if (below + above > 1e-6) expect(score).toBeGreaterThan(0);
    });
    fc.assert(property);
  });

  it('is near that of the normal law which it tabulates', () => {
    // CRPS of N(0, 1) at 0 is (√2 − 1)/√π; nine levels joined by straight lines give it within a seventh.
    const normal: ReturnType<typeof forecast> = {
      ...forecast(-1.645, 0, 1.645),
      pi50: [-0.674, 0.674],
      pi80: [-1.282, 1.282],
      pi95: [-1.96, 1.96],
    };
    const exact = (Math.SQRT2 - 1) / Math.sqrt(Math.PI);
    expect(Math.abs(scoreOf(normal, 0) / exact - 1)).toBeLessThan(1 / 7);
  });

  it('grows with the distance outside', () => {
    const property = fc.property(width, width, (near, further) => {
      const expected = forecast(-10, 0, 10);
      const scores = [scoreOf(expected, 20 + near), scoreOf(expected, 20 + near + further)];
      expect(scores[1]).toBeCloseTo((scores[0] ?? 0) + further, 6);
    });
    fc.assert(property);
  });
});

// Cases added up: exact figures for a handful of facts, and what holds for any record.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CaseScore, ScoredMetric } from '../../../twin/record/case.ts';
import { metricFamilies } from '../../../twin/record/families.ts';
import { coverageGoal, goals } from '../../../twin/record/goals.ts';
import { recordSchema, type GoalCheck, type RecordSummary } from '../../../twin/record/record.ts';
import { bandOf, firstAttempts, summariseRecord } from '../../../twin/record/summary.ts';
import { normalForecast, sampleCases } from '../../fixtures/record.ts';

/** A valid commit p50 of 100 ms, 90 % of executions between 90 and 110. */
function metric(changes: Partial<ScoredMetric> = {}): ScoredMetric {
  return {
    metric: 'latency_ms.p50{class=commit,region=east}',
    phase: 'all',
    unit: 'ms',
    family: 'write p50',
    serviceMs: 2,
    forecast: normalForecast(100, 10 / 1.6448536),
    freshSpread90: 20,
    measured: [100, 104, 115],
    n: 6_000,
    valid: true,
    reason: '',
    naive: { lastValue: 80, textbook: null },
    ...changes,
  };
}

function caseOf(metrics: readonly ScoredMetric[], changes: Partial<CaseScore> = {}): CaseScore {
  const [base] = sampleCases({ cases: 1 });
  if (base === undefined) throw new Error('there is a case');
  const exact = [{ claim: 'lost_acknowledged_writes', predicted: 0, measured: [0], holds: true }];
  return {
    ...base,
    status: 'scored',
    reason: '',
    kind: 'steady',
    plays: [],
    conditions: { utilisation: 0.4 },
    classKinds: ['write', 'job'],
    slos: [],
    exact,
    metrics: [...metrics],
    ...changes,
  };
}

function check(
  record: RecordSummary,
  subject: string,
  what: GoalCheck['what'],
): GoalCheck | undefined {
  return record.goals.find((one) => one.subject === subject && one.what === what);
}

describe('a score', () => {
  const { score } = summariseRecord([caseOf([metric()])]);

  it('takes the error of the median, and every repetition as one execution', () => {
    expect(score).toMatchObject({ metrics: 1, invalid: 0, certain: 0 });
    expect(score.medianError).toBeCloseTo(4 / 104, 12);
    const counts = score.coverage.map(({ level, inside, of }) => [level, inside, of]);
    expect(counts).toEqual([
      [0.5, 2, 3],
      [0.8, 2, 3],
      [0.9, 2, 3],
    ]);
  });

  it('tells how uncertain a share is by the number of metrics, since repetitions are not independent', () => {
    const wide = score.coverage[2]?.interval95 ?? [0, 1];
    expect(wide[1] - wide[0]).toBeGreaterThan(0.7);
    const many = summariseRecord([caseOf(Array.from({ length: 100 }, () => metric()))]).score;
    const narrow = many.coverage[2]?.interval95 ?? [0, 1];
    expect(narrow[0]).toBeCloseTo(0.5694, 3);
    expect(narrow[1]).toBeCloseTo(0.7515, 3);
  });

  it('compares with a naive forecast only where there is one', () => {
    expect(score.textbook).toBeNull();
    expect(score.lastValue?.metrics).toBe(1);
    expect(score.lastValue?.naive).toBeCloseTo((20 + 24 + 35) / 3 / 104, 12);
    expect(score.lastValue?.model).toBe(score.crps);
    expect(score.crps).toBeLessThan(0.06);
  });

  it('measures a width in what repetitions, or fresh traces, differ by', () => {
    // Coefficient of variation of 100, 104 and 115: 7.3 %, so 90 % of repetitions span 25 ms, more than fresh traces do.
    expect(score.repeatability).toBeCloseTo(0.07305, 5);
    expect(score.width).toBeCloseTo(20 / (2 * 1.6448536 * 0.07305 * 104), 3);
    expect(score.sharp).toEqual({ metrics: 1, of: 1 });
    const steady = { measured: [100, 100, 100], freshSpread90: 2 };
    const blunt = summariseRecord([caseOf([metric(steady)])]).score;
    expect(blunt.width).toBeCloseTo(10, 6);
    expect(blunt.sharp).toEqual({ metrics: 0, of: 1 });
  });

  it('counts a forecast of one number that came true apart, and one that did not as a miss', () => {
    const certain = {
      forecast: normalForecast(0, 0),
      freshSpread90: 0,
      family: 'error share' as const,
    };
    const held = summariseRecord([caseOf([metric({ ...certain, measured: [0, 0] })])]);
    expect(held.score).toMatchObject({ metrics: 1, certain: 1, medianError: 0 });
    expect(held.score.coverage[2]).toMatchObject({ inside: 0, of: 0 });
    expect(held.misses).toEqual([]);
    const broken = summariseRecord([caseOf([metric({ ...certain, measured: [0.1, 0.1] })])]);
    expect(broken.score).toMatchObject({ certain: 0, medianError: 1 });
    expect(broken.score.coverage[2]).toMatchObject({ inside: 0, of: 2 });
    expect(broken.misses).toHaveLength(1);
  });

  it('leaves invalid metrics out of everything but their own count and reasons', () => {
    const invalid = metric({
      valid: false,
      reason: 'fewer requests than p50 needs',
      measured: [900],
    });
    const record = summariseRecord([caseOf([metric(), invalid, invalid])]);
    expect(record.score).toEqual({ ...score, invalid: 2 });
    expect(record.invalid).toEqual([{ reason: 'fewer requests than p50 needs', metrics: 2 }]);
  });
});

describe('the goals', () => {
  it('judge a family only where the promise is about it', () => {
    const job = metric({
      family: 'job p95',
      serviceMs: 21,
      measured: [100, 100],
      naive: { lastValue: null, textbook: null },
    });
    const off = { ...job, measured: [150, 150] };
    const calm = caseOf([job], { conditions: { utilisation: 0.7 } });
    const busy = caseOf([off], { id: 'b', index: 1, conditions: { utilisation: 0.71 } });
    const short = caseOf([{ ...off, serviceMs: 4.9 }], { id: 'c', index: 2 });
    const unknown = caseOf([off], { id: 'd', index: 3, conditions: {} });
    const record = summariseRecord([calm, busy, short, unknown]);
    expect(check(record, 'job p95', 'error')).toMatchObject({ n: 1, value: 0, met: true });
    expect(record.families.find(({ family }) => family === 'job p95')?.score.metrics).toBe(4);
  });

  it('leave a limit open that nothing was held against', () => {
    const record = summariseRecord([
      caseOf([metric({ family: 'lag bytes p50' })], { writesPerSec: 499 }),
    ]);
    expect(check(record, 'lag bytes p50', 'error')).toMatchObject({ n: 0, value: null, met: null });
    expect(check(record, 'fence', 'coverage')).toBeUndefined();
  });

  it('want intervals neither too narrow nor too wide', () => {
    const covering = (inside: number): boolean | null | undefined => {
      const metrics = Array.from({ length: 100 }, (_, index) =>
        metric({ family: 'fence', measured: [index < inside ? 100 : 200] }),
      );
      return check(summariseRecord([caseOf(metrics)]), 'fence', 'coverage')?.met;
    };
    expect([79, 80, 97, 98].map(covering)).toEqual([false, true, true, false]);
  });

  it('leave the coverage of few executions open', () => {
    const always = (executions: number): boolean | null | undefined => {
      const metrics = Array.from({ length: executions }, () =>
        metric({ family: 'fence', measured: [100] }),
      );
      return check(summariseRecord([caseOf(metrics)]), 'fence', 'coverage')?.met;
    };
    expect([1, 33, 34].map(always)).toEqual([null, null, false]);
  });

  it('want the twin to be better than naive forecasts in every kind', () => {
    const beaten = metric({ measured: [104, 104], naive: { lastValue: 104.5, textbook: 300 } });
    const record = summariseRecord([
      caseOf([metric()]),
      caseOf([beaten], { id: 'b', index: 1, kind: 'lag' }),
    ]);
    expect(
      record.goals
        .filter(({ what }) => what === 'skill')
        .map(({ subject, n, met }) => [subject, n, met]),
    ).toEqual([
      ['lag cases', 1, false],
      ['lag cases', 1, true],
      ['steady cases', 1, true],
      ['steady cases', 0, null],
    ]);
  });

  it('want no violation of a guarantee', () => {
    const lost = {
      claim: 'lost_acknowledged_writes',
      predicted: 0,
      measured: [0, 3],
      holds: false,
    };
    const record = summariseRecord([caseOf([]), caseOf([], { id: 'b', index: 1, exact: [lost] })]);
    expect(check(record, 'guarantees', 'violations')).toMatchObject({ n: 2, value: 1, met: false });
    expect(record.exact.violations).toEqual([
      { case: 'b', claim: 'lost_acknowledged_writes', predicted: 0, measured: [0, 3] },
    ]);
  });

  it('are of families that exist, each once', () => {
    const named = goals.map(({ family }) => family);
    expect(new Set(named).size).toBe(named.length);
    for (const family of named) expect(metricFamilies).toContain(family);
    expect(coverageGoal[0]).toBeLessThan(0.9);
    expect(coverageGoal[1]).toBeGreaterThan(0.9);
  });
});

describe('a record', () => {
  it('keeps the first attempt of a case and counts the others', () => {
    const first = caseOf([metric()], { attempt: 1 });
    const again = caseOf([metric({ measured: [100] })], { attempt: 2 });
    const record = summariseRecord([again, first]);
    expect(record.cases).toMatchObject({ of: 1, repeated: 1 });
    expect(record.digest).not.toBe(summariseRecord([first]).digest);
    expect(firstAttempts([again, first])).toEqual([first]);
    const elsewhere = caseOf([metric()], { campaign: 'other' });
    expect(firstAttempts([first, elsewhere])).toHaveLength(2);
  });

  it('lists every case that was not played to its end, with its reason', () => {
    const failed = caseOf([], { id: 'f', index: 1, status: 'failed', reason: 'no lab' });
    const record = summariseRecord([caseOf([metric()]), failed]);
    expect(record.cases).toMatchObject({ of: 2, scored: 1, failed: 1 });
    expect(record.unplayed).toEqual([{ case: 'f', status: 'failed', reason: 'no lab' }]);
  });

  it('names the furthest miss of each case and family, the furthest first', () => {
    const far = metric({ measured: [300] });
    const near = metric({ measured: [111.2] });
    const { misses } = summariseRecord([
      caseOf([near, metric(), near]),
      caseOf([near, far, metric({ family: 'write p95', measured: [200] })], { id: 'b', index: 1 }),
    ]);
    expect(misses.map(({ case: id, measured, others }) => [id, measured, others])).toEqual([
      ['b', 300, 1],
      ['b', 200, 0],
      [expect.stringContaining('steady'), 111.2, 1],
    ]);
    expect(misses[0]).toMatchObject({ median: 100, relativeError: expect.closeTo(-2 / 3, 12) });
  });

  it('keeps what became of each kind of action apart from load alone', () => {
    const promoted = caseOf([metric()], {
      id: 'p',
      index: 1,
      kind: 'promotion',
      plays: ['promote'],
    });
    const { plays } = summariseRecord([caseOf([metric({ measured: [100] })]), promoted]);
    expect(plays).toMatchObject([
      { play: 'load only', cases: 1, inside: 1, of: 1, medianError: 0 },
      { play: 'promote', cases: 1, inside: 2, of: 3 },
    ]);
  });

  it('scores the probabilities of broken promises', () => {
    const slo = { metric: 'm', phase: 'all' as const, limitMs: 1 };
    const record = summariseRecord([
      caseOf([], {
        slos: [
          { ...slo, probability: 0.25, broken: [true, false, false, false] },
          { ...slo, probability: 1, broken: [true] },
        ],
      }),
    ]);
    expect(record.slos).toMatchObject({ n: 5, reliability: 0, brier: expect.closeTo(0.15, 12) });
    expect(record.slos?.bins).toEqual([
      { from: 0.2, to: 0.3, n: 4, meanProbability: 0.25, happened: 1 },
      { from: 0.9, to: 1, n: 1, meanProbability: 1, happened: 1 },
    ]);
    expect(summariseRecord([caseOf([])]).slos).toBeNull();
  });

  it.each([
    [0, 'below 30 %'],
    [0.3, '30 to 50 %'],
    [0.5, '50 to 70 %'],
    [0.7, '50 to 70 %'],
    [0.701, 'above 70 %'],
    ['high', 'unknown'],
  ])('puts utilisation %s into the band %s', (utilisation, band) => {
    expect(bandOf({ conditions: { utilisation } })).toBe(band);
  });

  it('is the same for the same cases in any order, and is as its schema says', () => {
    const cases = sampleCases({ cases: 30 });
    const record = summariseRecord(cases);
    expect(recordSchema.parse(record)).toEqual(record);
    fc.assert(
      fc.property(fc.shuffledSubarray(cases, { minLength: cases.length }), (shuffled) => {
        expect(summariseRecord(shuffled).digest).toBe(record.digest);
      }),
      { numRuns: 10 },
    );
  });

  it('adds up: families, kinds, bands and cells each hold every metric once', () => {
    fc.assert(
      fc.property(fc.nat(1_000), fc.integer({ min: 0, max: 25 }), (seed, cases) => {
        const record = summariseRecord(sampleCases({ seed: String(seed), cases }));
        const { score } = record;
        for (const parts of [record.families, record.kinds, record.bands, record.cells]) {
          const sum = (of: (part: RecordSummary['score']) => number): number =>
            parts.reduce((total, part) => total + of(part.score), 0);
          expect(sum(({ metrics }) => metrics)).toBe(score.metrics);
          expect(sum(({ invalid }) => invalid)).toBe(score.invalid);
          expect(sum(({ coverage }) => coverage[2]?.inside ?? 0)).toBe(score.coverage[2]?.inside);
        }
        const { of, scored, invalid, failed } = record.cases;
        expect(scored + invalid + failed).toBe(of);
        expect(of).toBe(cases);
        expect(record.unplayed).toHaveLength(invalid + failed);
      }),
      { numRuns: 25 },
    );
  });

  it('of nothing is empty, and nothing is met', () => {
    const record = summariseRecord([]);
    expect(recordSchema.parse(record)).toEqual(record);
    expect(record.cases.of).toBe(0);
    expect(record.score.coverage.map(({ of }) => of)).toEqual([0, 0, 0]);
    expect(record.goals.every(({ met }) => met === null)).toBe(true);
  });
});

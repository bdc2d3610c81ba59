// Cases added up: exact figures for a handful of facts, and what holds for any record.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { recordSchema, type RecordSummary } from '../../../twin/record/record.ts';
import { bandOf, firstAttempts, summariseRecord } from '../../../twin/record/summary.ts';
import { normalForecast, sampleCases } from '../../fixtures/record.ts';
import { caseOf, metric } from '../../fixtures/record-case.ts';

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

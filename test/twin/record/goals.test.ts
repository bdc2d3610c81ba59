// The goals held against a record: each only where its promise is about, and open where nothing can be said.
import { describe, expect, it } from 'vitest';
import { metricFamilies } from '../../../twin/record/families.ts';
import { coverageGoal, goals } from '../../../twin/record/goals.ts';
import type { GoalCheck, RecordSummary } from '../../../twin/record/record.ts';
import { summariseRecord } from '../../../twin/record/summary.ts';
import { caseOf, metric } from '../../fixtures/record-case.ts';

function check(
  record: RecordSummary,
  subject: string,
  what: GoalCheck['what'],
): GoalCheck | undefined {
  return record.goals.find((one) => one.subject === subject && one.what === what);
}

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

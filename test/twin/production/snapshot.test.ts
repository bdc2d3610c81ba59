// What was done between two looks at counters that only grow: exact for sums, means and deviations, and left out when
// somebody reset them.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { layoutOf, readableVersions, serverQuestion } from '../../../twin/production/layout.ts';
import {
  activityOf,
  isRequest,
  windowBetween,
  type Snapshot,
  type StatementCounters,
} from '../../../twin/production/snapshot.ts';

function momentsOf(values: readonly number[]): { mean: number; deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / values.length) };
}

function counters(
  calls: readonly number[],
  changes: Partial<StatementCounters> = {},
): StatementCounters {
  const { mean, deviation } = momentsOf(calls);
  return {
    key: '1',
    text: 'select 1',
    calls: calls.length,
    meanMs: mean,
    deviationMs: deviation,
    walBytes: calls.length * 100,
    walFullPages: 0,
    since: null,
    ...changes,
  };
}

function snapshot(changes: Partial<Snapshot> & { counter?: number } = {}): Snapshot {
  const { counter = 0, ...rest } = changes;
  return {
    atMs: 0,
    epochs: { server: 'a', statements: 'a' },
    counters: {
      flushes: counter,
      flushMs: counter,
      walBytes: counter,
      walFullPages: 0,
      commits: counter,
      rollbacks: 0,
      checkpoints: 0,
      checkpointMs: 0,
      blockReads: 0,
      blockReadMs: 0,
    },
    statements: [],
    ...rest,
  };
}

const durations = fc.array(fc.double({ min: 0.01, max: 1_000, noNaN: true }), {
  minLength: 1,
  maxLength: 50,
});

describe('the calls of a statement between two looks', () => {
  test('have the mean and the deviation of just these calls', () => {
    fc.assert(
      fc.property(durations, durations, (earlier, later) => {
        const activity = activityOf(counters(earlier), counters([...earlier, ...later]));
        const { mean, deviation } = momentsOf(later);
        expect(activity?.calls).toBe(later.length);
        expect(activity?.walBytes).toBe(later.length * 100);
        expect(activity?.meanMs).toBeCloseTo(mean, 6);
        // Differences of large sums lose digits, which the square root spreads.
        expect(Math.abs((activity?.deviationMs ?? NaN) - deviation)).toBeLessThan(1e-3);
      }),
    );
  });

  test('are all calls of a statement that is new, or that is counted anew', () => {
    expect(activityOf(undefined, counters([2, 4]))).toMatchObject({ calls: 2, meanMs: 3 });
    const before = counters([9, 9, 9], { since: 'monday' });
    const after = counters([2, 4], { since: 'tuesday' });
    expect(activityOf(before, after)).toMatchObject({ calls: 2, meanMs: 3, deviationMs: 1 });
  });

  test('are none when nothing came, or when a counter went back', () => {
    expect(activityOf(counters([1]), counters([1]))).toBeNull();
    expect(activityOf(counters([1, 2]), counters([1]))).toBeNull();
  });

  test.each([
    ['insert into t values ($1)', true, true],
    ['  UPDATE t SET a = $1', true, true],
    ['with gone as (delete from t returning *) select * from gone', true, true],
    ['select * from t for update', false, true],
    ['with recent as (select 1) select * from recent', false, true],
    ['alter role ada password $1', false, false],
    ['vacuum t', false, false],
  ])('%s is told for what it is', (text, writes, serves) => {
    const activity = activityOf(undefined, counters([1], { text }));
    expect([activity?.isWrite, isRequest({ text })]).toEqual([writes, serves]);
  });
});

describe('a window', () => {
  test('holds what every counter grew by', () => {
    const found = windowBetween(
      snapshot({ counter: 5 }),
      snapshot({ counter: 12, atMs: 2_000, statements: [counters([3])] }),
    );
    expect(found).toMatchObject({
      kind: 'window',
      window: { seconds: 2, counters: { flushes: 7, walBytes: 7 }, statements: [{ calls: 1 }] },
    });
  });

  test('is lost when the server began anew, a counter went back or its clock did', () => {
    const later = { atMs: 1_000 };
    const other = { epochs: { server: 'b', statements: 'a' } };
    expect(windowBetween(snapshot(), snapshot({ ...later, ...other })).kind).toBe('lost');
    expect(windowBetween(snapshot({ counter: 2 }), snapshot(later)).kind).toBe('lost');
    expect(windowBetween(snapshot(later), snapshot()).kind).toBe('lost');
  });

  test('has no statements when these alone were reset', () => {
    const reset = snapshot({ atMs: 1_000, epochs: { server: 'a', statements: 'b' } });
    expect(windowBetween(snapshot(), reset)).toMatchObject({ window: { statements: null } });
  });
});

describe('the questions to a server', () => {
  test('name only what its version has', () => {
    expect(readableVersions).toEqual([15, 16, 17, 18]);
    expect([layoutOf(14), layoutOf(19)]).toEqual([null, null]);
    const question = (version: number): string => {
      const layout = layoutOf(version);
      return layout === null ? '' : serverQuestion(layout);
    };
    expect(question(15)).not.toContain('pg_stat_io');
    expect(question(15)).toContain('wal_sync_time');
    expect(question(16)).toContain('pg_stat_bgwriter');
    expect(question(17)).toContain('pg_stat_checkpointer');
    expect(question(17)).toContain('wal_sync_time');
    expect(question(18)).not.toContain('wal_sync');
    expect(question(18)).toContain("object = 'wal'");
  });
});

// What follows from an observation: laws that keep the moments they came from, parameters with their uncertainty, and a
// reason for everything that does not follow.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { calibratedSchema } from '../../../twin/estate/calibration.ts';
import { neededParameters } from '../../../twin/estate/needed-parameters.ts';
import { deriveStatistics } from '../../../twin/production/derive.ts';
import {
  addMoments,
  calibratedFrom,
  lognormalFrom,
  pool,
} from '../../../twin/production/lognormal.ts';
import type {
  ServerFacts,
  Snapshot,
  StatementCounters,
} from '../../../twin/production/snapshot.ts';
import type { ProductionStatistics } from '../../../twin/production/statistics.ts';
import { makeEstate } from '../../fixtures/estate.ts';

const moments = fc.record({
  n: fc.integer({ min: 1, max: 10_000 }),
  mean: fc.double({ min: 0.01, max: 1_000, noNaN: true }),
  deviation: fc.double({ min: 0, max: 1_000, noNaN: true }),
});

describe('a law from moments', () => {
  test('has these moments', () => {
    fc.assert(
      fc.property(moments, ({ mean, deviation }) => {
        const { median, sigma } = lognormalFrom({ mean, deviation });
        expect(median * Math.exp(sigma ** 2 / 2)).toBeCloseTo(mean, 6);
        const cv = Math.sqrt(Math.expm1(sigma ** 2));
        expect((cv * mean) / Math.max(1, deviation)).toBeCloseTo(
          deviation / Math.max(1, deviation),
          6,
        );
      }),
    );
  });

  test('of pooled windows is as of all their observations, and of a sum as of independent terms', () => {
    expect(
      pool([
        { n: 2, mean: 1, deviation: 0 },
        { n: 2, mean: 3, deviation: 0 },
      ]),
    ).toEqual({
      n: 4,
      mean: 2,
      deviation: 1,
    });
    expect(pool([])).toEqual({ n: 0, mean: 0, deviation: 0 });
    const sum = addMoments({ n: 5, mean: 1, deviation: 3 }, { n: 9, mean: 2, deviation: 4 });
    expect(sum).toEqual({ n: 5, mean: 3, deviation: 5 });
  });

  test('makes a sound entry of an overlay, whose table rises around its value', () => {
    fc.assert(
      fc.property(fc.array(moments, { minLength: 1, maxLength: 6 }), (windows) => {
        const entry = { ...calibratedFrom(windows, 'ms'), sessionCv: 0, measuredAt: 'now' };
        const { value, interval90, quantiles, repetitions, n } = calibratedSchema.parse(entry);
        expect(quantiles).toEqual(quantiles.toSorted((a, b) => a - b));
        expect(quantiles[10]).toBeCloseTo(value, 9);
        expect(interval90[0] <= value && value <= interval90[1]).toBe(true);
        expect([repetitions, n]).toEqual([
          windows.length,
          windows.reduce((sum, window) => sum + window.n, 0),
        ]);
      }),
    );
  });

  test('knows how much windows differ', () => {
    const alike = calibratedFrom(
      [
        { n: 9, mean: 2, deviation: 0 },
        { n: 9, mean: 2, deviation: 0 },
      ],
      'ms',
    );
    expect(alike).toMatchObject({ value: 2, repetitionCv: 0, interval90: [2, 2] });
    const apart = calibratedFrom(
      [1, 2, 3].map((mean) => ({ n: 9, mean, deviation: 0 })),
      'ms',
    );
    expect(apart.repetitionCv).toBeCloseTo(0.5, 12);
  });
});

const timed = { track_wal_io_timing: 'on', wal_sync_method: 'fdatasync', fsync: 'on' };

function facts(changes: Partial<ServerFacts> = {}): ServerFacts {
  return {
    name: 'db:5432',
    majorVersion: 18,
    version: '18.4',
    database: 'shop',
    inRecovery: false,
    settings: timed,
    withoutStatements: null,
    ...changes,
  };
}

/** Counters after so many rounds of two seconds: 50 inserts of 1 ms, 100 reads of 0.2 ms, flushes of 0.5 ms. */
function after(rounds: number, changes: Partial<Snapshot> = {}): Snapshot {
  const statement = (text: string, calls: number, meanMs: number): StatementCounters => ({
    key: text,
    text,
    calls: calls * rounds,
    meanMs,
    deviationMs: meanMs / 2,
    walBytes: text.startsWith('insert') ? calls * rounds * 700 : 0,
    walFullPages: 0,
    since: null,
  });
  return {
    atMs: rounds * 2_000,
    epochs: { server: 'a', statements: 'a' },
    counters: {
      flushes: 50 * rounds,
      flushMs: 25 * rounds,
      walBytes: 40_000 * rounds,
      walFullPages: 0,
      commits: 150 * rounds,
      rollbacks: 0,
      checkpoints: 0,
      checkpointMs: 0,
      blockReads: 0,
      blockReadMs: 0,
    },
    statements: [
      statement('insert into orders values ($1)', 50, 1),
      statement('select * from orders where key = $1', 100, 0.2),
      statement('select report()', 20, 40),
      statement('alter role ada password $1', 90, 1),
    ],
    ...changes,
  };
}

const estate = makeEstate();
const context = { needed: neededParameters(estate), meanRowBytes: 300 };
const rounds = [after(1), after(2), after(3)];

function derived(own: ServerFacts = facts(), snapshots = rounds): ProductionStatistics {
  return deriveStatistics(own, snapshots, context);
}

describe('an observation', () => {
  test('gives flushes, writes with their flush, and log without the row', () => {
    const { parameters, flow } = derived();
    expect(Object.keys(parameters)).toEqual(['wal.flushMs', 'write.localMs', 'wal.fixedBytes']);
    // Means of 0.5 ms that spread by 30 %; sums of 1 ± 0.5 and 0.5 ± 0.15.
    expect(parameters['wal.flushMs']?.value).toBeCloseTo(0.5 / Math.sqrt(1.09), 9);
    const cv = Math.hypot(0.5, 0.15) / 1.5;
    expect(parameters['write.localMs']?.value).toBeCloseTo(1.5 / Math.sqrt(1 + cv * cv), 9);
    expect(parameters['wal.fixedBytes']).toMatchObject({ value: 400, unit: 'bytes', n: 100 });
    expect(flow).toMatchObject({
      writesPerSec: 25,
      readsPerSec: 60,
      commitsPerSec: 75,
      walBytesPerWrite: 700,
    });
  });

  test('tells statements that serve requests, the busiest first, long ones as classes', () => {
    const { groups } = derived();
    expect(groups.map(({ text, kind }) => [text, kind])).toEqual([
      ['select report()', 'read'],
      ['insert into orders values ($1)', 'write'],
      ['select * from orders where key = $1', 'read'],
    ]);
    expect(groups[0]?.asClass).toBe(
      '{ kind: job, rate: 10/s, size: { lognormal: { mean: 40ms, cv: 0.5 } } }',
    );
    expect(groups[2]?.asClass).toBeNull();
  });

  test('has a value or one reason for every parameter that the estate needs', () => {
    const cases = [
      derived(),
      derived(facts({ settings: { ...timed, track_wal_io_timing: 'off' } })),
      derived(facts({ withoutStatements: { reason: 'not there', isPermission: false } })),
      derived(facts({ inRecovery: true })),
      derived(facts(), [after(1), after(1)]),
    ];
    for (const { parameters, underivable } of cases) {
      const told = underivable.flatMap(({ what }) => what.split(', '));
      const all = [...Object.keys(parameters), ...told];
      for (const path of context.needed) {
        expect(
          all.filter((one) => one === path),
          path,
        ).toHaveLength(1);
      }
      for (const { what, why } of underivable) expect([what, why]).not.toContain('');
    }
  });

  test.each<[string, Partial<ServerFacts>, string]>([
    ['untimed', { settings: { ...timed, track_wal_io_timing: 'off' } }, 'are not timed'],
    ['unflushed', { settings: { ...timed, fsync: 'off' } }, 'fsync = off'],
    ['unseparated', { settings: { ...timed, wal_sync_method: 'open_datasync' } }, 'as it writes'],
  ])('of %s flushes says so, and gives no time of a write either', (_what, changes, why) => {
    const { parameters, underivable } = derived(facts(changes));
    expect(Object.keys(parameters)).toEqual(['wal.fixedBytes']);
    expect(underivable.find(({ what }) => what === 'wal.flushMs')?.why).toContain(why);
    expect(underivable.find(({ what }) => what === 'write.localMs')).toBeDefined();
  });

  test('of a standby sends people to its primary, and still tells what is read there', () => {
    const { parameters, groups, underivable } = derived(facts({ inRecovery: true }));
    expect(parameters).toEqual({});
    expect(groups.length).toBeGreaterThan(0);
    expect(underivable).toContainEqual(
      expect.objectContaining({ remedy: 'observe the primary', what: context.needed.join(', ') }),
    );
  });

  test('that a reset cut in two keeps the other half', () => {
    const reset = { epochs: { server: 'b', statements: 'a' } };
    const { windowSeconds, underivable } = derived(facts(), [after(1), after(2), after(3, reset)]);
    expect(windowSeconds).toEqual([2]);
    expect(underivable[0]).toMatchObject({ what: '1 of 2 windows', remedy: 'observe again' });
  });
});

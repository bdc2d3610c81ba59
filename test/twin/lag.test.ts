// Lag, as metrics of samples and as a law of whole runs: bytes behind = rate of the log × time behind.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commitModes } from '../../twin/estate/estate.ts';
import { lagPositions, measureLag, type LagPosition, type LagSample } from '../../twin/lag.ts';
import type { Model } from '../../twin/model/model.ts';
import { makeCalibration } from '../fixtures/calibration.ts';
import { makeEstate } from '../fixtures/estate.ts';
import { latenciesOf, makeModel, traceOfRequests } from '../fixtures/runs.ts';

const same = <T>(value: T): Record<LagPosition, T> => ({
  written: value,
  flushed: value,
  replayed: value,
});

describe('the metrics of looks at standbys', () => {
  const look = (atMs: number, replica: string, value: number): LagSample => ({
    atMs,
    replica,
    bytes: same(value),
    ms: same(value === 0 ? null : value / 10),
  });
  const looks = [
    ...Array.from({ length: 20 }, (_, index) => look(100 * index, 'b', 10 * (index + 1))),
    look(2_050, 'a', 0),
  ];

  it('are quantiles by nearest rank, by position, standby and phase', () => {
    const values = measureLag(looks, [['all', 0, 2_100]]);
    const valueOf = (metric: string): unknown => values.find((one) => one.metric === metric);
    expect(valueOf('lag_bytes.p50{position=flushed,replica=b}')).toEqual({
      metric: 'lag_bytes.p50{position=flushed,replica=b}',
      phase: 'all',
      value: 100,
      n: 20,
    });
    expect(valueOf('lag_bytes.p95{position=flushed,replica=b}')).toMatchObject({ value: 190 });
    expect(valueOf('lag_ms.p50{position=written,replica=b}')).toMatchObject({ value: 10, n: 20 });
    // Nothing was confirmed lately: bytes are known, a time is not.
    expect(valueOf('lag_bytes.p50{position=replayed,replica=a}')).toMatchObject({ value: 0, n: 1 });
    expect(valueOf('lag_ms.p50{position=replayed,replica=a}')).toBeUndefined();
    expect(values).toHaveLength(3 * 2 * 2 + 3 * 2);
  });

  it('belong to the phase that they were taken in, and to no mixture of phases', () => {
    const values = measureLag(looks, [
      ['before', 0, 1_000],
      ['after', 1_000, 2_000],
      ['all', 0, 2_000],
    ]);
    expect(new Set(values.map(({ phase }) => phase))).toEqual(new Set(['before', 'after']));
    const counts = values.map(({ n }) => n);
    expect(counts.every((n) => n === 10)).toBe(true);
  });
});

/** Commits of 301 bytes of log (with 100 of a row), evenly spaced, for two seconds. */
function play(options: {
  readonly everyMs: number;
  readonly delayMs: number;
  readonly mode: (typeof commitModes)[number];
  readonly lagMs?: number;
}): Model {
  const { everyMs, delayMs, mode, lagMs = 0 } = options;
  // No commit waits for a connection.
  const pool = { size: 500, timeoutMs: 30_000 };
  const base = makeEstate({ fleet: { pool }, shard: { commitMode: mode } });
  const estate = { ...base, links: base.links.map((link) => ({ ...link, delayMs })) };
  const count = Math.floor(2_000 / everyMs);
  const requests = Array.from({ length: count }, (_, index) => ({
    atMs: everyMs * index,
    size: 100,
  }));
  const calibration = makeCalibration({
    'standby.flushMs': 0,
    'standby.replayBytesPerSec': 1e12,
    'lag.writtenMs': lagMs,
    'lag.flushedMs': lagMs,
    'lag.replayedMs': lagMs,
    'wal.fixedBytes': 200,
  });
  const model = makeModel(estate, traceOfRequests(estate, requests, 2_000), { calibration });
  model.simulation.run(4_000);
  return model;
}

describe('the lag of a run', () => {
  it('is, in bytes, the rate of the log times the round trip, and in time the round trip', () => {
    const drawn = fc.record({
      everyMs: fc.integer({ min: 2, max: 12 }),
      delayMs: fc.integer({ min: 0, max: 90 }),
      lagMs: fc.integer({ min: 0, max: 5 }),
      mode: fc.constantFrom('local' as const, 'on' as const),
    });
    fc.assert(
      fc.property(drawn, ({ everyMs, delayMs, lagMs, mode }) => {
        const { lags } = play({ everyMs, delayMs, mode, lagMs });
        const steady = lags.filter(({ atMs }) => atMs > 1_000);
        expect(steady.length).toBe(2 * 10);
        for (const { bytes, ms } of steady) {
          for (const position of lagPositions) {
            expect(ms[position]).toBeCloseTo(2 * delayMs + lagMs, 6);
            // Whole commits: one more or less is under way.
            const expected = ((2 * delayMs + lagMs) / everyMs) * 300;
            expect(Math.abs((bytes[position] ?? 0) - expected)).toBeLessThanOrEqual(300 + 1e-6);
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  it('is looked at once in each tenth of a second until the horizon, at every standby', () => {
    const { lags } = play({ everyMs: 10, delayMs: 10, mode: 'on' });
    expect(lags.map(({ atMs }) => Math.floor(atMs / 100))).toEqual(
      Array.from({ length: 20 }, (_, index) => [index, index]).flat(),
    );
    expect(new Set(lags.map(({ atMs }) => atMs % 100)).size).toBe(20);
    expect(new Set(lags.map(({ replica }) => replica))).toEqual(new Set(['s-west', 's-north']));
  });

  it('waits for the log writer where commits do not wait for their flush', () => {
    const { lags } = play({ everyMs: 10, delayMs: 10, mode: 'off' });
    const steady = lags.filter(({ atMs }) => atMs > 1_000);
    expect(Math.min(...steady.map(({ bytes }) => bytes.replayed))).toBeLessThan(20 * 300);
    expect(Math.max(...steady.map(({ bytes }) => bytes.replayed))).toBeLessThanOrEqual(40 * 300);
  });
});

describe('commit modes in whole runs', () => {
  it('cost more the more they promise, whatever the distance', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 20 }), fc.nat(80), (everyMs, delayMs) => {
        const costs = commitModes.map((mode) => {
          const latencies = latenciesOf(play({ everyMs, delayMs, mode })).toSorted((a, b) => a - b);
          return latencies[latencies.length >> 1] ?? Number.NaN;
        });
        expect(costs).toEqual(costs.toSorted((a, b) => a - b));
        const [off = 0, local = 0, remoteWrite = 0] = costs;
        expect(off).toBeLessThan(local);
        expect(remoteWrite - local).toBeGreaterThanOrEqual(2 * delayMs);
      }),
      { numRuns: 20 },
    );
  });
});

// The log writer keeps its pace whenever its rounds began: one round every 200 ms, never two in one moment.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Simulation } from '../../../engine/index.ts';
import { logWriterRoundMs, Wal } from '../../../twin/model/wal.ts';

const horizonMs = 5_000;

/** Commits of these sizes at these times, none of which waits; the times at which their records were flushed. */
function flushTimes(
  commits: readonly { readonly atMs: number; readonly bytes: number }[],
  phaseMs: number,
): number[] {
  const simulation = new Simulation({ seed: 'test', limits: { pendingEvents: 10_000 } });
  const flushedMs = commits.map(() => Number.NaN);
  const wal = new Wal(simulation, {
    name: 'wal',
    bytesOf: (request) => commits[request]?.bytes ?? 0,
    flushMs: () => 0.1,
    phaseMs,
    segmentOffsetBytes: 0,
    onFlushed: (requests) => {
      for (const request of requests) flushedMs[request] = simulation.nowMs;
    },
  });
  const append = simulation.register((request) => wal.append(request), 'append');
  for (const [request, { atMs }] of commits.entries()) simulation.schedule(atMs, append, request);
  simulation.run(horizonMs);
  return flushedMs;
}

it('flushes every record within three rounds, whatever the phase of its writer', () => {
  const commit = fc.record({
    atMs: fc.double({ min: 0, max: horizonMs - 4 * logWriterRoundMs, noNaN: true }),
    bytes: fc.integer({ min: 100, max: 20_000 }),
  });
  fc.assert(
    fc.property(
      fc.array(commit, { minLength: 1, maxLength: 200 }),
      fc.double({ min: 0, max: logWriterRoundMs, noNaN: true }),
      (unsorted, phaseMs) => {
        const commits = unsorted.toSorted((a, b) => a.atMs - b.atMs);
        for (const [index, atMs] of flushTimes(commits, phaseMs).entries()) {
          const waitedMs = atMs - (commits[index]?.atMs ?? 0);
          expect(waitedMs).toBeGreaterThan(0);
          expect(waitedMs).toBeLessThanOrEqual(3 * logWriterRoundMs + 1);
        }
      },
    ),
    { numRuns: 300 },
  );
});

it('begins one round at a time, also where times cannot be told exactly', () => {
  const steady = Array.from({ length: 800 }, (_, index) => ({ atMs: index * 5.1, bytes: 900 }));
  fc.assert(
    fc.property(fc.double({ min: 0, max: logWriterRoundMs, noNaN: true }), (phaseMs) => {
      expect(flushTimes(steady, phaseMs).every((atMs) => atMs > 0)).toBe(true);
    }),
    { numRuns: 300 },
  );
});

it('cuts the record in two that crosses the end of the last whole page', () => {
  const simulation = new Simulation({ seed: 'test' });
  const looks: (readonly [flushed: number, whole: number])[] = [];
  const wal: Wal = new Wal(simulation, {
    name: 'wal',
    bytesOf: () => 3_000,
    flushMs: () => 0.1,
    phaseMs: 0,
    segmentOffsetBytes: 0,
    onFlushed: () => looks.push([wal.flushedBytes, wal.wholeBytes]),
  });
  for (let request = 0; request < 4; request++) wal.append(request);
  simulation.run(2 * logWriterRoundMs + 1);
  // One page of 8 KiB holds two records and most of a third; with no page filled since, the next round flushes everything.
  expect(looks).toEqual([
    [8_192, 6_000],
    [12_000, 12_000],
  ]);
});

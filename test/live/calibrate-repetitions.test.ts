// Which repetitions of a calibration count: played against a lab that is made up, so that the host's disturbance is
// whatever the test says.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { serviceLoad } from '../../live/calibrate/service-load.ts';
import { playRepetitions } from '../../live/calibrate/service-runs.ts';
import type { LabControl } from '../../live/lab/lab-control.ts';
import { writeSamples } from '../../live/load/samples-file.ts';
import { writeSummary } from '../../live/load/summary.ts';
import { emptySamples, outcomes } from '../../twin/samples.ts';
import { readTrace } from '../../twin/trace.ts';
import { noDistance, us } from './lab-fixture.ts';
import { loadFleet } from './load-fixture.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'premortem-test-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

/** Answers the n-th load's requests after n + 1 ms beyond what a job declares, with the n-th generator lag. */
function fakeLab(lagsMs: readonly number[]): { control: LabControl; played: () => number } {
  let played = 0;
  const startLoad = (config: object): Promise<object> => {
    const { outDirectory, traceFile } = config as { outDirectory: string; traceFile: string };
    const trace = readTrace(readFileSync(traceFile), traceFile);
    const samples = emptySamples(trace);
    for (let request = 0; request < trace.count; request++) {
      const isJob = trace.classes[trace.classOf[request] ?? 0] === 'job';
      const declaredMs = isJob ? (trace.size[request] ?? 0) : 0;
      samples.sentMs[request] = 0;
      samples.doneMs[request] = declaredMs + played + 1;
      samples.outcome[request] = outcomes.indexOf('acknowledged');
    }
    writeSamples(outDirectory, samples);
    writeSummary(outDirectory, {
      schema: 'premortem/load-summary/v1',
      run: 'fake',
      startedAtEpochMs: 0,
      endedMs: trace.horizonMs,
      ended: 'trace',
      primary: us,
      epoch: 1,
      requests: trace.count,
      offered: trace.count,
      sent: trace.count,
      done: trace.count,
      outcomes: { acknowledged: 0, refused: 0, 'in-doubt': 0, 'timed-out': 0, unfinished: 0 },
      errors: {},
      lostConnections: 0,
      generatorLagP99Ms: lagsMs[played] ?? 0,
      generatorLagMaxMs: 0,
      gcMaxMs: 0,
      gcTotalMs: 0,
      eventLoopMaxMs: 0,
      pools: [],
      cpu: null,
    });
    played++;
    return Promise.resolve({});
  };
  const loadStatus = (): Promise<object> => Promise.resolve({ running: false });
  const control = { startLoad, loadStatus } as unknown as LabControl;
  return { control, played: () => played };
}

async function play(lagsMs: readonly number[]): Promise<{ tookMs: number[]; played: number }> {
  const { control, played } = fakeLab(lagsMs);
  const repetitions = await playRepetitions({
    control,
    lab: { nodes: [] },
    standbys: 2,
    load: serviceLoad(loadFleet),
    distances: noDistance,
    shard: 'checkout-0',
    map: { primary: us, epoch: 1 },
    directory,
    repetitions: 2,
    horizonMs: 200,
    warmupMs: 0,
    onProgress: () => undefined,
  });
  const tookMs = repetitions.map(({ times }) => Math.round(times.overheadMs[0] ?? NaN));
  return { tookMs: tookMs.toSorted((a, b) => a - b), played: played() };
}

test('a repetition on a calm host is played once', async () => {
  expect(await play([4.9, 5])).toEqual({ tookMs: [1, 2], played: 2 });
});

test('a disturbed repetition is played again and does not count', async () => {
  expect(await play([1, 60, 2])).toEqual({ tookMs: [1, 3], played: 3 });
});

test('on a host that is never calm the calmest repetitions have to do', async () => {
  expect(await play([90, 20, 80, 70, 10])).toEqual({ tookMs: [2, 5], played: 5 });
});

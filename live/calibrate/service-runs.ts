// Plays the calibration's load on a running lab, with the same driver process as a real run, so that what client,
// proxy and loopback add is in the measured numbers as it will be in those that they are compared with.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { assert, UserError } from '../../engine/failure.ts';
import { gates } from '../../twin/gates.ts';
import { writeTrace, type Trace } from '../../twin/trace.ts';
import type { LabControl } from '../lab/lab-control.ts';
import type { ShardMapEntry } from '../load/config.ts';
import { readSamples } from '../load/samples-file.ts';
import { readSummary } from '../load/summary.ts';
import { serviceTimes, serviceTrace, type ServiceLoad, type ServiceTimes } from './service-load.ts';

const startInMs = 200;
const pollEveryMs = 100;
const endLimitMs = 20_000;
const spareRepetitions = 3;

const lagLimitMs = lagLimit();

export interface ServiceRuns {
  readonly control: LabControl;
  readonly load: ServiceLoad;
  readonly shard: string;
  /** Who leads now. */
  readonly map: ShardMapEntry;
  /** Traces and samples are left here. */
  readonly directory: string;
  readonly repetitions: number;
  readonly horizonMs: number;
  /** Requests due before are played and not counted. */
  readonly warmupMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress: (text: string) => void;
}

/** A repetition, its load, and how late its generator was: the gate by which a measurement is called disturbed. */
export interface Played {
  readonly times: ServiceTimes;
  readonly requestsPerSec: number;
  readonly lagMs: number;
}

/**
 * Service times of as many repetitions as asked for. One that the host disturbed, by the same gate as a measurement, is
 * played again, at most three in all; after that the calmest ones have to do. What is selected by is the generator's
 * own lateness, never a service time.
 */
export async function playRepetitions(runs: ServiceRuns): Promise<readonly Played[]> {
  const played: Played[] = [];
  const calm = (): number => played.filter(({ lagMs }) => lagMs <= lagLimitMs).length;
  while (calm() < runs.repetitions && played.length < runs.repetitions + spareRepetitions) {
    runs.signal?.throwIfAborted();
    runs.onProgress(`service times, repetition ${calm() + 1} of ${runs.repetitions}`);
    played.push(await playOnce(runs, played.length));
  }
  return played.toSorted((a, b) => a.lagMs - b.lagMs).slice(0, runs.repetitions);
}

async function playOnce(runs: ServiceRuns, repetition: number): Promise<Played> {
  const trace = serviceTrace(runs.load, repetition, runs.horizonMs);
  const outDirectory = join(runs.directory, `repetition-${repetition}`);
  const traceFile = join(outDirectory, 'trace.bin');
  await mkdir(outDirectory, { recursive: true });
  await writeFile(traceFile, writeTrace(trace));
  await runs.control.startLoad(driverConfig(runs, { repetition, outDirectory, traceFile }));
  await awaitEnd(runs, trace);
  const { generatorLagP99Ms: lagMs } = readSummary(outDirectory);
  if (lagMs > lagLimitMs) runs.onProgress(`disturbed: generator lag p99 ${lagMs.toFixed(1)} ms`);
  const samples = readSamples(outDirectory, trace);
  const times = serviceTimes(runs.load, trace, { samples, warmupMs: runs.warmupMs });
  return { times, requestsPerSec: trace.count / (trace.horizonMs / 1_000), lagMs };
}

/** The lab adds its database, user, routes and control socket. */
function driverConfig(
  { load, shard, map }: ServiceRuns,
  files: { repetition: number; outDirectory: string; traceFile: string },
): object {
  const { fleet, classes } = load;
  return {
    schema: 'premortem/load/v1',
    run: `calibration-${files.repetition}`,
    traceFile: files.traceFile,
    outDirectory: files.outDirectory,
    startInMs,
    shard,
    map,
    pool: { size: fleet.pool.size, timeoutMs: fleet.pool.timeoutMs },
    classes,
    tenants: fleet.tenants.map(({ id, home }) => ({ id, home })),
    // Rows of earlier calibrations stay in the table; a clock keeps their keys apart.
    keyBase: Date.now() * 1000,
  };
}

/** Waits without asking while the trace plays, since every question disturbs what is measured. */
async function awaitEnd({ control, signal }: ServiceRuns, { horizonMs }: Trace): Promise<void> {
  try {
    await sleep(startInMs + horizonMs, undefined, { signal });
    const deadlineMs = performance.now() + endLimitMs;
    while ((await control.loadStatus()).running) {
      if (performance.now() > deadlineMs) {
        throw new UserError('environment', {
          message: `the load of a calibration did not end within ${endLimitMs} ms`,
          remedy: 'look at `premortem lab status`',
        });
      }
      await sleep(pollEveryMs, undefined, { signal });
    }
  } catch (error) {
    await control.stopLoad();
    throw error;
  }
}

function lagLimit(): number {
  const gate = gates.find(({ condition }) => condition === 'generatorLagP99Ms');
  assert(gate !== undefined, 'a gate limits the lag of the generator');
  return gate.limit;
}

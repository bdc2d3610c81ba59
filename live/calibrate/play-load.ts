// Plays one load of a calibration on a running lab, with the same driver process as a real run, so that what client,
// proxy and loopback add is in the measured numbers as it will be in those that they are compared with.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../../engine/failure.ts';
import type { Fleet } from '../../twin/estate/estate.ts';
import type { LagSample } from '../../twin/lag.ts';
import type { Samples } from '../../twin/samples.ts';
import { writeTrace, type Trace } from '../../twin/trace.ts';
import type { LabControl } from '../lab/lab-control.ts';
import type { LoadClass, ShardMapEntry } from '../load/config.ts';
import { readLags } from '../load/lag-file.ts';
import { readSamples } from '../load/samples-file.ts';
import { readSummary, type LoadSummary } from '../load/summary.ts';

const startInMs = 200;
const pollEveryMs = 100;
const endLimitMs = 20_000;

/** Where loads are played. */
export interface LoadPlace {
  readonly control: LabControl;
  readonly shard: string;
  /** Who leads now. */
  readonly map: ShardMapEntry;
  /** Traces and samples are left here. */
  readonly directory: string;
  readonly signal?: AbortSignal | undefined;
}

/** A load: tenants and pool of its fleet, its classes with their commit modes, its requests. `name` is unique in its place. */
export interface CalibrationLoad {
  readonly name: string;
  readonly fleet: Pick<Fleet, 'tenants' | 'pool'>;
  readonly classes: readonly LoadClass[];
  readonly trace: Trace;
}

/** Plays a load to its end. Throws a UserError when it does not come to one. */
export async function playLoad(
  place: LoadPlace,
  load: CalibrationLoad,
): Promise<{ samples: Samples; summary: LoadSummary; lags: readonly LagSample[] }> {
  const outDirectory = join(place.directory, load.name);
  const traceFile = join(outDirectory, 'trace.bin');
  await mkdir(outDirectory, { recursive: true });
  await writeFile(traceFile, writeTrace(load.trace));
  await place.control.startLoad(driverConfig(place, load, { outDirectory, traceFile }));
  await awaitEnd(place, load.trace);
  const summary = readSummary(outDirectory);
  return {
    samples: readSamples(outDirectory, load.trace),
    summary,
    lags: readLags(outDirectory, summary.startedAtEpochMs),
  };
}

/** The lab adds its database, user, routes and control socket. */
function driverConfig(
  { shard, map }: LoadPlace,
  { name, fleet, classes }: CalibrationLoad,
  files: { outDirectory: string; traceFile: string },
): object {
  return {
    schema: 'premortem/load/v1',
    run: `calibration-${name}`,
    ...files,
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
async function awaitEnd({ control, signal }: LoadPlace, { horizonMs }: Trace): Promise<void> {
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

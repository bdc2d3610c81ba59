// The driver's closing statement: when the load began, what it counted, and what its own process did to the
// measurement. Written last, so a run with a summary has complete samples, too.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../../engine/failure.ts';
import { outcomes } from '../../twin/samples.ts';

const occupancySchema = z.strictObject({
  region: z.string(),
  class: z.string(),
  /** Connections in use and requests waiting: mean over the run's time, and maximum. */
  busyMean: z.number(),
  busyMax: z.number(),
  queuedMean: z.number(),
  queuedMax: z.number(),
});

/** Processor time of the servers' backends: by class until the end, by node as a running total. */
const processorTimeSchema = z.strictObject({
  byClass: z.array(
    z.strictObject({ class: z.string(), operations: z.int().nonnegative(), cpuMs: z.number() }),
  ),
  byNode: z.array(
    z.strictObject({ node: z.string(), atMs: z.array(z.number()), busyMs: z.array(z.number()) }),
  ),
});

const loadSummarySchema = z.strictObject({
  schema: z.literal('premortem/load-summary/v1'),
  run: z.string(),
  /** Wall-clock time, in ms since 1970, of time 0 of the trace. */
  startedAtEpochMs: z.number(),
  /** When the driver stopped, in run time. */
  endedMs: z.number(),
  /** `trace`: every request's fate is known; `limit`: some did not end in time; `stopped`: it was asked to stop. */
  ended: z.enum(['trace', 'limit', 'stopped']),
  primary: z.string(),
  epoch: z.int().nonnegative(),
  requests: z.int().nonnegative(),
  offered: z.int().nonnegative(),
  sent: z.int().nonnegative(),
  done: z.int().nonnegative(),
  outcomes: z.record(z.enum(outcomes), z.int().nonnegative()),
  errors: z.record(z.string(), z.int().positive()),
  lostConnections: z.int().nonnegative(),
  generatorLagP99Ms: z.number(),
  generatorLagMaxMs: z.number(),
  gcMaxMs: z.number(),
  gcTotalMs: z.number(),
  eventLoopMaxMs: z.number(),
  pools: z.array(occupancySchema),
  cpu: processorTimeSchema.nullable(),
});
export type LoadSummary = z.infer<typeof loadSummarySchema>;

/** Name of the file in a run's directory. */
function summaryFile(outDirectory: string): string {
  return join(outDirectory, 'driver.json');
}

/** Writes the summary in one go: a reader sees all of it or nothing. */
export function writeSummary(outDirectory: string, summary: LoadSummary): void {
  const file = summaryFile(outDirectory);
  writeFileSync(`${file}.part`, `${JSON.stringify(summary, null, 2)}\n`);
  renameSync(`${file}.part`, file);
}

/** Reads the summary of a run that has ended. A UserError tells when there is none. */
export function readSummary(outDirectory: string): LoadSummary {
  const file = summaryFile(outDirectory);
  try {
    return loadSummarySchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new UserError(missing ? 'missing' : 'state', {
      message: missing ? 'the load driver did not reach the end of its run' : 'not a load summary',
      place: { file },
      remedy: 'make a new plan and execute that',
    });
  }
}

// The driver's answer to "what became of every request": one JSON line per request of the trace, in its order. Written
// once at the end of a run, read by whoever turns samples into a measurement.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../../engine/failure.ts';
import { emptySamples, outcomes, type Samples } from '../../twin/samples.ts';
import type { Trace } from '../../twin/trace.ts';

const lineSchema = z.strictObject({
  request: z.int().nonnegative(),
  intendedMs: z.number(),
  sentMs: z.number().nullable(),
  doneMs: z.number().nullable(),
  outcome: z.enum(outcomes),
});

/** Name of the file in a run's directory. */
function samplesFile(outDirectory: string): string {
  return join(outDirectory, 'samples.ndjson');
}

/** Writes samples; times that never happened (NaN) become null. */
export function writeSamples(outDirectory: string, samples: Samples): void {
  const lines = Array.from(samples.intendedMs, (intendedMs, request) =>
    JSON.stringify({
      request,
      intendedMs,
      sentMs: nullIfNever(samples.sentMs[request]),
      doneMs: nullIfNever(samples.doneMs[request]),
      outcome: outcomes[samples.outcome[request] ?? 0],
    }),
  );
  writeFileSync(samplesFile(outDirectory), lines.map((line) => `${line}\n`).join(''));
}

/** Reads what a run of this trace wrote. A missing, damaged or foreign file is a UserError. */
export function readSamples(outDirectory: string, trace: Trace): Samples {
  const file = samplesFile(outDirectory);
  const lines = readLines(file);
  if (lines.length !== trace.count) {
    throw notOfTrace(file, lines.length, `${lines.length} lines for ${trace.count} requests`);
  }
  const samples = emptySamples(trace);
  for (const [request, text] of lines.entries()) {
    const line = parseLine(text);
    if (line === null) throw notOfTrace(file, request + 1, 'not a sample');
    if (line.request !== request || line.intendedMs !== trace.atMs[request]) {
      throw notOfTrace(file, request + 1, 'a sample of another trace');
    }
    samples.sentMs[request] = line.sentMs ?? NaN;
    samples.doneMs[request] = line.doneMs ?? NaN;
    samples.outcome[request] = outcomes.indexOf(line.outcome);
  }
  return samples;
}

function readLines(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8').split('\n').slice(0, -1);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new UserError('missing', {
      message: 'no samples: the load driver did not reach the end of its run',
      place: { file },
      remedy: 'make a new plan and execute that',
    });
  }
}

function parseLine(text: string): z.infer<typeof lineSchema> | null {
  try {
    return lineSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

function notOfTrace(file: string, line: number, message: string): UserError {
  return new UserError('state', { message, place: { file, line } });
}

function nullIfNever(timeMs: number | undefined): number | null {
  return timeMs === undefined || Number.isNaN(timeMs) ? null : timeMs;
}

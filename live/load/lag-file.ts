// What was seen of the standbys during a run: one JSON line per look at one standby, in the order of time. Written while
// the run plays, read by whoever makes a measurement of it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../../engine/failure.ts';
import type { LagSample } from '../../twin/lag.ts';

const bytes = z.number().nonnegative();
const ms = z.number().nonnegative().nullable();

/** A look in wall-clock time: it may be taken before the run's time 0 is known. */
const lineSchema = z.strictObject({
  atEpochMs: z.number(),
  replica: z.string(),
  bytes: z.strictObject({ written: bytes, flushed: bytes, replayed: bytes }),
  ms: z.strictObject({ written: ms, flushed: ms, replayed: ms }),
});
export type LagLine = z.infer<typeof lineSchema>;

/** Name of the file in a run's directory. */
export function lagFile(outDirectory: string): string {
  return join(outDirectory, 'lags.ndjson');
}

/**
 * The looks of a run, in its own time. None where nobody looked. A torn last line, left by a killed driver, is skipped; any
 * other damage is a UserError.
 */
export function readLags(outDirectory: string, startedAtEpochMs: number): readonly LagSample[] {
  const file = lagFile(outDirectory);
  const lines = readLines(file);
  return lines.flatMap((text, index): LagSample[] => {
    const line = parseLine(text);
    if (line !== null) {
      const { atEpochMs, ...seen } = line;
      return [{ ...seen, atMs: atEpochMs - startedAtEpochMs }];
    }
    if (index === lines.length - 1) return [];
    throw new UserError('state', {
      message: 'not a look at a standby',
      place: { file, line: index + 1 },
    });
  });
}

function readLines(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function parseLine(text: string): LagLine | null {
  try {
    return lineSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

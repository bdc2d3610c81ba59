// What one flush of the write-ahead log costs on this disk: an 8 KiB page is overwritten and flushed, as Postgres does it
// in a segment that is allocated beforehand. At the pace of a light load, because a disk and a processor that are kept
// busy answer faster than they will in a run.
import { open, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const pageBytes = 8192;
const pages = 512;
const pauseMs = 5;

export interface FlushProbe {
  /** On the disk that is asked about. */
  readonly directory: string;
  readonly repetitions: number;
  readonly flushes: number;
  readonly signal?: AbortSignal | undefined;
}

/** Durations of single flushes in milliseconds, by repetition. The probe's file is removed whatever happens. */
export async function probeFlush(probe: FlushProbe): Promise<readonly (readonly number[])[]> {
  const path = join(probe.directory, `flush-probe-${process.pid}`);
  const file = await open(path, 'w');
  try {
    await file.write(Buffer.alloc(pageBytes * pages, 1));
    await file.sync();
    const repetitions: number[][] = [];
    for (let repetition = 0; repetition < probe.repetitions; repetition++) {
      repetitions.push(await flushRepeatedly(file, probe));
    }
    return repetitions;
  } finally {
    await file.close();
    await rm(path, { force: true });
  }
}

async function flushRepeatedly(
  file: FileHandle,
  { flushes, signal }: FlushProbe,
): Promise<number[]> {
  const page = Buffer.alloc(pageBytes, 2);
  const durationsMs: number[] = [];
  for (let flush = 0; flush < flushes; flush++) {
    signal?.throwIfAborted();
    await file.write(page, 0, pageBytes, (flush % pages) * pageBytes);
    const startMs = performance.now();
    await file.datasync();
    durationsMs.push(performance.now() - startMs);
    await sleep(pauseMs);
  }
  return durationsMs;
}

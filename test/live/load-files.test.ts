import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { DatabaseError } from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { UserError } from '../../engine/failure.ts';
import { checkWrites } from '../../live/load/check-writes.ts';
import { parseLoadConfig } from '../../live/load/config.ts';
import { readSamples, writeSamples } from '../../live/load/samples-file.ts';
import { isReservation, outcomeOfError, statementOf } from '../../live/load/statements.ts';
import { readSummary } from '../../live/load/summary.ts';
import { readWriteLog, WriteLog } from '../../live/load/write-log.ts';
import { emptySamples, outcomes } from '../../twin/samples.ts';
import { makeTrace, type Trace } from '../../twin/trace.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'premortem-test-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

function traceOf(atMs: readonly number[]): Trace {
  return makeTrace(
    { seed: 's', horizonMs: 1000, classes: ['job'], tenants: ['acme'] },
    {
      atMs: Float64Array.from(atMs).toSorted(),
      classOf: new Uint16Array(atMs.length),
      tenantOf: new Uint32Array(atMs.length),
      size: new Float64Array(atMs.length).fill(5),
    },
  );
}

describe('the samples of a run', () => {
  const time = fc.oneof(fc.constant(NaN), fc.double({ min: 0, max: 1e6, noNaN: true }));
  const row = fc.tuple(
    fc.double({ min: 0, max: 1000, noNaN: true }),
    time,
    time,
    fc.nat(outcomes.length - 1),
  );

  test('are read as they were written', () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 30 }), (rows) => {
        const trace = traceOf(rows.map(([atMs]) => atMs));
        const samples = emptySamples(trace);
        for (const [request, [, sentMs, doneMs, outcome]] of rows.entries()) {
          samples.sentMs[request] = sentMs;
          samples.doneMs[request] = doneMs;
          samples.outcome[request] = outcome;
        }
        writeSamples(directory, samples);
        expect(readSamples(directory, trace)).toEqual(samples);
      }),
      { numRuns: 50 },
    );
  });

  test('are refused for another trace, when a line is missing, or when one was edited', () => {
    const trace = traceOf([1, 2, 3]);
    writeSamples(directory, emptySamples(trace));
    expect(() => readSamples(directory, traceOf([1, 2, 4]))).toThrow(
      '3: a sample of another trace',
    );
    expect(() => readSamples(directory, traceOf([1, 2]))).toThrow('3 lines for 2 requests');
    const file = join(directory, 'samples.ndjson');
    writeFileSync(file, readFileSync(file, 'utf8').replace('"unfinished"', '"fine"'));
    expect(() => readSamples(directory, trace)).toThrow('samples.ndjson:1: not a sample');
  });

  test('and the summary are missing with a remedy when the driver did not reach its end', () => {
    expect(() => readSamples(directory, traceOf([1]))).toThrow('make a new plan');
    expect(() => readSummary(directory)).toThrow('make a new plan');
  });
});

describe('the write log', () => {
  test('keeps every line, and forgives only a torn last one', async () => {
    const log = await WriteLog.open(directory);
    log.append(1, 'acknowledged');
    log.append(2, 'in-doubt');
    await log.close();
    const file = join(directory, 'acknowledged.ndjson');
    const both = [
      { key: 1, outcome: 'acknowledged' },
      { key: 2, outcome: 'in-doubt' },
    ];
    expect(await readWriteLog(directory)).toEqual(both);
    appendFileSync(file, '{"key":3,"outco');
    expect(await readWriteLog(directory)).toEqual(both);
    appendFileSync(file, '\n{"key":4,"outcome":"refused"}\n');
    await expect(readWriteLog(directory)).rejects.toThrow('acknowledged.ndjson:3: not a line');
  });

  test('goes on where an earlier driver of the run stopped', async () => {
    for (const key of [1, 2]) {
      const log = await WriteLog.open(directory);
      log.append(key, 'acknowledged');
      await log.close();
    }
    expect((await readWriteLog(directory)).map(({ key }) => key)).toEqual([1, 2]);
  });

  test('finds lost, doubled, doubtful and refused writes, within the run’s keys only', async () => {
    const log = await WriteLog.open(directory);
    for (const key of [10, 11, 12, 99]) log.append(key, 'acknowledged');
    for (const key of [13, 14]) log.append(key, 'in-doubt');
    for (const key of [15, 16]) log.append(key, 'refused');
    await log.close();
    const rows = new Map([
      [10, 1],
      [12, 3],
      [14, 1],
      [16, 1],
    ]).entries();
    const client = {
      query: () =>
        Promise.resolve({ rows: Array.from(rows, ([key, count]) => ({ key: `${key}`, count })) }),
    } as unknown as Parameters<typeof checkWrites>[0];
    expect(await checkWrites(client, directory, { from: 10, to: 20 })).toEqual({
      acknowledged: 3,
      present: 4,
      lost: 1,
      duplicates: 2,
      inDoubtPresent: 1,
      refusedPresent: 1,
    });
  });
});

describe('the fate of a request that ended with an error', () => {
  function databaseError(severity: string, code: string): DatabaseError {
    const error = new DatabaseError('no', 2, 'error');
    return Object.assign(error, { severity, code });
  }

  test('a write is refused only when the server surely did not commit it', () => {
    expect(outcomeOfError('write', databaseError('ERROR', '23505'))).toBe('refused');
    expect(outcomeOfError('write', databaseError('ERROR', '25006'))).toBe('refused');
    expect(outcomeOfError('write', databaseError('ERROR', '40003'))).toBe('in-doubt');
    expect(outcomeOfError('write', databaseError('FATAL', '57P01'))).toBe('in-doubt');
    expect(outcomeOfError('write', new Error('Connection terminated'))).toBe('in-doubt');
  });

  test('a job has nothing to doubt', () => {
    expect(outcomeOfError('job', databaseError('FATAL', '57P01'))).toBe('refused');
    expect(outcomeOfError('job', new Error('Connection terminated'))).toBe('refused');
  });

  test('a success with a warning is a reservation, a notice is none', () => {
    expect(isReservation({ severity: 'WARNING' })).toBe(true);
    expect(isReservation({ severity: 'NOTICE' })).toBe(false);
  });
});

describe('the configuration of a driver', () => {
  const config = {
    schema: 'premortem/load/v1',
    run: 'r',
    traceFile: 't',
    outDirectory: 'o',
    controlSocket: 'c',
    startInMs: 0,
    shard: 's',
    map: { primary: 'a', epoch: 1 },
    pool: { size: 1, timeoutMs: 1 },
    classes: [{ id: 'job', kind: 'job' }],
    tenants: [{ id: 'acme', home: 'us' }],
    routes: [{ from: 'us', to: 'a', host: 'h', port: 1 }],
    database: 'd',
    keyBase: 0,
  };

  test('is complete without a user', () => {
    expect(parseLoadConfig(config, 'f').user).toBe('postgres');
  });

  test('names every mistake with its place', () => {
    const wrong = { ...config, pool: { size: 0, timeoutMs: 1 }, keyBase: 0.5 };
    const mistakes = (): unknown => parseLoadConfig(wrong, 'load.json');
    expect(mistakes).toThrow(UserError);
    expect(mistakes).toThrow(/load.json pool.size: .*\nload.json keyBase: /s);
  });

  test('needs a route from every client region to every node', () => {
    const map = { primary: 'b', epoch: 1 };
    expect(() => parseLoadConfig({ ...config, map }, 'f')).toThrow(
      'no route from region us to node b',
    );
  });
});

describe('a job', () => {
  test('waits for as many milliseconds as it says, whenever it is asked to', () => {
    // What pg_sleep does: the end as a floating-point number of seconds since 2000, then the rest in whole milliseconds.
    const waitedMs = (seconds: number, nowMicros: number): number => {
      const until = nowMicros / 1e6 + seconds;
      return Math.ceil((until - nowMicros / 1e6) * 1000);
    };
    const micros = fc.integer({ min: 7e14, max: 1.2e15 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60_000 }), micros, (size, nowMicros) => {
        const { values } = statementOf('job', { request: 0, key: 0, tenant: 'acme', size });
        expect(waitedMs(Number(values?.[0]), nowMicros)).toBe(size);
      }),
    );
    // Asked for exactly that long, it would not.
    expect(waitedMs(0.023, 8.5e14)).toBe(24);
  });
});

// The thread that looks at replication: asks whoever leads what its standbys have confirmed, ten times a second, and writes
// down what it sees. A node that does not lead, or does not answer, is asked again after a while, so that a new primary is
// found without being told.
import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { Client } from 'pg';
import { lagSampleEveryMs } from '../../twin/lag.ts';
import type { LoadConfig } from './config.ts';
import type { LagLine } from './lag-file.ts';

export interface LagThreadData {
  readonly observed: LoadConfig['observed'];
  readonly database: string;
  readonly user: string;
  readonly file: string;
}

/** A node without standbys: it does not lead, or not yet. */
const idleLookEveryMs = 400;
const connectLimitMs = 1_000;
const answerLimitMs = 1_000;
const writeEveryMs = 500;

/** Positions of standbys that catch up jump; only those that stream are behind by something that means anything. */
const lagQuery = `select application_name as replica,
    greatest(0, pg_current_wal_flush_lsn() - write_lsn)::float8 as written_bytes,
    greatest(0, pg_current_wal_flush_lsn() - flush_lsn)::float8 as flushed_bytes,
    greatest(0, pg_current_wal_flush_lsn() - replay_lsn)::float8 as replayed_bytes,
    1000 * extract(epoch from write_lag)::float8 as written_ms,
    1000 * extract(epoch from flush_lag)::float8 as flushed_ms,
    1000 * extract(epoch from replay_lag)::float8 as replayed_ms
  from pg_stat_replication where state = 'streaming'`;

interface LagRow {
  readonly replica: string;
  readonly written_bytes: number | null;
  readonly flushed_bytes: number | null;
  readonly replayed_bytes: number | null;
  readonly written_ms: number | null;
  readonly flushed_ms: number | null;
  readonly replayed_ms: number | null;
}

const data = workerData as LagThreadData;
const nodes = new Set(data.observed.map(({ node }) => node));
const end = new AbortController();
let pending = '';

function write(): void {
  if (pending === '') return;
  appendFileSync(data.file, pending);
  pending = '';
}

/** Looks at one node until the end; loses its connection as often as it must. */
async function watchNode(node: LagThreadData['observed'][number]): Promise<void> {
  while (!end.signal.aborted) {
    const client = new Client({
      host: node.host,
      port: node.port,
      database: data.database,
      user: data.user,
      application_name: 'premortem-lag',
      connectionTimeoutMillis: connectLimitMs,
      query_timeout: answerLimitMs,
    });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await lookOn(client);
    } catch {
      // Down, starting, or cut off: asked again, as long as the run lasts.
    } finally {
      await client.end().catch(() => undefined);
    }
    await pause(idleLookEveryMs);
  }
}

/** At a steady pace while there is something to see; rejects when the node does not answer. */
async function lookOn(client: Client): Promise<void> {
  let dueMs = performance.now();
  while (!end.signal.aborted) {
    const { rows } = await client.query<LagRow>({ name: 'premortem-lag', text: lagQuery });
    const atEpochMs = performance.timeOrigin + performance.now();
    // A subscription streams, too, but is no standby.
    for (const row of rows) if (nodes.has(row.replica)) note(row, atEpochMs);
    dueMs = Math.max(
      performance.now(),
      dueMs + (rows.length > 0 ? lagSampleEveryMs : idleLookEveryMs),
    );
    await pause(dueMs - performance.now());
  }
}

function note(row: LagRow, atEpochMs: number): void {
  const line: LagLine = {
    atEpochMs,
    replica: row.replica,
    bytes: {
      written: row.written_bytes ?? 0,
      flushed: row.flushed_bytes ?? 0,
      replayed: row.replayed_bytes ?? 0,
    },
    ms: { written: row.written_ms, flushed: row.flushed_ms, replayed: row.replayed_ms },
  };
  pending += `${JSON.stringify(line)}\n`;
}

async function pause(ms: number): Promise<void> {
  await sleep(ms, undefined, { signal: end.signal }).catch(() => undefined);
}

parentPort?.once('message', () => end.abort());
const writing = setInterval(write, writeEveryMs);
await Promise.all(data.observed.map(watchNode));
clearInterval(writing);
write();
parentPort?.close();

// What the write-ahead log of a real shard tells: how many bytes a small insert makes, told by differences of positions, and
// how fast a standby replays what piled up while its replay was paused. Inserts are those of a load, as transactions of
// their own, but made within the server and into a table of their own, which is dropped afterwards.
import type { Client } from 'pg';
import { assert } from '../../engine/failure.ts';
import { isInRecovery, waitFlushed } from '../bridge/postgres-verbs.ts';
import { statementOf } from '../load/statements.ts';

const backlogLimitMs = 30_000;

/** Inserts that are not counted: they make the first pages of the table and of its index. */
const warmInserts = 200;

export interface InsertProbe {
  /** A connection to the primary, as its administrator. */
  readonly primary: Client;
  readonly sizeBytes: number;
  readonly inserts: number;
}

/** Bytes of log per insert of one row of this size. */
export async function probeInsertBytes(probe: InsertProbe): Promise<number> {
  const { primary, sizeBytes, inserts } = probe;
  return inOwnTable(primary, async () => {
    await insert(primary, { keyBase: 0, inserts: warmInserts, sizeBytes });
    const from = await insertPosition(primary);
    await insert(primary, { keyBase: warmInserts, inserts, sizeBytes });
    return ((await insertPosition(primary)) - from) / inserts;
  });
}

export interface ReplayProbe extends InsertProbe {
  /** A connection to the standby that replays. */
  readonly standby: Client;
}

/**
 * Bytes per second that a standby replays of a backlog of small commits. Its replay goes on, whatever happens. Throws when
 * the backlog does not arrive or is not replayed in time.
 */
export async function probeReplayRate(probe: ReplayProbe): Promise<number> {
  const { primary, standby, sizeBytes, inserts } = probe;
  await standby.query('select pg_wal_replay_pause()');
  try {
    await untilPaused(standby);
    await inOwnTable(primary, () => insert(primary, { keyBase: 0, inserts, sizeBytes }));
    await waitFlushed(primary, standby, backlogLimitMs);
    const [from, to] = await replayedAndReceived(standby);
    const beganMs = performance.now();
    await standby.query('select pg_wal_replay_resume()');
    for (;;) {
      const [replayed] = await replayedAndReceived(standby);
      const tookMs = performance.now() - beganMs;
      if (replayed >= to) return ((to - from) / tookMs) * 1_000;
      assert(tookMs < backlogLimitMs, `a backlog of ${to - from} bytes is replayed in time`);
    }
  } finally {
    if (await isInRecovery(standby)) await standby.query('select pg_wal_replay_resume()');
  }
}

/**
 * Bytes per second that a standby receives and flushes of what comes at once: the empty rest of a segment, after the log
 * was switched to the next. Throws when it does not arrive in time.
 */
export async function probeReceiveRate({
  primary,
  standby,
}: Pick<ReplayProbe, 'primary' | 'standby'>): Promise<number> {
  await primary.query('select pg_switch_wal()');
  // A segment that nothing was written to is not switched again.
  await primary.query(`select pg_logical_emit_message(false, 'premortem', 'x')`);
  await waitFlushed(primary, standby, backlogLimitMs);
  const from = await insertPosition(primary);
  const beganMs = performance.now();
  await primary.query('select pg_switch_wal()');
  await waitFlushed(primary, standby, backlogLimitMs);
  const tookMs = performance.now() - beganMs;
  return (((await insertPosition(primary)) - from) / tookMs) * 1_000;
}

/** With a table like that of a load; commits within do not wait, the removal of the table does. */
async function inOwnTable<T>(primary: Client, work: () => Promise<T>): Promise<T> {
  await primary.query('drop table if exists calibration_orders');
  await primary.query('create table calibration_orders (like orders including indexes)');
  await primary.query('set synchronous_commit = off');
  try {
    return await work();
  } finally {
    await primary.query('set synchronous_commit = local');
    await primary.query('drop table calibration_orders');
  }
}

async function insert(
  primary: Client,
  rows: { readonly keyBase: number; readonly inserts: number; readonly sizeBytes: number },
): Promise<void> {
  const [keyBase, inserts] = [Math.round(rows.keyBase), Math.round(rows.inserts)];
  await primary.query(`do $$
  declare body text := '${bodyOf(rows.sizeBytes)}';
  begin
    for one in 1..${inserts} loop
      insert into calibration_orders (key, tenant, body, written_at)
        values (${keyBase} + one, 'calibration', body, now());
      commit;
    end loop;
  end $$`);
}

/** The text that a load writes: letters and digits, which do not compress. */
function bodyOf(sizeBytes: number): string {
  const { values } = statementOf('write', { request: 0, key: 0, tenant: '', size: sizeBytes });
  return String(values?.[2] ?? '');
}

async function untilPaused(standby: Client): Promise<void> {
  const deadlineMs = performance.now() + backlogLimitMs;
  for (;;) {
    const { rows } = await standby.query<{ state: string }>(
      'select pg_get_wal_replay_pause_state() as state',
    );
    if (rows[0]?.state === 'paused') return;
    assert(performance.now() < deadlineMs, 'a replay can be paused');
  }
}

async function insertPosition(primary: Client): Promise<number> {
  const { rows } = await primary.query<{ bytes: number }>(
    `select (pg_current_wal_insert_lsn() - '0/0')::float8 as bytes`,
  );
  return rows[0]?.bytes ?? 0;
}

async function replayedAndReceived(standby: Client): Promise<readonly [number, number]> {
  const { rows } = await standby.query<{ replayed: number; received: number }>(
    `select (pg_last_wal_replay_lsn() - '0/0')::float8 as replayed,
        (pg_last_wal_receive_lsn() - '0/0')::float8 as received`,
  );
  return [rows[0]?.replayed ?? 0, rows[0]?.received ?? 0];
}

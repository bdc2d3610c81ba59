// Where a Postgres server keeps the statistics that calibration can use, by major version: views and columns moved
// between 15 and 18. One table of names, and the questions made of it; asking them is live's business.

/** Names of counters in one view; `where` picks the rows that are summed. */
interface FlushLayout {
  readonly view: 'pg_stat_wal' | 'pg_stat_io';
  readonly count: string;
  readonly timeMs: string;
  readonly where: string | null;
}

interface CheckpointLayout {
  readonly view: 'pg_stat_bgwriter' | 'pg_stat_checkpointer';
  readonly timed: string;
  readonly requested: string;
  readonly writeMs: string;
  readonly syncMs: string;
}

/** What one major version calls things. `blockReads`: whether reads of blocks are counted with their times. */
export interface StatisticsLayout {
  readonly flushes: FlushLayout;
  readonly checkpoints: CheckpointLayout;
  readonly blockReads: boolean;
}

const walFlushes: FlushLayout = {
  view: 'pg_stat_wal',
  count: 'wal_sync',
  timeMs: 'wal_sync_time',
  where: null,
};

/** From 18 on the log's own reads and writes are rows of pg_stat_io, and pg_stat_wal counts only what was generated. */
const ioFlushes: FlushLayout = {
  view: 'pg_stat_io',
  count: 'fsyncs',
  timeMs: 'fsync_time',
  where: "object = 'wal'",
};

const writerCheckpoints: CheckpointLayout = {
  view: 'pg_stat_bgwriter',
  timed: 'checkpoints_timed',
  requested: 'checkpoints_req',
  writeMs: 'checkpoint_write_time',
  syncMs: 'checkpoint_sync_time',
};

/** From 17 on. */
const ownCheckpoints: CheckpointLayout = {
  view: 'pg_stat_checkpointer',
  timed: 'num_timed',
  requested: 'num_requested',
  writeMs: 'write_time',
  syncMs: 'sync_time',
};

const layouts: Readonly<Record<number, StatisticsLayout>> = {
  15: { flushes: walFlushes, checkpoints: writerCheckpoints, blockReads: false },
  16: { flushes: walFlushes, checkpoints: writerCheckpoints, blockReads: true },
  17: { flushes: walFlushes, checkpoints: ownCheckpoints, blockReads: true },
  18: { flushes: ioFlushes, checkpoints: ownCheckpoints, blockReads: true },
};

/** Major versions whose statistics can be read. */
export const readableVersions: readonly number[] = Object.keys(layouts).map(Number);

/** The layout of a major version, or null for one that nobody has looked at. */
export function layoutOf(majorVersion: number): StatisticsLayout | null {
  return layouts[majorVersion] ?? null;
}

/** Word in every question of ours, so that they can be told from the server's own work. */
export const ownMark = 'premortem_statistics';

/** Of the whole server: flushes of the log, log generated, checkpoints, transactions of this database, block reads. */
export function serverQuestion({ flushes, checkpoints, blockReads }: StatisticsLayout): string {
  const where = flushes.where === null ? '' : ` where ${flushes.where}`;
  const reads = blockReads
    ? `(select coalesce(sum(reads), 0)::float8 from pg_stat_io where object = 'relation' and backend_type = 'client backend') as block_reads,
  (select coalesce(sum(read_time), 0)::float8 from pg_stat_io where object = 'relation' and backend_type = 'client backend') as block_read_ms`
    : 'null::float8 as block_reads, null::float8 as block_read_ms';
  return `select
  extract(epoch from clock_timestamp())::float8 * 1000 as at_ms,
  pg_postmaster_start_time()::text as started_at,
  (select coalesce(sum(${flushes.count}), 0)::float8 from ${flushes.view}${where}) as flushes,
  (select coalesce(sum(${flushes.timeMs}), 0)::float8 from ${flushes.view}${where}) as flush_ms,
  (select max(stats_reset)::text from ${flushes.view}${where}) as flushes_reset,
  wal_records::float8 as wal_records, wal_fpi::float8 as wal_full_pages, wal_bytes::float8 as wal_bytes,
  wal.stats_reset::text as wal_reset,
  xact_commit::float8 as commits, xact_rollback::float8 as rollbacks, db.stats_reset::text as database_reset,
  ${checkpoints.timed}::float8 as checkpoints_timed, ${checkpoints.requested}::float8 as checkpoints_requested,
  ${checkpoints.writeMs}::float8 as checkpoint_write_ms, ${checkpoints.syncMs}::float8 as checkpoint_sync_ms,
  points.stats_reset::text as checkpoints_reset,
  ${reads}
from pg_stat_wal as wal, ${checkpoints.view} as points, pg_stat_database as db
where db.datname = current_database() /* ${ownMark} */`;
}

/** One row per statement of this database. Its time columns have kept their names since version 1.8 of the extension. */
export function statementsQuestion(hasSince: boolean): string {
  return `select
  userid::text || '/' || coalesce(queryid::text, '-') || '/' || toplevel::text as key,
  queryid is null as is_hidden, query as text,
  calls::float8 as calls, total_exec_time as total_ms, mean_exec_time as mean_ms, stddev_exec_time as deviation_ms,
  rows::float8 as rows, wal_bytes::float8 as wal_bytes, wal_fpi::float8 as wal_full_pages,
  ${hasSince ? 'stats_since::text' : 'null::text'} as since
from pg_stat_statements as ${ownMark}
where dbid = (select oid from pg_database where datname = current_database()) and toplevel`;
}

/** When the statements' counters began, and how many were thrown out for want of room. */
export const statementsInfoQuestion = `select stats_reset::text as reset, dealloc::float8 as evicted from pg_stat_statements_info as ${ownMark}`;

/** What has to be known of a server beforehand, whatever its version. */
export const factsQuestion = `select
  current_setting('server_version_num')::int as version_number,
  current_setting('server_version') as version,
  current_database() as database,
  pg_is_in_recovery() as in_recovery,
  current_setting('track_wal_io_timing', true) as track_wal_io_timing,
  current_setting('track_io_timing', true) as track_io_timing,
  current_setting('fsync') as fsync,
  current_setting('wal_sync_method') as wal_sync_method,
  current_setting('synchronous_commit') as synchronous_commit,
  current_setting('synchronous_standby_names') as synchronous_standby_names,
  current_setting('checkpoint_timeout') as checkpoint_timeout,
  current_setting('max_wal_size') as max_wal_size,
  current_setting('autovacuum') as autovacuum,
  (select extversion from pg_extension where extname = 'pg_stat_statements') as extension
  /* ${ownMark} */`;

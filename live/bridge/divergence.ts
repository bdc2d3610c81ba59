// Can this standby follow that primary? A timeline ends for its followers where the next one forked off; a standby whose
// log goes on beyond that holds records that the new primary never had. The servers know it, but each only half.
import type { Client } from 'pg';
import { lsnBytes } from './topology.ts';

/** How far a log goes, and on which timeline. */
interface Position {
  readonly timeline: number;
  readonly lsn: bigint;
}

/** A primary's position, and where each timeline before its own ended for it. */
interface History extends Position {
  readonly ends: ReadonlyMap<number, bigint>;
}

/** Does the standby hold records that are not in the primary's history? Then only a new copy can follow it. */
export async function isAhead(standby: Client, primary: Client): Promise<boolean> {
  // In this order: a standby that streams has nothing that its primary did not flush before.
  const own = await positionOf(standby);
  const history = await historyOf(primary);
  const end = own.timeline === history.timeline ? history.lsn : history.ends.get(own.timeline);
  return end === undefined || own.lsn > end;
}

/**
 * A standby that is not streaming names no timeline, and its control file only learns of one with a restart point. But
 * each segment of its log has the timeline in its name, and the newest is the one it received last.
 */
async function positionOf(standby: Client): Promise<Position> {
  const { rows } = await standby.query<{ timeline: number; lsn: string | null }>(
    `select ('x' || max(left(name, 8)))::bit(32)::int as timeline,
        greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())::text as lsn
       from pg_ls_waldir() where name ~ '^[0-9A-F]{24}$'`,
  );
  return { timeline: rows[0]?.timeline ?? 0, lsn: lsnBytes(rows[0]?.lsn ?? '0/0') };
}

/** Lines of a history file: number of an earlier timeline, where it ended, why. The first timeline has none. */
async function historyOf(primary: Client): Promise<History> {
  const { rows } = await primary.query<{ timeline: number; lsn: string; text: string | null }>(
    `select ('x' || name)::bit(32)::int as timeline, pg_current_wal_flush_lsn()::text as lsn,
        pg_read_file('pg_wal/' || name || '.history', 0, 1048576, true) as text
       from left(pg_walfile_name(pg_current_wal_lsn()), 8) as name`,
  );
  const { timeline = 0, lsn = '0/0', text = null } = rows[0] ?? {};
  const ends = new Map<number, bigint>();
  for (const line of (text ?? '').split('\n')) {
    const [number, end] = line.trim().split(/\s+/);
    if (number !== undefined && end !== undefined) ends.set(Number(number), lsnBytes(end));
  }
  return { timeline, lsn: lsnBytes(lsn), ends };
}

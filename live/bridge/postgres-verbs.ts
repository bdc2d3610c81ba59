// What a promotion does to Postgres servers, one small function per verb. Each first looks whether it is done already, so
// that an executor that resumes after a crash may simply repeat it. Order and journal are the executor's business.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import type { LabControl } from '../lab/lab-control.ts';
import { attachedStandbys, lsnBytes, type AttachedStandby } from './topology.ts';

/** Fine enough for steps of a few milliseconds, coarse enough to leave the servers their core. */
const pollEveryMs = 2;

/** A node and an open administrator's connection to it. */
export interface OpenNode {
  readonly id: string;
  readonly client: Client;
}

/** Makes a standby a primary and waits until it takes writes. Returns the timeline that it writes. */
export async function promoteNode(standby: Client, limitMs: number): Promise<{ timeline: number }> {
  if (await isInRecovery(standby)) {
    await standby.query('select pg_promote(false)');
    await poll(limitMs, 'promotion', async () => ((await isInRecovery(standby)) ? null : true));
  }
  return { timeline: await writtenTimeline(standby) };
}

/** Waits until a standby has replayed all that its primary has flushed when this is called. */
export async function waitReplay(
  primary: Client,
  standby: Client,
  limitMs: number,
): Promise<{ targetLsn: string; replayedLsn: string }> {
  const targetLsn = await flushedBy(primary);
  const replayedLsn = await poll(limitMs, `replay up to ${targetLsn}`, async () => {
    const lsn = await replayedBy(standby);
    return lsnBytes(lsn) >= lsnBytes(targetLsn) ? lsn : null;
  });
  return { targetLsn, replayedLsn };
}

/** Waits until a standby has on disk all that its primary has flushed when this is called. */
export async function waitFlushed(
  primary: Client,
  standby: Client,
  limitMs: number,
): Promise<void> {
  const targetLsn = await flushedBy(primary);
  await poll(limitMs, `arrival of the log up to ${targetLsn}`, async () =>
    lsnBytes(await receivedBy(standby)) >= lsnBytes(targetLsn) ? true : null,
  );
}

/**
 * Turns a running standby to `upstream` and waits until that shows it attached and, with `counted`, as one that commits
 * wait for; before that, a commit would hang or be unprotected.
 */
export async function followUpstream(
  control: LabControl,
  node: string,
  upstream: OpenNode,
  wait: { readonly counted: boolean; readonly limitMs: number },
): Promise<AttachedStandby> {
  await control.configureStandby(node, upstream.id);
  return waitAttached(upstream.client, node, wait);
}

/**
 * Waits until a primary shows a standby streaming, with all the log of this moment flushed, and counted in its sync rule
 * when `counted`. The position is what tells: a standby of an older timeline first streams the end of that one, looks
 * attached for an instant, and comes back for the new one.
 */
export async function waitAttached(
  primary: Client,
  node: string,
  { counted, limitMs }: { readonly counted: boolean; readonly limitMs: number },
): Promise<AttachedStandby> {
  const target = lsnBytes(await flushedBy(primary));
  return poll(limitMs, `${node} to stream`, async () => {
    const standby = (await attachedStandbys(primary)).find((one) => one.node === node);
    if (standby?.state !== 'streaming' || standby.flushedLsn === null) return null;
    if (lsnBytes(standby.flushedLsn) < target) return null;
    const isCounted = standby.sync === 'sync' || standby.sync === 'quorum';
    return isCounted || !counted ? standby : null;
  });
}

/** Asks until there is an answer; throws after `limitMs`. */
async function poll<T>(limitMs: number, what: string, look: () => Promise<T | null>): Promise<T> {
  const deadlineMs = performance.now() + limitMs;
  for (;;) {
    const seen = await look();
    if (seen !== null) return seen;
    if (performance.now() > deadlineMs) throw new Error(`waited ${limitMs} ms for ${what}`);
    await sleep(pollEveryMs);
  }
}

/** Is this server a standby? */
export async function isInRecovery(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ standby: boolean }>(
    'select pg_is_in_recovery() as standby',
  );
  return rows[0]?.standby ?? true;
}

async function replayedBy(standby: Client): Promise<string> {
  const { rows } = await standby.query<{ lsn: string | null }>(
    'select pg_last_wal_replay_lsn()::text as lsn',
  );
  return rows[0]?.lsn ?? '0/0';
}

/** How far a standby's log is on its disk; what it had from its clone counts, too. */
async function receivedBy(standby: Client): Promise<string> {
  const { rows } = await standby.query<{ lsn: string | null }>(
    'select greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())::text as lsn',
  );
  return rows[0]?.lsn ?? '0/0';
}

/** How far a primary's log is on its disk. */
export async function flushedBy(primary: Client): Promise<string> {
  const { rows } = await primary.query<{ lsn: string }>(
    'select pg_current_wal_flush_lsn()::text as lsn',
  );
  return rows[0]?.lsn ?? '0/0';
}

/** The timeline of the log file that a primary writes; its control file learns of it only with a checkpoint. */
async function writtenTimeline(primary: Client): Promise<number> {
  const { rows } = await primary.query<{ timeline: number }>(
    `select ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int as timeline`,
  );
  return rows[0]?.timeline ?? 0;
}

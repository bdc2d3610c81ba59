// Observes a server that does its own work: reads its statistics several times and does nothing else. Every question is
// read-only and bounded; the server's own settings stay as they are.
import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseError, type Client } from 'pg';
import { UserError } from '../../engine/failure.ts';
import {
  factsQuestion,
  layoutOf,
  ownMark,
  readableVersions,
  serverQuestion,
  statementsInfoQuestion,
  statementsQuestion,
  type StatisticsLayout,
} from '../../twin/production/layout.ts';
import type { ServerFacts, Snapshot, StatementCounters } from '../../twin/production/snapshot.ts';
import { openServer, type ServerAddress } from '../bridge/postgres.ts';

export interface Observation {
  readonly facts: ServerFacts;
  readonly snapshots: readonly Snapshot[];
}

export interface ObserveOptions {
  readonly seconds: number;
  /** The time is cut into so many windows, so that they tell how well reality repeats itself. */
  readonly windows: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((text: string) => void) | undefined;
}

/** Nothing that is asked here takes long; a server that is too busy to answer is left alone. */
const statementLimitMs = 5_000;

/** SQLSTATE of a privilege that is missing. */
const permissionDenied = '42501';

/** Why statements cannot be read although their extension is installed, by SQLSTATE. */
const statementReasons: ReadonlyMap<string, string> = new Map([
  [permissionDenied, 'the user may not read pg_stat_statements'],
  ['55000', 'pg_stat_statements is installed, but the server has not loaded it'],
  ['42P01', 'pg_stat_statements is installed in a schema that is not in the search path'],
]);

/** Oldest version of pg_stat_statements with the columns that are asked for. */
const oldestExtension = [1, 9] as const;
/** It tells since when a statement is counted. */
const extensionWithSince = [1, 11] as const;

/**
 * Snapshots at both ends of every window. Throws UserError('input') for a server that cannot be reached or that refuses
 * the user, 'refused' where the user may not read statistics at all, 'environment' for a version that nobody has looked
 * at.
 */
export async function observeServer(
  address: ServerAddress,
  options: ObserveOptions,
): Promise<Observation> {
  const client = await connect(address);
  try {
    await client.query(
      `set default_transaction_read_only = on; set statement_timeout = ${statementLimitMs}; set lock_timeout = ${statementLimitMs}`,
    );
    const { facts, layout, hasSince } = await readFacts(client, address);
    const snapshots: Snapshot[] = [];
    for (let taken = 0; taken <= options.windows; taken++) {
      if (taken > 0) await pause(taken, options);
      snapshots.push(
        await takeSnapshot(client, layout, facts.withoutStatements === null ? hasSince : null),
      );
    }
    return { facts, snapshots };
  } catch (error) {
    throw explained(error);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** What is wrong with an address that somebody gave is his mistake, not the machine's. */
async function connect(address: ServerAddress): Promise<Client> {
  try {
    return await openServer(address);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const mistake = new UserError('input', error.mistakes);
    mistake.cause = error.cause;
    throw mistake;
  }
}

async function pause(
  window: number,
  { seconds, windows, signal, onProgress }: ObserveOptions,
): Promise<void> {
  const lengthMs = (seconds * 1_000) / windows;
  onProgress?.(`window ${window} of ${windows}, ${(lengthMs / 1_000).toFixed(0)} s each`);
  await sleep(lengthMs, undefined, { signal });
}

interface Reading {
  readonly facts: ServerFacts;
  readonly layout: StatisticsLayout;
  readonly hasSince: boolean;
}

type Row = Readonly<Record<string, string | number | boolean | null>>;

async function readFacts(client: Client, { host, port }: ServerAddress): Promise<Reading> {
  const { rows } = await client.query<Row>(factsQuestion);
  const row = rows[0] ?? {};
  const majorVersion = Math.floor(Number(row['version_number']) / 10_000);
  const layout = layoutOf(majorVersion);
  if (layout === null) {
    throw new UserError('input', {
      message: `the server is Postgres ${textOf(row, 'version')}, whose statistics are not known here`,
      remedy: `versions ${readableVersions.join(', ')} are`,
    });
  }
  const extension = row['extension'] === null ? null : textOf(row, 'extension');
  const settings = ['track_wal_io_timing', 'track_io_timing', 'fsync', 'wal_sync_method']
    .concat(['synchronous_commit', 'synchronous_standby_names'])
    .concat(['checkpoint_timeout', 'max_wal_size', 'autovacuum']);
  const facts = {
    name: `${host}:${port}`,
    majorVersion,
    version: textOf(row, 'version'),
    database: textOf(row, 'database'),
    inRecovery: row['in_recovery'] === true,
    settings: Object.fromEntries(settings.map((name) => [name, textOf(row, name)])),
    withoutStatements: await whyNoStatements(client, extension),
  };
  return { facts, layout, hasSince: isAtLeast(extension, extensionWithSince) };
}

async function whyNoStatements(
  client: Client,
  extension: string | null,
): Promise<ServerFacts['withoutStatements']> {
  const because = (reason: string, isPermission = false): ServerFacts['withoutStatements'] => ({
    reason,
    isPermission,
  });
  if (extension === null) {
    return because('the extension pg_stat_statements is not installed in this database');
  }
  if (!isAtLeast(extension, oldestExtension)) {
    return because(
      `the extension pg_stat_statements is of version ${extension}; \`alter extension pg_stat_statements update\``,
    );
  }
  try {
    await client.query(statementsInfoQuestion);
    return null;
  } catch (error) {
    const code = error instanceof DatabaseError ? (error.code ?? '') : '';
    const reason = statementReasons.get(code);
    if (reason === undefined) throw error;
    return because(reason, code === permissionDenied);
  }
}

function isAtLeast(version: string | null, [major, minor]: readonly [number, number]): boolean {
  const [ownMajor = 0, ownMinor = 0] = (version ?? '0').split('.').map(Number);
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}

/** `hasSince` null: without statements. */
async function takeSnapshot(
  client: Client,
  layout: StatisticsLayout,
  hasSince: boolean | null,
): Promise<Snapshot> {
  const { rows } = await client.query<Row>(serverQuestion(layout));
  const row = rows[0] ?? {};
  const resets = ['started_at', 'flushes_reset', 'wal_reset', 'database_reset'];
  const info = hasSince === null ? null : (await client.query<Row>(statementsInfoQuestion)).rows[0];
  return {
    atMs: numberOf(row, 'at_ms'),
    epochs: {
      server: [...resets, 'checkpoints_reset'].map((name) => textOf(row, name)).join(' '),
      statements: textOf(info ?? {}, 'reset'),
    },
    counters: {
      flushes: numberOf(row, 'flushes'),
      flushMs: numberOf(row, 'flush_ms'),
      walBytes: numberOf(row, 'wal_bytes'),
      walFullPages: numberOf(row, 'wal_full_pages'),
      commits: numberOf(row, 'commits'),
      rollbacks: numberOf(row, 'rollbacks'),
      checkpoints: numberOf(row, 'checkpoints_timed') + numberOf(row, 'checkpoints_requested'),
      checkpointMs: numberOf(row, 'checkpoint_write_ms') + numberOf(row, 'checkpoint_sync_ms'),
      blockReads: numberOf(row, 'block_reads'),
      blockReadMs: numberOf(row, 'block_read_ms'),
    },
    statements: hasSince === null ? null : await readStatements(client, hasSince),
  };
}

/** What may not be read is one row without a text: only how much there is of it matters. */
async function readStatements(client: Client, hasSince: boolean): Promise<StatementCounters[]> {
  const { rows } = await client.query<Row>(statementsQuestion(hasSince));
  const readable = rows.filter((row) => row['is_hidden'] !== true);
  const hidden = rows.filter((row) => row['is_hidden'] === true);
  const counters = readable
    .map(countersOf)
    .filter(({ text }) => text === null || !text.includes(ownMark));
  const hiddenCalls = hidden.reduce((sum, row) => sum + numberOf(row, 'calls'), 0);
  if (hiddenCalls === 0) return counters;
  const zero = { meanMs: 0, deviationMs: 0, walBytes: 0, walFullPages: 0 };
  return [...counters, { key: 'hidden', text: null, calls: hiddenCalls, since: null, ...zero }];
}

function countersOf(row: Row): StatementCounters {
  return {
    key: textOf(row, 'key'),
    text: textOf(row, 'text'),
    calls: numberOf(row, 'calls'),
    meanMs: numberOf(row, 'mean_ms'),
    deviationMs: numberOf(row, 'deviation_ms'),
    walBytes: numberOf(row, 'wal_bytes'),
    walFullPages: numberOf(row, 'wal_full_pages'),
    since: row['since'] === null ? null : textOf(row, 'since'),
  };
}

function numberOf(row: Row, name: string): number {
  return Number(row[name] ?? 0);
}

function textOf(row: Row, name: string): string {
  return String(row[name] ?? '');
}

function explained(error: unknown): unknown {
  if (!(error instanceof DatabaseError) || error.code !== permissionDenied) return error;
  const refusal = new UserError('refused', {
    message: `the server does not let this user read its statistics: ${error.message}`,
    remedy: 'grant pg_read_all_stats (or pg_monitor) to the user',
  });
  refusal.cause = error;
  return refusal;
}

// The shape of the database, version by version. A migration is never edited once released; a new version is a new
// member at the end. Triggers make the ledger and the documents append-only for everyone who uses SQL.
import { sql, type Transaction } from 'kysely';
import { UserError } from '../../engine/failure.ts';
import { applicationId, type Tables } from './database.ts';

const appendOnly = (table: string): readonly string[] =>
  ['update', 'delete'].map(
    (verb) =>
      `create trigger ${table}_refuses_${verb} before ${verb} on ${table} begin select raise(abort, '${table} is append-only'); end`,
  );

const migrations: readonly (readonly string[])[] = [
  [
    'create table settings (name text primary key, value text not null) strict',
    'create table ledger (seq integer primary key, hash text not null, text text not null) strict',
    'create table ledger_head (id integer primary key check (id = 1), seq integer not null, envelope text not null) strict',
    'create table documents (digest text primary key, kind text not null, text text not null) strict',
    ...appendOnly('settings'),
    ...appendOnly('ledger'),
    ...appendOnly('documents'),
    `create trigger ledger_head_only_grows before update on ledger_head when new.seq <= old.seq begin select raise(abort, 'the head of the ledger only grows'); end`,
    `create trigger ledger_head_refuses_delete before delete on ledger_head begin select raise(abort, 'the head of the ledger stays'); end`,
  ],
];

/** The newest version that this program knows. */
const schemaVersion = migrations.length;

/** Brings the database up to date; returns the version that it had. UserError `state` when it is newer than we are. */
export async function migrate(transaction: Transaction<Tables>, file: string): Promise<number> {
  const found = await versionOf(transaction);
  if (found > schemaVersion)
    throw new UserError('state', {
      message: `this state has version ${found}, this program knows versions up to ${schemaVersion}`,
      place: { file },
      remedy: 'use the newer program that wrote it',
    });
  for (const statement of migrations.slice(found).flat())
    await sql.raw(statement).execute(transaction);
  if (found < schemaVersion) {
    await sql.raw(`pragma user_version = ${schemaVersion}`).execute(transaction);
    await sql.raw(`pragma application_id = ${applicationId}`).execute(transaction);
  }
  return found;
}

/** Triggers of the newest version that are not there, or not as we made them. */
export async function missingGuards(database: Transaction<Tables>): Promise<readonly string[]> {
  const { rows } = await sql<{ sql: string }>`
    select sql from sqlite_master where type = 'trigger'`.execute(database);
  const present = new Set(rows.map((row) => row.sql.toLowerCase()));
  return migrations
    .flat()
    .filter((text) => text.startsWith('create trigger'))
    .filter((text) => !present.has(text.toLowerCase()))
    .map((text) => text.split(' ')[2] ?? text);
}

async function versionOf(transaction: Transaction<Tables>): Promise<number> {
  const { rows } = await sql<{ user_version: number }>`pragma user_version`.execute(transaction);
  return rows[0]?.user_version ?? 0;
}

// What a new lab server holds: the application's role and table, and the role that standbys connect as. The table's key
// is indexed but not unique, so that a write applied twice is seen instead of refused.
import { escapeLiteral } from 'pg';
import type { CommitMode, Tenant } from '../../twin/estate/estate.ts';
import { readableRows } from '../load/statements.ts';
import { labDatabase } from './settings.ts';

/** About 1 MB, read often enough to stay in memory; analysed, so that every look-up takes the index. */
const readableTable = `set role ${labDatabase.user};
  create table items (key bigint primary key, body text not null);
  insert into items select key, repeat(md5(key::text), 2) from generate_series(1, ${readableRows}) as key;
  analyze items`;

const pageBytes = 8_192;

/** Rows that are certainly written within the time that a statement may take. */
const rowsPerStatement = 8_192;

/** A table of so many bytes that nobody reads: one row to a page, as it is, so that what was declared is there to copy. */
function fillingTable(bytes: number): readonly string[] {
  const rows = Math.max(1, Math.round(bytes / pageBytes));
  const inserts = Array.from({ length: Math.ceil(rows / rowsPerStatement) }, (_, part) => {
    const [from, to] = [part * rowsPerStatement + 1, Math.min(rows, (part + 1) * rowsPerStatement)];
    return `insert into filling select key, repeat(md5(key::text), 252) from generate_series(${from}, ${to}) as key`;
  });
  return [
    `set role ${labDatabase.user};
      create table filling (key bigint not null, body text not null);
      alter table filling alter column body set storage plain`,
    ...inserts,
  ];
}

/** A row of a tenant: how often 32 bytes of text are in it (four rows fill a page), and what is sent of it when it is copied. */
const documentTexts = 61;
const documentBytes = 32 * documentTexts + 18;

/** Bytes on disk, the index included, of a byte that is sent: a quarter of a page of 8 KiB, and an entry of 33 bytes. */
export const documentDiskShare = (2_048 + 33) / documentBytes;

/**
 * What tenants have beside their orders: rows of some 2 kB as they are, so that what was declared is there to copy. Every shard
 * has the table, those that nobody is on, too: a copy has to go somewhere.
 */
function documentsTable(tenants: readonly Tenant[]): readonly string[] {
  const inserts = tenants.flatMap(({ id, dataBytes }) => {
    const rows = Math.round((dataBytes ?? 0) / documentBytes);
    return Array.from({ length: Math.ceil(rows / rowsPerStatement) }, (_, part) => {
      const [from, to] = [
        part * rowsPerStatement + 1,
        Math.min(rows, (part + 1) * rowsPerStatement),
      ];
      return `insert into documents select ${escapeLiteral(id)}, key, repeat(md5(key::text), ${documentTexts})
        from generate_series(${from}, ${to}) as key`;
    });
  });
  return [
    `set role ${labDatabase.user};
      create table documents (tenant text not null, key bigint not null, body text not null, primary key (tenant, key));
      alter table documents alter column body set storage plain`,
    ...inserts.map((text) => `set role ${labDatabase.user}; ${text}`),
    `analyze documents`,
  ];
}

/** What a server is to hold beside the tables that writes and reads go to. */
export interface SeedFacts {
  readonly commitMode: CommitMode;
  readonly dataBytes: number | null;
  /** Tenants of this shard where any tenant of the fleet has rows of its own to be copied; else null. */
  readonly tenants: readonly Tenant[] | null;
}

/** Statements in order, each with the database to run it in. */
export function seedStatements({
  commitMode,
  dataBytes,
  tenants,
}: SeedFacts): readonly { database: string; text: string }[] {
  const { adminUser, name, replicationUser, user } = labDatabase;
  return [
    { database: adminUser, text: `create role ${replicationUser} login replication` },
    { database: adminUser, text: `create role ${user} login` },
    { database: adminUser, text: `alter role ${user} set synchronous_commit = '${commitMode}'` },
    // Statements are planned once a connection, at first over an empty table: reading all of it looks cheaper than its index
    // then, and every later write would read everything written since.
    { database: adminUser, text: `alter role ${user} set enable_seqscan = off` },
    // The load driver looks at the lag of standbys, which is shown to nobody else.
    { database: adminUser, text: `grant pg_monitor to ${user}` },
    { database: adminUser, text: `create database ${name} owner ${user}` },
    {
      database: name,
      text: `set role ${user};
        create table orders (key bigint not null, tenant text not null, body text not null,
          written_at timestamptz not null default now());
        create index orders_key on orders (key)`,
    },
    { database: name, text: readableTable },
    ...(dataBytes === null ? [] : fillingTable(dataBytes)).map((text) => ({
      database: name,
      text,
    })),
    ...(tenants === null ? [] : documentsTable(tenants)).map((text) => ({ database: name, text })),
    // A subscription's copy reads as the role that it replicates as.
    {
      database: name,
      text: `grant select on all tables in schema public to ${replicationUser}`,
    },
  ];
}

// What a new lab server holds: the application's role and table, and the role that standbys connect as. The table's key
// is indexed but not unique, so that a write applied twice is seen instead of refused.
import type { CommitMode } from '../../twin/estate/estate.ts';
import { readableRows } from '../load/statements.ts';
import { labDatabase } from './settings.ts';

/** About 1 MB, read often enough to stay in memory; analysed, so that every look-up takes the index. */
const readableTable = `set role ${labDatabase.user};
  create table items (key bigint primary key, body text not null);
  insert into items select key, repeat(md5(key::text), 2) from generate_series(1, ${readableRows}) as key;
  analyze items`;

/** Statements in order, each with the database to run it in. */
export function seedStatements(
  commitMode: CommitMode,
  hasReads: boolean,
): readonly { database: string; text: string }[] {
  const { adminUser, name, replicationUser, user } = labDatabase;
  return [
    { database: adminUser, text: `create role ${replicationUser} login replication` },
    { database: adminUser, text: `create role ${user} login` },
    { database: adminUser, text: `alter role ${user} set synchronous_commit = '${commitMode}'` },
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
    ...(hasReads ? [{ database: name, text: readableTable }] : []),
  ];
}

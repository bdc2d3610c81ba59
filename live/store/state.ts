// A state directory, opened: the ledger and what is kept with it. Created on first use, together with the key that signs
// its ledger. Time comes from a clock that tests can replace; nothing else here reads one.
import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import type { Kysely } from 'kysely';
import { UserError } from '../../engine/failure.ts';
import { configDirectory } from '../identity.ts';
import { guarded, openDatabase, type Tables } from './database.ts';
import { Identities } from './identities.ts';
import { Ledger } from './ledger.ts';
import { migrate } from './migrations.ts';
import { Runs } from './runs.ts';
import { ShardMap } from './shard-map.ts';
import { StateKey } from './state-key.ts';

export interface StateOptions {
  /** Do not create the state when there is none. */
  readonly mustExist?: boolean;
  /** Where keys are; by default the user's configuration directory. */
  readonly configDirectory?: string;
  readonly now?: () => Date;
  /** Who is named on the ledger where no identity signs; by default the user of the operating system. */
  readonly actor?: string;
}

export interface State {
  readonly directory: string;
  readonly id: string;
  readonly actor: string;
  readonly key: StateKey;
  readonly database: Kysely<Tables>;
  readonly ledger: Ledger;
  readonly identities: Identities;
  readonly runs: Runs;
  readonly shardMap: ShardMap;
  now(): Date;
  close(): Promise<void>;
}

/**
 * Opens the state in `directory`, which is created with its key unless `mustExist`. UserError `missing` when it must
 * exist and does not, `state` when it is unreadable, not ours, from a newer version or not writable.
 */
export async function openState(directory: string, options: StateOptions = {}): Promise<State> {
  const path = resolve(directory);
  const file = join(path, 'state.db');
  const database = openDatabase(file, options.mustExist ?? false);
  try {
    return await guarded(file, () => assemble(database, path, options));
  } catch (cause) {
    await database.destroy();
    throw cause;
  }
}

async function assemble(
  database: Kysely<Tables>,
  directory: string,
  options: StateOptions,
): Promise<State> {
  const file = join(directory, 'state.db');
  const config = options.configDirectory ?? configDirectory();
  const now = options.now ?? (() => new Date());
  const actor = options.actor ?? operatingSystemUser();
  const { key, ledger } = await database.transaction().execute(async (transaction) => {
    const isNew = (await migrate(transaction, file)) === 0;
    if (isNew) await transaction.insertInto('settings').values(newStateId()).execute();
    const row = await transaction
      .selectFrom('settings')
      .select('value')
      .where('name', '=', 'state')
      .executeTakeFirst();
    if (row === undefined || !uuid.test(row.value)) throw lostId(file);
    const stateKey = new StateKey(config, row.value);
    const stateLedger = new Ledger({ database, file, key: stateKey, now });
    if (isNew) await stateLedger.create(transaction, actor);
    return { key: stateKey, ledger: stateLedger };
  });
  return {
    directory,
    id: key.state,
    actor,
    key,
    database,
    ledger,
    identities: new Identities(ledger, config),
    runs: new Runs(ledger, join(directory, 'runs'), now),
    shardMap: new ShardMap(ledger, actor),
    now,
    close: () => database.destroy(),
  };
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function newStateId(): Tables['settings'] {
  return { name: 'state', value: randomUUID() };
}

function lostId(file: string): UserError {
  return new UserError('state', {
    message: 'this state has lost its id',
    place: { file },
    remedy: 'restore a copy of the state directory',
  });
}

function operatingSystemUser(): string {
  try {
    return userInfo().username;
  } catch {
    // A user id without an entry in the passwd file has no name.
    return `uid-${process.getuid?.() ?? 'unknown'}`;
  }
}

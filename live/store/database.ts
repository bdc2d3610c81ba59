// The SQLite file of a state directory behind one query builder: how it is opened, kept durable and protected. Every
// transaction begins IMMEDIATE, because a deferred one that reads before it writes loses against a second process.
import Database from 'better-sqlite3';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import {
  CompiledQuery,
  Kysely,
  SqliteDialect,
  SqliteDriver,
  type DatabaseConnection,
  type Driver,
  type QueryResult,
} from 'kysely';
import { UserError } from '../../engine/failure.ts';

/** Tables as they are stored. Texts are canonical JSON, exactly as it was digested or signed. */
export interface Tables {
  readonly settings: { readonly name: string; readonly value: string };
  readonly ledger: { readonly seq: number; readonly hash: string; readonly text: string };
  readonly ledger_head: { readonly id: number; readonly seq: number; readonly envelope: string };
  readonly documents: { readonly digest: string; readonly kind: string; readonly text: string };
}

/** 'PMRT': says that a SQLite file is one of ours. */
export const applicationId = 0x504d5254;

/** How long a process waits for others that write, and how often it looks. Transactions here take milliseconds. */
const patienceMs = 10_000;
const retryEveryMs = 3;

/**
 * Waits for a lock without blocking the event loop. SQLite's own waiting would: a paced process would stand still, and two
 * handles in one process would wait for each other for ever.
 */
class PatientConnection implements DatabaseConnection {
  readonly #inner: DatabaseConnection;

  constructor(inner: DatabaseConnection) {
    this.#inner = inner;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const deadlineMs = performance.now() + patienceMs;
    for (;;) {
      try {
        return await this.#inner.executeQuery<R>(query);
      } catch (cause) {
        if (!isBusy(cause) || performance.now() > deadlineMs) throw cause;
      }
      await new Promise((resolve) => setTimeout(resolve, retryEveryMs));
    }
  }

  streamQuery<R>(query: CompiledQuery, chunkSize: number): AsyncIterableIterator<QueryResult<R>> {
    return this.#inner.streamQuery<R>(query, chunkSize);
  }
}

class ImmediateDriver extends SqliteDriver {
  #patient: PatientConnection | null = null;

  override async acquireConnection(): Promise<DatabaseConnection> {
    this.#patient ??= new PatientConnection(await super.acquireConnection());
    return this.#patient;
  }

  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }
}

class ImmediateDialect extends SqliteDialect {
  readonly #database: Database.Database;

  constructor(database: Database.Database) {
    super({ database });
    this.#database = database;
  }

  override createDriver(): Driver {
    return new ImmediateDriver({ database: this.#database });
  }
}

/**
 * Opens the file, which is created unless `mustExist`. UserError `missing` when it must exist and does not, `state` when
 * it cannot be opened, is no database or belongs to another program.
 */
export function openDatabase(file: string, mustExist: boolean): Kysely<Tables> {
  if (mustExist && !existsSync(file))
    throw new UserError('missing', {
      message: 'there is no Premortem state here',
      place: { file },
      remedy:
        'name the right directory with --state; `premortem identity new NAME` begins a new one',
    });
  try {
    mkdirSync(dirname(file), { recursive: true });
    const database = new Database(file, { timeout: patienceMs });
    try {
      prepare(database, file);
    } catch (cause) {
      database.close();
      throw cause;
    }
    return new Kysely<Tables>({ dialect: new ImmediateDialect(database) });
  } catch (cause) {
    throw asUserError(cause, file);
  }
}

/** Runs something against the file and turns what SQLite says about a damaged one into a UserError `state`. */
export async function guarded<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw asUserError(cause, file);
  }
}

function prepare(database: Database.Database, file: string): void {
  const id = Number(database.pragma('application_id', { simple: true }));
  const [{ tables }] = database.prepare('select count(*) as tables from sqlite_master').all() as [
    { tables: number },
  ];
  if (id !== applicationId && (id !== 0 || tables > 0))
    throw new UserError('state', {
      message: 'this database belongs to another program',
      place: { file },
      remedy: 'choose another directory with --state',
    });
  database.pragma('journal_mode = wal');
  database.pragma('synchronous = full');
  database.pragma('trusted_schema = off');
  database.pragma('busy_timeout = 0');
}

function isBusy(cause: unknown): boolean {
  return cause instanceof Database.SqliteError && cause.code.startsWith('SQLITE_BUSY');
}

const fileErrors = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'ENOENT', 'ENOSPC']);

function asUserError(cause: unknown, file: string): unknown {
  const code = (cause as { code?: unknown }).code;
  const known =
    cause instanceof Database.SqliteError || (typeof code === 'string' && fileErrors.has(code));
  if (cause instanceof UserError || !known) return cause;
  return new UserError('state', {
    message: `cannot use this state (${(cause as Error).message})`,
    place: { file },
    remedy: remedyFor(String(code)),
  });
}

function remedyFor(code: string): string {
  if (code.startsWith('SQLITE_NOTADB') || code.startsWith('SQLITE_CORRUPT'))
    return 'the file is damaged: restore a copy of the state directory';
  if (code.startsWith('SQLITE_BUSY')) return 'another process is writing for too long; try again';
  return 'make the directory writable, or choose another one with --state';
}

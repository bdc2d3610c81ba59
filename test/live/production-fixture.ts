// A server that does its own work, to be observed: of any installed version, with statistics of statements, and a small
// workload that somebody else plays on it.
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { prepareBinaries } from '../../live/lab/binaries.ts';
import { chooseServerUser, giveTo } from '../../live/lab/host-user.ts';
import { choosePorts } from '../../live/lab/ports.ts';
import { PostgresServer } from '../../live/lab/server.ts';

/** Installations to observe; null: the packaged one. */
export const installations = [
  { name: 'the packaged Postgres', binaries: null },
  { name: 'Postgres 15 of the system', binaries: '/usr/lib/postgresql/15/bin' },
] as const;

/** Why an installation cannot be observed here, or null. */
export function missing({ binaries }: (typeof installations)[number]): string | null {
  return binaries === null || existsSync(join(binaries, 'initdb'))
    ? null
    : `${binaries} is not there`;
}

export interface Production {
  readonly majorVersion: number;
  /** An address of a user, database `shop` unless another is named. */
  url(user: string, database?: string): string;
  /** Plays until the returned function is called, which waits for the last request. */
  work(user?: string): () => Promise<void>;
  /** One statement as the administrator. */
  query(text: string, database?: string): Promise<void>;
  remove(): Promise<void>;
}

export const adminPassword = 'correct-horse';

const settings = `
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
shared_preload_libraries = 'pg_stat_statements'
track_wal_io_timing = on
track_io_timing = on
shared_buffers = '32MB'
`;

export async function startProduction(binariesDirectory: string | null): Promise<Production> {
  const directory = await mkdtemp(join(tmpdir(), 'premortem-production-'));
  await chmod(directory, 0o755);
  const user = await chooseServerUser();
  const binaries = await prepareBinaries(
    user,
    join(directory, 'binaries'),
    binariesDirectory ?? undefined,
  );
  const [port = 0] = await choosePorts(1);
  const logDirectory = join(directory, 'logs');
  await mkdir(logDirectory);
  const server = new PostgresServer('production', port, join(directory, 'data'), {
    binaries,
    user,
    logDirectory,
    processors: null,
    onStarted: () => undefined,
  });
  const killAtExit = (): void => server.kill();
  process.once('exit', killAtExit);
  const passwordFile = join(directory, 'password');
  await writeFile(passwordFile, adminPassword);
  await giveTo(user, passwordFile);
  await server.initialise(passwordFile);
  await server.writeSettings(`${settings}port = ${port}\n`);
  await server.start();

  const url = (name: string, database = 'shop'): string =>
    `postgresql://${name}@127.0.0.1:${port}/${database}`;
  const query = (text: string, database = 'shop'): Promise<void> =>
    withClient(url(`postgres:${adminPassword}`, database), async (client) => {
      await client.query(text);
    });
  for (const text of [
    'create role premortem login',
    'create database shop',
    'create database bare',
  ])
    await query(text, 'postgres');
  await query(`create extension pg_stat_statements;
    create table orders (key bigint primary key, body text);
    grant all on orders to premortem`);
  return {
    majorVersion: binaries.majorVersion,
    url,
    query,
    work: (worker = 'premortem') => playOrders(url(worker)),
    remove: async () => {
      process.removeListener('exit', killAtExit);
      await server.stop('immediate');
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function withClient(url: string, work: (client: Client) => Promise<void>): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

/** One insert, one read by key and a pause of 4 ms in the server, over and over. */
function playOrders(url: string): () => Promise<void> {
  let isOver = false;
  const played = withClient(url, async (client) => {
    for (let key = Date.now() * 1000; !isOver; key++) {
      await client.query('insert into orders values ($1, $2)', [key, 'x'.repeat(200)]);
      await client.query('select body from orders where key = $1', [key]);
      await client.query('select pg_sleep(0.004)');
    }
  });
  return async () => {
    isOver = true;
    await played;
  };
}

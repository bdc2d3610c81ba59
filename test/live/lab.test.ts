// The life of a lab: comes up, is refused twice, goes down, and leaves nothing behind, whoever is killed on the way.
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { UserError } from '../../engine/failure.ts';
import { openNode, openServer } from '../../live/bridge/postgres.ts';
import { openLabControl } from '../../live/lab/lab-control.ts';
import { readLab, type LabInfo } from '../../live/lab/lab-info.ts';
import { labDown, labStatus, labUp } from '../../live/lab/lab.ts';
import { identityOf, isRunning, waitForExit, type ProcessIdentity } from '../../live/processes.ts';
import { labEstate, makeStateDir, us } from './lab-fixture.ts';

const goneLimitMs = 30_000;
let stateDir = '';
const closers: (() => unknown)[] = [];

beforeEach(async () => {
  const state = await makeStateDir();
  stateDir = state.stateDir;
  closers.push(state.remove);
});

afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

const up = (options: Partial<Parameters<typeof labUp>[1]> = {}): Promise<LabInfo> =>
  labUp(labEstate, { stateDir, lifeline: 'stdin', ...options });

/** The user error that a promise is rejected with. */
async function mistakeOf(promise: Promise<unknown>): Promise<UserError> {
  const error = await promise.then(
    () => new Error('it succeeded'),
    (thrown: unknown) => thrown,
  );
  if (error instanceof UserError) return error;
  throw error;
}

async function serversOf(lab: LabInfo): Promise<ProcessIdentity[]> {
  const control = await openLabControl(lab);
  const { nodes } = await control.status();
  control.close();
  return nodes.flatMap(({ pid }) => (pid === null ? [] : [identityOf(pid)]));
}

/** Files of labs in the state directory and in the temporary directory, apart from the daemon's log. */
async function leftovers(): Promise<string[]> {
  const own = await readdir(join(stateDir, 'lab')).catch(() => []);
  const inEstate = await readdir(join(stateDir, 'lab', labEstate.name)).catch(() => []);
  return [...own.filter((name) => name !== 'daemon.log' && name !== labEstate.name), ...inEstate];
}

async function expectGone(lab: LabInfo, servers: readonly ProcessIdentity[]): Promise<void> {
  for (const process of [lab.daemon, ...servers]) {
    expect(await waitForExit(process, goneLimitMs)).toBe(true);
  }
  await expect
    .poll(
      () =>
        stat(lab.directory).then(
          () => 'there',
          () => 'gone',
        ),
      { timeout: goneLimitMs },
    )
    .toBe('gone');
  await expect
    .poll(() => leftovers().then((names) => names.filter((name) => name !== 'lab.json')), {
      timeout: goneLimitMs,
    })
    .toEqual([]);
}

test('a lab comes up, tells about itself, refuses a second one, and goes down without a trace', async () => {
  const progress: string[] = [];
  const lab = await up({ onProgress: (text) => progress.push(text) });
  expect(progress.length).toBeGreaterThan(2);
  expect(readLab(stateDir)).toEqual(lab);
  expect((await stat(join(stateDir, 'lab', labEstate.name, 'lab.json'))).mode & 0o077).toBe(0);
  expect(lab.routes.filter(({ kind }) => kind === 'client')).toHaveLength(9);
  expect(lab.routes.filter(({ kind }) => kind === 'replication')).toHaveLength(6);
  const servers = await serversOf(lab);
  expect(servers).toHaveLength(3);
  for (const server of servers) expect(isRunning(server)).toBe(true);

  const second = await mistakeOf(up());
  expect(second.code).toBe('refused');
  expect(second.message).toContain(`already up in ${stateDir}`);
  expect(await labStatus(stateDir)).toMatchObject({ kind: 'up', lab });

  expect(await labDown(stateDir)).toBe(true);
  await expectGone(lab, servers);
  expect(await leftovers()).toEqual([]);
  expect(await labDown(stateDir)).toBe(false);
  expect(await labStatus(stateDir)).toEqual({ kind: 'none' });
  expect((await mistakeOf(Promise.resolve().then(() => readLab(stateDir)))).code).toBe('missing');
});

test('servers do not run as root, and a wrong password gets one clear message', async () => {
  const lab = await up();
  const [node] = lab.nodes;
  expect((await stat(node!.dataDirectory)).uid).not.toBe(0);
  const { port } = node!;
  const address = {
    name: 'orders-db',
    host: '127.0.0.1',
    port,
    database: 'postgres',
    user: 'postgres',
  };
  const wrong = await mistakeOf(openServer({ ...address, password: 'guess' }));
  expect(wrong.message).toMatch(
    /^orders-db \(127\.0\.0\.1:\d+\) refuses user "postgres" on "postgres": password authentication failed.*; check the password$/,
  );
  const unknown = await mistakeOf(
    openServer({ ...address, user: 'premortem', database: 'nowhere' }),
  );
  expect(unknown.message).toContain('check the name of the database');
});

test('nobody at the address gets one clear message', async () => {
  const vacant = createServer().listen(0, '127.0.0.1');
  await once(vacant, 'listening');
  const { port } = vacant.address() as AddressInfo;
  await new Promise((resolve) => vacant.close(resolve));
  const error = await mistakeOf(
    openServer({ name: 'orders-db', host: '127.0.0.1', port, database: 'postgres', user: 'me' }),
  );
  expect(error.code).toBe('environment');
  expect(error.message).toContain(`orders-db (127.0.0.1:${port}) cannot be reached as user "me"`);
});

test('a taken port is named, and nothing is left behind', async () => {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  closers.push(() => holder.close());
  const { port } = holder.address() as AddressInfo;
  const error = await mistakeOf(up({ firstPort: port - 1 }));
  expect(error.code).toBe('environment');
  expect(error.message).toContain(`port ${port} is taken by another process`);
  expect(await leftovers()).toEqual([]);
  expect(await labStatus(stateDir)).toEqual({ kind: 'none' });
});

test('a Postgres that cannot be started is named, and nothing is left behind', async () => {
  const binaries = join(stateDir, 'postgres', 'bin');
  await mkdir(binaries, { recursive: true });
  const missing = await mistakeOf(up({ binariesDirectory: binaries }));
  expect(missing.message).toContain(`there is no program ${join(binaries, 'postgres')}`);
  await writeFile(join(binaries, 'postgres'), '#!/bin/sh\necho "postgres (PostgreSQL) 18.4"\n');
  await writeFile(
    join(binaries, 'initdb'),
    '#!/bin/sh\necho "initdb: error: no space left" >&2\nexit 1\n',
  );
  for (const name of ['postgres', 'initdb']) await chmod(join(binaries, name), 0o755);
  const broken = await mistakeOf(up({ binariesDirectory: binaries }));
  expect(broken.message).toContain('did not start: initdb: error: no space left');
  await writeFile(join(binaries, 'postgres'), '#!/bin/sh\necho "postgres (PostgreSQL) 14.2"\n');
  const old = await mistakeOf(up({ binariesDirectory: binaries }));
  expect(old.message).toContain('Postgres 14.2');
  expect(await leftovers()).toEqual([]);
});

test('a lab works under a directory that its servers may not enter', async () => {
  await chmod(stateDir, 0o700);
  const lab = await up();
  const client = await openNode(lab, us);
  expect((await client.query('select count(*)::int as n from orders')).rows).toEqual([{ n: 0 }]);
  await client.end();
});

test('names that cannot be directories are refused before anything is created', async () => {
  const error = await mistakeOf(
    labUp({ ...labEstate, name: '../up' }, { stateDir, lifeline: 'stdin' }),
  );
  expect(error.code).toBe('input');
  expect(await leftovers()).toEqual([]);
});

test('aborting a start takes down what was started', async () => {
  const abort = new AbortController();
  const error = await mistakeOf(
    up({ signal: abort.signal, onProgress: (text) => text.includes('cloning') && abort.abort() }),
  );
  expect(error.code).toBe('interrupted');
  expect(await leftovers()).toEqual([]);
  expect(await labStatus(stateDir)).toEqual({ kind: 'none' });
});

test('after kill -9 of the daemon its servers and files go, and the next lab comes up', async () => {
  const lab = await up();
  const servers = await serversOf(lab);
  process.kill(lab.daemon.pid, 'SIGKILL');
  await expectGone(lab, servers);
  const next = await up();
  expect(next.directory).not.toBe(lab.directory);
});

test('a lab whose daemon and watchdog both died is found stale and removed by the next start', async () => {
  const lab = await up();
  const servers = await serversOf(lab);
  process.kill(await watchdogOf(lab.daemon.pid), 'SIGKILL');
  process.kill(lab.daemon.pid, 'SIGKILL');
  expect(await waitForExit(lab.daemon, goneLimitMs)).toBe(true);
  expect(await labStatus(stateDir)).toMatchObject({ kind: 'stale', pid: lab.daemon.pid });
  expect(servers.every(isRunning)).toBe(true);
  const next = await up();
  for (const server of servers) expect(isRunning(server)).toBe(false);
  await expect(stat(lab.directory)).rejects.toThrow('ENOENT');
  expect(readLab(stateDir)).toEqual(next);
});

test('kill -9 of the process that started a lab takes the lab with it', async () => {
  const { child, lab } = await upInChild('stdin');
  const servers = await serversOf(lab);
  child.kill('SIGKILL');
  await expectGone(lab, servers);
  expect(await leftovers()).toEqual([]);
});

test('a detached lab survives the process that started it', async () => {
  const { child, lab } = await upInChild('detached');
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(await labStatus(stateDir)).toMatchObject({ kind: 'up', lab });
  const client = await openNode(lab, us);
  expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  await client.end();
});

/** Starts a lab from a process of its own, which then waits. */
async function upInChild(lifeline: string): Promise<{ child: ChildProcess; lab: LabInfo }> {
  const script = `
    import { labUp } from ${JSON.stringify(new URL('../../live/lab/lab.ts', import.meta.url).href)};
    await labUp(${JSON.stringify(labEstate)}, { stateDir: ${JSON.stringify(stateDir)}, lifeline: '${lifeline}' });
    console.log('up');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  closers.push(() => child.kill('SIGKILL'));
  await once(child.stdout!, 'data');
  return { child, lab: readLab(stateDir) };
}

/** The watchdog of a daemon: its child that is no server. */
async function watchdogOf(daemonPid: number): Promise<number> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=,args=']);
  const rows = stdout.split('\n').map((line) => line.trim().split(/\s+/));
  const row = rows.find(
    ([, parent, ...args]) => Number(parent) === daemonPid && args.join(' ').includes('watchdog'),
  );
  return Number(row?.[0]);
}

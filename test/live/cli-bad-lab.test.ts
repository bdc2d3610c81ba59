// Labs that cannot come up, are in the way, die or are stopped: each time one readable message, an exit code that a script
// can act on, and nothing left running.
import { chmod, mkdir } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  isRunning,
  signalProcess,
  waitForExit,
  type ProcessIdentity,
} from '../../live/processes.ts';
import { openState } from '../../live/store/state.ts';
import { signalAt, type Listener } from '../fixtures/program.ts';
import { descendantsOf, eu, shardId, ShellLab, us, watchdogOf } from './cli-fixture.ts';

const goneLimitMs = 30_000;
let lab = new ShellLab();

beforeEach(() => {
  lab = new ShellLab();
});
afterEach(() => lab.end());

async function expectGone(processes: readonly ProcessIdentity[]): Promise<void> {
  expect(processes.length).toBeGreaterThan(0);
  for (const process of processes) expect(await waitForExit(process, goneLimitMs)).toBe(true);
}

/** Nobody runs a lab here, and no file of one is left but the log. */
async function expectNoLab(): Promise<void> {
  const { code, stdout } = await lab.run(['lab', 'status']);
  expect([code, stdout]).toEqual([0, 'no lab is up\n']);
  expect(existsSync(join(lab.stateDirectory, 'lab', 'claim.json'))).toBe(false);
  expect(existsSync(join(lab.stateDirectory, 'lab', 'shell', 'lab.json'))).toBe(false);
}

/** Brings the lab up; its daemon first, then everything below it. */
async function up(): Promise<readonly [ProcessIdentity, ...ProcessIdentity[]]> {
  const { document, stderr } = await lab.document(['lab', 'up', 'estate.yaml']);
  expect(stderr).toContain('lab shell is up');
  const daemon = document['daemon'] as ProcessIdentity;
  return [daemon, ...descendantsOf(daemon.pid)];
}

/** Sends a signal to the program at a mark and tells what ran below it at that moment. */
function strikeAt(
  mark: string,
  signal: NodeJS.Signals,
): { readonly strike: Listener; readonly victims: readonly ProcessIdentity[] } {
  const victims: ProcessIdentity[] = [];
  const strike: Listener = (told, child) => {
    if (victims.length > 0 || !told.includes(mark)) return;
    victims.push(...descendantsOf(child.pid ?? 0));
    child.kill(signal);
  };
  return { strike, victims };
}

describe('a lab that cannot come up', () => {
  it('because a port is taken names the port', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as AddressInfo;
    const first = ['--first-port', String(port)];
    const { code, stdout, stderr } = await lab.run(['lab', 'up', 'estate.yaml', ...first]);
    holder.close();
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(`premortem: port ${port} is taken by another process`);
    await expectNoLab();
  });

  it('because Postgres does not start names it and says what it said', async () => {
    const binaries = join(lab.directory, 'fake', 'bin');
    await mkdir(binaries, { recursive: true });
    const bare = ['lab', 'up', 'estate.yaml', '--binaries', binaries];
    const missing = await lab.run(bare);
    expect(missing.code).toBe(1);
    expect(missing.stderr).toContain(`there is no program ${join(binaries, 'postgres')}`);

    lab.write('fake/bin/postgres', '#!/bin/sh\necho "postgres (PostgreSQL) 18.4"\n');
    lab.write('fake/bin/initdb', '#!/bin/sh\necho "initdb: error: no space left" >&2\nexit 1\n');
    for (const name of ['postgres', 'initdb']) await chmod(join(binaries, name), 0o755);
    const broken = await lab.run(bare);
    expect([broken.code, broken.stdout]).toEqual([1, '']);
    expect(broken.stderr).toContain('did not start: initdb: error: no space left');
    await expectNoLab();
  });

  it('because Ctrl-C came first exits 130 and leaves nothing', async () => {
    const { strike, victims } = strikeAt('creating', 'SIGINT');
    const { code, stdout, stderr } = await lab.run(['lab', 'up', 'estate.yaml'], strike);
    expect([code, stdout]).toEqual([130, '']);
    expect(stderr).toContain('the lab was stopped while it was starting');
    await expectGone(victims);
    await expectNoLab();
  });
});

describe('a lab that is up', () => {
  it('refuses a second one, and is not disturbed by it', async () => {
    const processes = await up();
    const second = await lab.run(['lab', 'up', 'estate.yaml']);
    expect([second.code, second.stdout]).toEqual([3, '']);
    expect(second.stderr).toMatch(/a lab of estate "shell" is already up in .*premortem lab down/);
    expect(processes.slice(0, 2).every(isRunning)).toBe(true);
    expect(await lab.roles()).toEqual({ primary: us, standbys: 2 });
  });

  it('is stale when its processes were killed, says so, and can be brought up anew', async () => {
    const [daemon, ...below] = await up();
    signalProcess(watchdogOf(daemon.pid), 'SIGKILL');
    signalProcess(daemon, 'SIGKILL');
    expect(await waitForExit(daemon, goneLimitMs)).toBe(true);
    const status = await lab.run(['lab', 'status']);
    expect([status.code, status.stdout]).toEqual([
      0,
      `lab shell died (process ${daemon.pid}); \`premortem lab down\` removes what it left\n`,
    ]);
    await lab.run(['identity', 'new', 'ada']);
    const plan = await lab.run(['plan', 'scenario.yaml', '--as', 'ada']);
    expect([plan.code, plan.stderr]).toEqual([2, expect.stringContaining('no lab is up')]);

    const next = await up();
    await expectGone(below);
    expect(next[0].pid).not.toBe(daemon.pid);
    expect(await lab.roles()).toEqual({ primary: us, standbys: 2 });
    expect((await lab.run(['lab', 'down'])).code).toBe(0);
    await expectGone(next);
    await expectNoLab();
  });
});

describe('a lab that begins anew on a state that knows an earlier one', () => {
  it('is led by its declared primary for the shard map, too', async () => {
    const configDirectory = join(lab.directory, 'config', 'premortem');
    const state = await openState(lab.stateDirectory, { configDirectory });
    try {
      await state.shardMap.switch(shardId, eu, 3);
      await up();
      expect(await state.shardMap.get(shardId)).toMatchObject({ primary: us, epoch: 4 });
    } finally {
      await state.close();
    }
    expect((await lab.run(['audit', 'verify'])).code).toBe(0);
  });
});

describe('a demo', () => {
  it('that is killed with kill -9 takes its lab with it', async () => {
    const { strike, victims } = strikeAt('calibrating', 'SIGKILL');
    const { code } = await lab.run(['demo', '--out', 'demo'], strike);
    expect(code).toBeNull();
    // The daemon, its watchdog and three servers at least.
    expect(victims.length).toBeGreaterThanOrEqual(5);
    await expectGone(victims);
  });

  it('that is stopped with Ctrl-C exits 130 and leaves nothing running', async () => {
    const { strike, victims } = strikeAt('calibrating', 'SIGINT');
    const { code, stdout } = await lab.run(['demo', '--out', 'demo'], strike);
    expect([code, stdout]).toEqual([130, '']);
    await expectGone(victims);
  });
});

describe('Ctrl-C during an execution', () => {
  it('leads back what was begun, exits 130 and stops the load', async () => {
    await up();
    for (const name of ['ada', 'grace']) await lab.run(['identity', 'new', name]);
    const { id } = await lab.approve(await lab.plan('scenario.yaml'));
    const stopped = await lab.run(['execute', id], signalAt('1-check-topology done', 'SIGINT'));
    expect(stopped.code).toBe(130);
    expect(stopped.stdout).toContain(`${id} was led back to the state before it: interrupted`);
    expect(await lab.history(id)).toEqual(['submitted', 'approved', 'started', 'compensated']);
    expect(await lab.roles()).toEqual({ primary: us, standbys: 2 });
    const { document } = await lab.document(['lab', 'status']);
    expect(document['daemon']).toMatchObject({ load: { running: false } });
    expect((await lab.run(['audit', 'verify'])).code).toBe(0);
    const resumed = await lab.run(['resume', id]);
    expect(resumed.code).toBe(3);
    expect(resumed.stderr).toContain('a plan that is compensated cannot resume');
  });
});

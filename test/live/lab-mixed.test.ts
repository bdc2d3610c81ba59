// A mix of every kind of request on real servers: each is answered, does as much as its size says, and is accounted for
// on the processors; and on a machine that can, servers and clients stay on processors of their own.
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { adminAddress, openServer } from '../../live/bridge/postgres.ts';
import { openLabControl, type LabControl } from '../../live/lab/lab-control.ts';
import type { LabInfo } from '../../live/lab/lab-info.ts';
import { labUp } from '../../live/lab/lab.ts';
import { readSamples } from '../../live/load/samples-file.ts';
import { statementOf } from '../../live/load/statements.ts';
import { readSummary } from '../../live/load/summary.ts';
import { parseProcessorList } from '../../live/placement/host-means.ts';
import { childrenOf } from '../../live/processes.ts';
import { drawTrace } from '../../twin/demand.ts';
import type { Fleet } from '../../twin/estate/estate.ts';
import { writeTrace } from '../../twin/trace.ts';
import { makeTenant } from '../fixtures/estate.ts';
import { labEstate, makeStateDir, us } from './lab-fixture.ts';

const fleet: Fleet = {
  ...(labEstate.fleets[0] as Fleet),
  classes: [
    { id: 'commit', kind: 'write', ratePerSec: 30, size: { kind: 'constant', value: 100 } },
    { id: 'job', kind: 'job', ratePerSec: 30, size: { kind: 'exponential', mean: 5 } },
    { id: 'compute', kind: 'compute', ratePerSec: 20, size: { kind: 'exponential', mean: 5_000 } },
    { id: 'read', kind: 'read', ratePerSec: 40, size: { kind: 'constant', value: 1 } },
  ],
  tenants: [
    makeTenant({ id: 'acme', home: 'us', share: 0.5 }, 'checkout-0'),
    makeTenant({ id: 'globex', home: 'eu', share: 0.5 }, 'checkout-0'),
  ],
  pool: { size: 2, timeoutMs: 20_000 },
};
const estate = {
  ...labEstate,
  tiers: [{ id: 'small', vcpus: 1, memoryBytes: 2 ** 30, maxConnections: 200, usdPerHour: 0 }],
  fleets: [fleet],
};
const trace = drawTrace(fleet, {
  seed: 'mixed',
  replication: 0,
  horizonMs: 3_000,
  factors: new Map(),
});

const state = await makeStateDir();
let lab: LabInfo;
let control: LabControl;
let admin: Client;
let directory = '';

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'premortem-mixed-'));
  lab = await labUp(estate, { stateDir: state.stateDir, lifeline: 'stdin' });
  control = await openLabControl(lab);
  admin = await openServer(adminAddress(lab, us));
});

afterAll(async () => {
  await admin.end();
  control.close();
  await state.remove();
  await rm(directory, { recursive: true });
});

/** The processors that a process may use. */
function processorsOf(pid: number): readonly number[] {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return parseProcessorList(/^Cpus_allowed_list:\s*(.*)$/m.exec(status)?.[1] ?? '');
}

/** Children of the lab's process that spin in the idle class. */
function spinners(): readonly number[] {
  return childrenOf(lab.daemon.pid).filter((pid) => {
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    return command.includes('spinner.ts');
  });
}

async function startLoad(): Promise<number> {
  await writeFile(join(directory, 'trace.bin'), writeTrace(trace));
  const { pid } = await control.startLoad({
    schema: 'premortem/load/v1',
    run: 'mixed',
    traceFile: join(directory, 'trace.bin'),
    outDirectory: directory,
    startInMs: 300,
    shard: 'checkout-0',
    map: { primary: us, epoch: 1 },
    pool: fleet.pool,
    classes: fleet.classes.map(({ id, kind }) => ({ id, kind })),
    tenants: fleet.tenants.map(({ id, home }) => ({ id, home })),
    watchProcessors: true,
    keyBase: 1,
  });
  return pid;
}

const untilEnd = (): Promise<boolean> =>
  vi.waitUntil(async () => !(await control.loadStatus()).running, {
    timeout: 30_000,
    interval: 100,
  });

describe('a computation', () => {
  const facts = { request: 0, key: 0, tenant: 'acme' };

  test('makes as many rows as its size says, and keeps none of them', async () => {
    for (const size of [1, 5_000, 200_000]) {
      const { rows } = await admin.query(statementOf('compute', { ...facts, size }));
      expect(rows).toEqual([{ rows: String(size) }]);
    }
    const { rows } = await admin.query(
      `explain (analyze, buffers, format json) ${statementOf('compute', { ...facts, size: 1 }).text.replace('$1', '200000')}`,
    );
    const plan = JSON.stringify(rows);
    expect(plan).toMatch(/"Temp Written Blocks":0,/);
    expect(plan).not.toMatch(/"Temp Written Blocks":[1-9]/);
    expect(plan).not.toMatch(/"Shared Read Blocks":[1-9]/);
    expect(plan).not.toContain('Gather');
  });

  test.runIf(process.platform === 'linux')('costs processor time in proportion', async () => {
    const [{ pid } = { pid: 0 }] = (await admin.query('select pg_backend_pid() as pid')).rows;
    const used = (): number =>
      Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ', 1)[0]);
    const costOf = async (size: number): Promise<number> => {
      const before = used();
      for (let time = 0; time < 5; time++) {
        await admin.query(statementOf('compute', { ...facts, size }));
      }
      return used() - before;
    };
    await costOf(20_000);
    const ratio = (await costOf(160_000)) / (await costOf(20_000));
    // Eight times the rows; processor time is not wall time, but caches and clock rates leave their marks.
    expect(ratio).toBeGreaterThan(5);
    expect(ratio).toBeLessThan(12);
  });
});

test('a read finds one row, whatever the number of the request', async () => {
  for (const request of [0, 1, 9_999, 123_456_789]) {
    const { rows } = await admin.query(
      statementOf('read', { request, key: 0, tenant: 'acme', size: 1 }),
    );
    expect(rows).toHaveLength(1);
  }
});

test('a write looks up its key in the index, also where its plan is older than the rows', async () => {
  const { password: _, ...address } = adminAddress(lab, us);
  const client = await openServer({ ...address, user: lab.database.user });
  try {
    const { text } = statementOf('write', { request: 0, key: 1, tenant: 'acme', size: 1 });
    await client.query(`prepare write(bigint, text, text) as ${text}`);
    const { rows } = await client.query(`explain execute write(1, 'acme', 'x')`);
    expect(JSON.stringify(rows)).toContain('orders_key');
    expect(JSON.stringify(rows)).not.toContain('Seq Scan');
  } finally {
    await client.end();
  }
});

test('a mix is answered, accounted for, and keeps servers and clients apart while it plays', async () => {
  const driver = await startLoad();
  const { placement } = lab;
  const canPin = process.platform === 'linux' && availableParallelism() > 1;
  if (placement.kind === 'pinned') {
    const servers = (await control.status()).nodes.flatMap(({ pid }) => pid ?? []);
    expect(servers).toHaveLength(3);
    for (const pid of servers.flatMap((server) => [server, ...childrenOf(server)])) {
      expect(processorsOf(pid)).toEqual(placement.servers);
    }
    for (const pid of [driver, lab.daemon.pid]) expect(processorsOf(pid)).toEqual(placement.others);
    expect(spinners()).toHaveLength(placement.warm ? placement.servers.length : 0);
  } else {
    expect(canPin && !placement.why.startsWith('unknown')).toBe(false);
  }
  await untilEnd();
  if (process.platform === 'linux') expect(spinners()).toEqual([]);

  const { outcomes, cpu } = readSummary(directory);
  expect(outcomes.acknowledged).toBe(trace.count);
  const { sentMs, doneMs } = readSamples(directory, trace);
  for (let request = 0; request < trace.count; request++) {
    const tookMs = (doneMs[request] ?? 0) - (sentMs[request] ?? 0);
    const isJob = trace.classes[trace.classOf[request] ?? 0] === 'job';
    expect(tookMs).toBeGreaterThan(isJob ? (trace.size[request] ?? 0) - 1 : 0);
  }
  if (process.platform !== 'linux') return;
  const sent = trace.classes.map((_, index) => trace.classOf.filter((one) => one === index).length);
  expect(cpu?.byClass.map(({ operations }) => operations)).toEqual(sent);
  for (const { cpuMs } of cpu?.byClass ?? []) expect(cpuMs).toBeGreaterThan(0);
  const leader = cpu?.byNode.find(({ node }) => node === us);
  expect(leader?.atMs.length).toBeGreaterThan(2);
  expect(leader?.busyMs).toEqual(leader?.busyMs.toSorted((a, b) => a - b));
});

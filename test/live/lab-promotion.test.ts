// A planned promotion by hand, through the verbs that an executor uses, on real servers with delayed links; then the
// way back from a crash, where the old primary has log that nobody else has and must be rebuilt.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Client } from 'pg';
import { isAhead } from '../../live/bridge/divergence.ts';
import { openNode } from '../../live/bridge/postgres.ts';
import {
  followUpstream,
  promoteNode,
  waitAttached,
  waitReplay,
} from '../../live/bridge/postgres-verbs.ts';
import { lsnBytes, observeShard, topologyDigest } from '../../live/bridge/topology.ts';
import { openLabControl, type LabControl } from '../../live/lab/lab-control.ts';
import type { LabInfo } from '../../live/lab/lab-info.ts';
import { labUp } from '../../live/lab/lab.ts';
import { ec, eu, labEstate, makeStateDir, us } from './lab-fixture.ts';

const limitMs = 30_000;
const state = await makeStateDir();
let lab: LabInfo;
let control: LabControl;

beforeAll(async () => {
  lab = await labUp(labEstate, { stateDir: state.stateDir, lifeline: 'stdin' });
  control = await openLabControl(lab);
});

afterAll(async () => {
  control.close();
  await state.remove();
});

async function withNode<T>(nodeId: string, use: (client: Client) => Promise<T>): Promise<T> {
  const client = await openNode(lab, nodeId);
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

const observe = () => observeShard(lab, labEstate, 'checkout-0');

async function insertOrders(nodeId: string, from: number, to: number): Promise<void> {
  await withNode(nodeId, (client) =>
    client.query(
      `insert into orders (key, tenant, body) select n, 'acme', 'x' from generate_series($1::int, $2::int) n`,
      [from, to],
    ),
  );
}

async function orderKeys(nodeId: string): Promise<number[]> {
  const { rows } = await withNode(nodeId, (client) =>
    client.query<{ key: string }>('select key from orders order by key'),
  );
  return rows.map(({ key }) => Number(key));
}

const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);

test('a new lab has the declared primary, standbys and sync rule, and the declared delays', async () => {
  const { primary, syncStandbyNames, nodes } = await observe();
  expect(primary).toBe(us);
  expect(syncStandbyNames).toBe(`FIRST 1 ("${us}", "${eu}", "${ec}")`);
  expect(nodes.map(({ id, state: role, upstream, sync }) => [id, role, upstream, sync])).toEqual([
    [us, 'primary', null, null],
    [eu, 'standby', us, 'sync'],
    [ec, 'standby', us, 'potential'],
  ]);
  expect(new Set(nodes.map(({ systemIdentifier }) => systemIdentifier)).size).toBe(1);
  expect((await control.status()).links).toEqual(labEstate.links);
});

test('the topology has a digest that data do not change', async () => {
  const before = topologyDigest(await observe());
  await insertOrders(us, 1, 100);
  expect(topologyDigest(await observe())).toBe(before);
});

test('a commit waits one round trip of the link to the synchronous standby', async () => {
  await control.setLinks([{ between: ['us', 'eu'], delayMs: 25, bandwidthBytesPerSec: null }]);
  const beganMs = performance.now();
  await insertOrders(us, 101, 101);
  expect(performance.now() - beganMs).toBeGreaterThanOrEqual(50);
  await control.setLinks([{ between: ['us', 'eu'], delayMs: 3, bandwidthBytesPerSec: null }]);
});

test('a planned promotion moves the lead, keeps every row, and brings the old primary back without a rebuild', async () => {
  const before = topologyDigest(await observe());
  const [oldPrimary, target] = await Promise.all([openNode(lab, us), openNode(lab, eu)]);
  const { targetLsn, replayedLsn } = await waitReplay(oldPrimary, target, limitMs);
  expect(lsnBytes(replayedLsn)).toBeGreaterThanOrEqual(lsnBytes(targetLsn));
  await control.stopNode(us, 'fast');
  await expect(oldPrimary.query('select 1')).rejects.toThrow();

  const { timeline } = await promoteNode(target, limitMs);
  const followed = await followUpstream(
    control,
    ec,
    { id: eu, client: target },
    { counted: true, limitMs },
  );
  expect(followed.sync).toBe('sync');
  await insertOrders(eu, 102, 150);

  await control.configureStandby(us, eu);
  await control.startNode(us);
  await withNode(us, async (client) => expect(await isAhead(client, target)).toBe(false));
  expect(await waitAttached(target, us, { counted: true, limitMs })).toMatchObject({
    sync: 'sync',
  });
  await Promise.all(
    [us, ec].map((node) => withNode(node, (client) => waitReplay(target, client, limitMs))),
  );

  const { primary, nodes } = await observe();
  expect(primary).toBe(eu);
  expect(timeline).toBe(2);
  expect(
    nodes.map(({ id, state: role, timeline: tli, upstream, sync }) => [
      id,
      role,
      tli,
      upstream,
      sync,
    ]),
  ).toEqual([
    [us, 'standby', 2, eu, 'sync'],
    [eu, 'primary', 2, null, null],
    [ec, 'standby', 2, eu, 'potential'],
  ]);
  for (const node of [us, eu, ec]) expect(await orderKeys(node)).toEqual(upTo(150));
  expect(topologyDigest(await observe())).not.toBe(before);
  await target.end();
});

test('every step may be repeated by an executor that resumes, and changes nothing then', async () => {
  const before = topologyDigest(await observe());
  await withNode(eu, async (primary) => {
    expect(await promoteNode(primary, limitMs)).toEqual({ timeline: 2 });
    await followUpstream(control, ec, { id: eu, client: primary }, { counted: false, limitMs });
    await control.configureStandby(us, eu);
    await control.startNode(us);
    await control.startNode(eu);
    await withNode(us, async (client) => expect(await isAhead(client, primary)).toBe(false));
  });
  expect(topologyDigest(await observe())).toBe(before);
});

test('no slot is left on a node that nobody follows', async () => {
  const count = 'select count(*)::int as n from pg_replication_slots';
  for (const [node, slots] of [
    [us, 0],
    [eu, 2],
    [ec, 0],
  ] as const) {
    const { rows } = await withNode(node, (client) => client.query(count));
    expect([node, rows]).toEqual([node, [{ n: slots }]]);
  }
});

test('an old primary that has log of its own is recognised and rebuilt', async () => {
  // Nobody receives what eu writes alone: its commit waits for a standby in vain and is cut off by the crash.
  await Promise.all([control.stopNode(us, 'fast'), control.stopNode(ec, 'fast')]);
  await withNode(eu, async (client) => {
    await client.query(`set synchronous_commit = 'local'`);
    await client.query(`insert into orders (key, tenant, body) values (999, 'acme', 'lost')`);
  });
  await control.stopNode(eu, 'immediate');
  await control.startNode(us);
  await control.startNode(ec);
  await withNode(us, async (client) => {
    await promoteNode(client, limitMs);
    await followUpstream(control, ec, { id: us, client }, { counted: true, limitMs });
    await control.configureStandby(eu, us);
    await control.startNode(eu);
    await withNode(eu, async (old) => expect(await isAhead(old, client)).toBe(true));
    await control.rebuildNode(eu, us);
    await control.startNode(eu);
    await withNode(eu, async (rebuilt) => expect(await isAhead(rebuilt, client)).toBe(false));
    await waitAttached(client, eu, { counted: false, limitMs });
    await withNode(eu, (rebuilt) => waitReplay(client, rebuilt, limitMs));
  });
  expect(await orderKeys(eu)).toEqual(upTo(150));
  expect((await observe()).primary).toBe(us);
});

test('a node that is down is seen as down, and nobody can be told to follow it', async () => {
  await control.stopNode(ec, 'immediate');
  const { nodes } = await observe();
  expect(nodes.find(({ id }) => id === ec)).toMatchObject({
    state: 'down',
    sync: null,
    timeline: null,
  });
  await expect(control.configureStandby(eu, ec)).rejects.toThrow(
    `${eu} cannot follow ${ec}, which is down`,
  );
  expect((await control.status()).nodes.find(({ id }) => id === ec)).toEqual({
    id: ec,
    state: 'down',
    pid: null,
  });
  await control.startNode(ec);
  expect((await observe()).nodes.find(({ id }) => id === ec)).toMatchObject({ state: 'standby' });
});

test('verbs refuse what they do not know', async () => {
  await expect(control.startNode('checkout-9')).rejects.toThrow('the lab has no node "checkout-9"');
  await expect(
    control.setLinks([{ between: ['us', 'mars'], delayMs: 1, bandwidthBytesPerSec: null }]),
  ).rejects.toThrow('the estate has no region "mars"; regions here: us, eu, ec');
  await expect(
    control.setLinks([{ between: ['us', 'eu'], delayMs: -1, bandwidthBytesPerSec: null }]),
  ).rejects.toMatchObject({
    code: 'usage',
  });
});

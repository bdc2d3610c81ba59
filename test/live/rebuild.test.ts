// A standby copied anew over the network, on real servers and under load: everything is there afterwards, the copy keeps to
// its rate, and a step that was cut off is done again.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { performStep } from '../../live/bridge/index.ts';
import { openNode } from '../../live/bridge/postgres.ts';
import { RouterControl } from '../../live/bridge/router-control.ts';
import { rebuilds, copyParametersOf } from '../../live/calibrate/experiments/rebuilds.ts';
import { fullEffort, type PractisedRebuild } from '../../live/calibrate/experiment.ts';
import { practiseRebuilds } from '../../live/executor/practise-rebuilds.ts';
import { AdminSessions } from '../../live/lab/admin-sessions.ts';
import { receiveBackup } from '../../live/lab/base-backup.ts';
import { openLabControl } from '../../live/lab/lab-control.ts';
import type { LabInfo } from '../../live/lab/lab-info.ts';
import { labDatabase } from '../../live/lab/settings.ts';
import { labUp } from '../../live/lab/lab.ts';
import { stepsOf } from '../../twin/actions/index.ts';
import type { Estate } from '../../twin/estate/estate.ts';
import { ec, LiveTest, shardId } from './executor-fixture.ts';

const mebibyte = 1024 ** 2;
const dataBytes = 8 * mebibyte;

const live = new LiveTest();
const estate: Estate = {
  ...live.estate,
  fleets: live.estate.fleets.map((fleet) => ({
    ...fleet,
    shards: fleet.shards.map((shard) => ({ ...shard, dataBytes })),
  })),
};
let lab: LabInfo;

beforeAll(async () => {
  lab = await labUp(estate, { stateDir: live.directory, lifeline: 'stdin' });
});

afterAll(() => live.down());

async function ask<T>(node: string, text: string): Promise<T | undefined> {
  const client = await openNode(lab, node);
  try {
    return (await client.query<{ answer: T }>(text)).rows[0]?.answer;
  } finally {
    await client.end();
  }
}

const rowsOfFilling = 'select count(*)::int as answer from filling';

test('the declared data is there', async () => {
  expect(await ask(live.leader, rowsOfFilling)).toBe(dataBytes / 8_192);
  const bytes = await ask<number>(live.leader, `select pg_table_size('filling')::int as answer`);
  expect(bytes).toBeGreaterThanOrEqual(dataBytes);
  expect(bytes).toBeLessThan(1.02 * dataBytes);
});

test('rebuilds copy everything, no faster than they may, and the standby streams again', async () => {
  const [slow, fast] = (await practiseRebuilds(lab, estate, 2)) as [
    PractisedRebuild,
    PractisedRebuild,
  ];
  expect(slow.steps.map(({ step }) => step)).toEqual([
    'check-topology',
    'stop-standby',
    'copy-node',
    'start-standby',
  ]);
  for (const { copy } of [slow, fast]) {
    expect(copy.bytes).toBeGreaterThan(dataBytes + 10 * mebibyte);
    expect(copy.durationMs).toBeGreaterThan((copy.bytes / copy.limitPerSec) * 1_000 - 125);
  }
  const streaming = `select count(*)::int as answer from pg_stat_replication where state = 'streaming'`;
  expect(await ask(live.leader, streaming)).toBe(2);
  const measured = copyParametersOf([slow.copy, fast.copy], dataBytes);
  expect(measured['copy.otherBytes']?.value).toBeGreaterThan(10 * mebibyte);
  expect(measured['copy.bytesPerSec']?.value).toBeGreaterThan(1e6);
});

test('a step that was cut off is done again, whatever the first attempt left', async () => {
  const control = await openLabControl(lab);
  const sessions = new AdminSessions();
  const router = new RouterControl(control, 'none', '');
  const shardMap = { get: () => Promise.resolve(undefined), switch: () => Promise.resolve() };
  const platform = { lab, estate, control, sessions, router, shardMap };
  const action = { kind: 'rebuild', shard: shardId, node: ec, bytesPerSec: 1e9 } as const;
  try {
    for (const step of stepsOf(action, estate, 1)) {
      await performStep(step, platform);
      await performStep(step, platform).catch((error: unknown) => {
        // Only the look at the whole platform minds that a standby is away.
        if (step.name !== 'check-topology') throw error;
      });
    }
    const again = stepsOf(action, estate, 1).slice(2);
    for (const step of again) await performStep(step, platform);
    expect(await ask(ec, rowsOfFilling)).toBe(dataBytes / 8_192);
    expect(await ask(ec, 'select pg_is_in_recovery() as answer')).toBe(true);

    // The server may even be just starting, told to by the one who died.
    await sessions.close(ec);
    await control.stopNode(ec, 'fast');
    const starting = control.startNode(ec);
    for (const step of again.slice(-1)) await performStep(step, platform);
    await starting;
    expect(await ask(ec, rowsOfFilling)).toBe(dataBytes / 8_192);
  } finally {
    router.close();
    await sessions.closeAll();
    control.close();
  }
});

test('a copy that is refused or cannot be written fails with the reason', async () => {
  const node = lab.nodes.find(({ id }) => id === live.leader);
  if (node === undefined) throw new Error('the lab has its primary');
  const order = {
    way: { port: node.port, delayMs: 0 },
    user: labDatabase.replicationUser,
    directory: live.root,
    owner: null,
    bytesPerSec: 1e9,
  };
  await expect(receiveBackup({ ...order, user: 'nobody' })).rejects.toThrow('nobody');
  const file = join(live.root, 'no-directory');
  writeFileSync(file, '');
  await expect(receiveBackup({ ...order, directory: file })).rejects.toThrow(/ENOTDIR|directory/);
});

test('only estates that say how much there is to copy need the experiment', () => {
  const [fleet] = estate.fleets;
  const [shard] = fleet?.shards ?? [];
  if (fleet === undefined || shard === undefined) throw new Error('the estate has a shard');
  const subject = { estate, fleet, shard, commitModes: [shard.commitMode] };
  expect(rebuilds.needed(subject)).toContain('copy.bytesPerSec');
  const silent = { ...subject, estate: live.estate, shard: { ...shard, dataBytes: null } };
  expect(rebuilds.needed(silent)).toEqual([]);
  expect(rebuilds.because(silent)).toContain('how much data');
  expect(rebuilds.method(fullEffort)).toContain('rebuilds');
});

// Processor time of the processes that replicate, read from a real lab under load: it grows with commits, and is nobody else's.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openNode } from '../../live/bridge/postgres.ts';
import { replicationUse, usedBetween } from '../../live/calibrate/replication-cpu.ts';
import type { LabInfo } from '../../live/lab/lab-info.ts';
import { LiveTest } from './executor-fixture.ts';

const live = new LiveTest();
let lab: LabInfo;

beforeAll(async () => {
  lab = await live.up();
});
afterAll(() => live.down());

async function commit(count: number): Promise<void> {
  const client = await openNode(lab, live.leader);
  try {
    for (let key = 0; key < count; key++) {
      await client.query(`insert into orders (key, tenant, body) values ($1, 'acme', 'text')`, [
        key,
      ]);
    }
  } finally {
    await client.end();
  }
}

test.runIf(process.platform === 'linux')('counts who sends, receives and replays', async () => {
  const before = replicationUse(lab);
  // A sender and a receiver for each of two standbys, and who replays on each.
  expect(before.size).toBe(6);
  await commit(100);
  const few = usedBetween(before, replicationUse(lab)) ?? 0;
  const between = replicationUse(lab);
  await commit(500);
  const many = usedBetween(between, replicationUse(lab)) ?? 0;
  expect(few).toBeGreaterThan(0);
  expect(many).toBeGreaterThan(few);
});

test('says so where there is nothing to count', () => {
  expect(replicationUse({ nodes: [] }).size).toBe(0);
  expect(usedBetween(new Map(), new Map([[1, 2]]))).toBe(null);
  expect(usedBetween(new Map([[1, 2]]), new Map())).toBe(null);
  expect(
    usedBetween(
      new Map([[1, 2]]),
      new Map([
        [1, 5],
        [3, 9],
      ]),
    ),
  ).toBe(3);
});

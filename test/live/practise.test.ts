// Practice promotions on real servers: every step is told, the first writes after them too, and the servers are left as
// they were found, without the log of the practice.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openNode } from '../../live/bridge/postgres.ts';
import { practisePromotions } from '../../live/executor/practise-promotions.ts';
import type { LabInfo } from '../../live/lab/lab-info.ts';
import { ec, eu, LiveTest, us } from './executor-fixture.ts';

const live = new LiveTest();
let lab: LabInfo;

beforeAll(async () => {
  lab = await live.up();
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

/** How many segments of a node's log are older than this one. */
function olderThan(segment: string): string {
  return `select count(*)::int as answer from pg_ls_waldir()
    where name ~ '^[0-9A-F]{24}$' and right(name, 16) < '${segment}'`;
}

test('promotions are practised there and back, and leave nothing behind', async () => {
  const before = await ask<string>(us, `select current_setting('wal_keep_size') as answer`);
  expect(before).not.toBe('0');
  const current = 'select right(pg_walfile_name(pg_current_wal_lsn()), 16) as answer';

  const practised = await practisePromotions(lab, live.estate, 2);

  expect(practised).toHaveLength(2);
  for (const steps of practised) {
    expect(steps.map(({ step }) => step)).toEqual([
      'check-topology',
      'hold-requests',
      'drain-requests',
      'wait-replay',
      'stop-node',
      'promote-node',
      'follow',
      'switch-map',
      'release-requests',
      'rejoin',
      'first-use',
    ]);
    const firstUse = steps.at(-1);
    expect(firstUse?.durationMs).toBeGreaterThan(0);
    expect(firstUse?.durationMs).toBeLessThan(1_000);
    // It is processor time, which no load makes longer.
    expect(firstUse).not.toHaveProperty('wakeUpsPerSec');
  }
  const segment = (await ask<string>(us, current)) ?? '';
  expect(segment).toMatch(/^[0-9A-F]{16}$/);
  for (const node of [us, eu, ec]) {
    expect(await ask(node, olderThan(segment)), node).toBe(0);
    expect(await ask(node, `select current_setting('wal_keep_size') as answer`)).toBe(before);
  }
});

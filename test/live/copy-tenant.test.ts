// A tenant copied to another shard on real servers and under load: both have the same at the end of the hold, nothing of the
// copy is left but its rows, and a step that was cut off is done again.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { performStep, undoStep } from '../../live/bridge/index.ts';
import { openNode } from '../../live/bridge/postgres.ts';
import { RouterControl } from '../../live/bridge/router-control.ts';
import type { Platform } from '../../live/bridge/step-driver.ts';
import {
  tenantCopies,
  tenantCopyParametersOf,
} from '../../live/calibrate/experiments/tenant-copies.ts';
import { fullEffort } from '../../live/calibrate/experiment.ts';
import { practiseTenantCopies } from '../../live/executor/practise-tenant-copies.ts';
import { AdminSessions } from '../../live/lab/admin-sessions.ts';
import { openLabControl } from '../../live/lab/lab-control.ts';
import type { LabInfo } from '../../live/lab/lab-info.ts';
import { labDown, labUp } from '../../live/lab/lab.ts';
import { loadEstate } from '../../scenarios/load.ts';
import { stepsOf } from '../../twin/actions/index.ts';
import type { Estate } from '../../twin/estate/estate.ts';
import { shardsEstateText } from '../scenarios/library.ts';
import { makeStateDir } from './lab-fixture.ts';

const mebibyte = 1024 ** 2;
const dataBytes = 4 * mebibyte;
/** As the lab makes them: rows of 1,970 bytes. */
const rowCount = Math.round(dataBytes / 1_970);
const action = { kind: 'copy-tenant', shard: 'orders-0', tenant: 'acme', to: 'orders-1' } as const;
const [here, there, standby] = ['orders-0-ue', 'orders-1-ue', 'orders-0-ew'] as const;

const estate = smallEstate();
let lab: LabInfo;
let stateDir: string;
let remove: () => Promise<void>;

/** The library's estate with less to copy, short links and few connections. */
function smallEstate(): Estate {
  const full = loadEstate(shardsEstateText, 'lab-shards.yaml');
  return {
    ...full,
    links: full.links.map((link) => ({ ...link, delayMs: 3 })),
    fleets: full.fleets.map((fleet) => ({
      ...fleet,
      pool: { ...fleet.pool, size: 2 },
      tenants: fleet.tenants.map((one) => (one.id === 'acme' ? { ...one, dataBytes } : one)),
    })),
  };
}

beforeAll(async () => {
  ({ stateDir, remove } = await makeStateDir());
  lab = await labUp(estate, { stateDir, lifeline: 'stdin' });
});

afterAll(async () => {
  await labDown(stateDir);
  await remove();
});

async function ask<T>(node: string, text: string): Promise<T | undefined> {
  const client = await openNode(lab, node);
  try {
    return (await client.query<{ answer: T }>(text)).rows[0]?.answer;
  } finally {
    await client.end();
  }
}

/** Everything of a tenant on a node, as one text that differs as soon as one byte does. */
function contentOf(node: string, tenant: string): Promise<string | undefined> {
  return ask(
    node,
    `select concat_ws(' ',
        (select md5(string_agg(key || body, ',' order by key)) from documents where tenant = '${tenant}'),
        (select count(*) from documents where tenant = '${tenant}'),
        (select md5(string_agg(key || body, ',' order by key, body)) from orders where tenant = '${tenant}')
      ) as answer`,
  );
}

const leftovers = `select concat_ws(' ',
    (select count(*) from pg_subscription), (select count(*) from pg_publication),
    (select count(*) from pg_replication_slots where slot_type = 'logical')) as answer`;

async function onPlatform<T>(body: (platform: Platform) => Promise<T>): Promise<T> {
  const control = await openLabControl(lab);
  const sessions = new AdminSessions();
  const router = new RouterControl(control, 'none', '');
  const shardMap = { get: () => Promise.resolve(undefined), switch: () => Promise.resolve() };
  try {
    return await body({ lab, estate, control, sessions, router, shardMap });
  } finally {
    router.close();
    await sessions.closeAll();
    control.close();
  }
}

test('the declared rows are on the tenant’s shard, and only there', async () => {
  const rows = (node: string): Promise<number | undefined> =>
    ask(node, 'select count(*)::int as answer from documents');
  expect(await rows(here)).toBe(rowCount);
  expect(await rows(there)).toBe(0);
  const bytes = await ask<number>(
    here,
    `select pg_total_relation_size('documents')::int as answer`,
  );
  expect(bytes).toBeGreaterThan(dataBytes);
  expect(bytes).toBeLessThan(1.1 * dataBytes);
});

test('practice copies under load, throws every copy away, and tells what copies take', async () => {
  const copies = await practiseTenantCopies(lab, estate, 2);
  expect(copies.map(({ bytes }) => bytes)).toEqual([0, dataBytes]);
  for (const { steps } of copies) {
    expect(steps.map(({ step }) => step)).toEqual(
      stepsOf(action, estate, 1).map(({ effect }) => effect.kind),
    );
  }
  expect(await contentOf(there, 'acme')).toBe('0');
  expect(await ask(here, leftovers)).toBe('0 0 0');
  expect(await ask(there, leftovers)).toBe('0 0 0');
  const measured = tenantCopyParametersOf(copies);
  expect(measured['copy-tenant.bytesPerSec']?.value).toBeGreaterThan(1e6);
  for (const step of ['subscribe-tenant', 'wait-applied', 'unsubscribe-tenant'] as const)
    expect(measured[`copy-tenant.${step}Ms`]?.value).toBeGreaterThan(0);
});

test('every step can be done again, and both shards have the same in the end', async () => {
  await onPlatform(async (platform) => {
    const steps = stepsOf(action, estate, 1);
    for (const step of steps) {
      await performStep(step, platform);
      await performStep(step, platform);
      if (step.name === 'subscribe-tenant') {
        // What is written while the copy is kept up to date comes, too, and nobody else's does.
        await ask(
          here,
          `insert into orders (key, tenant, body) values (-1, 'acme', 'own'), (-2, 'globex', 'other')`,
        );
      }
    }
  });
  const content = await contentOf(here, 'acme');
  expect(content).toContain(` ${rowCount} `);
  expect(await contentOf(there, 'acme')).toBe(content);
  expect(
    await ask(there, `select count(*)::int as answer from orders where tenant <> 'acme'`),
  ).toBe(0);
  expect(await ask(here, leftovers)).toBe('0 0 0');
  expect(await ask(there, leftovers)).toBe('0 0 0');
});

test('an attempt that was cut off leaves nothing in the way of the next, and all of it can be taken back', async () => {
  await onPlatform(async (platform) => {
    const [, , subscribe] = stepsOf(action, estate, 1);
    if (subscribe === undefined) throw new Error('a copy has a third step');
    // Rows of an earlier copy, and a slot whose subscription was never made.
    await ask(there, `insert into documents values ('acme', -5, 'left')`);
    const { subscription } = await performStep(subscribe, platform);
    await undoStep(subscribe, platform);
    await ask(here, `select pg_create_logical_replication_slot('${subscription}', 'pgoutput')`);
    await performStep(subscribe, platform);
    const content = await contentOf(here, 'acme');
    await expect.poll(() => contentOf(there, 'acme')).toBe(content);
    await undoStep(subscribe, platform);
    expect(await contentOf(there, 'acme')).toBe('0');
    expect(await ask(here, leftovers)).toBe('0 0 0');
  });
});

test('a copy from or to a server that does not lead is refused with its name', async () => {
  await onPlatform(async (platform) => {
    const [, , subscribe] = stepsOf(action, estate, 1);
    if (subscribe?.effect.kind !== 'subscribe-tenant') throw new Error('a copy subscribes');
    const effect = { ...subscribe.effect, publisher: standby };
    await expect(performStep({ ...subscribe, effect }, platform)).rejects.toThrow(
      `${standby} does not lead`,
    );
  });
});

test('only estates that have somewhere to copy to need the experiment', () => {
  const [fleet] = estate.fleets;
  const [shard, other] = fleet?.shards ?? [];
  if (fleet === undefined || shard === undefined || other === undefined)
    throw new Error('the estate has two shards');
  const subject = { estate, fleet, shard, commitModes: [shard.commitMode] };
  expect(tenantCopies.needed(subject)).toContain('copy-tenant.bytesPerSec');
  expect(tenantCopies.because(subject)).toContain('acme can be copied to orders-1');
  const empty = { ...subject, shard: other };
  expect(tenantCopies.needed(empty)).toEqual([]);
  expect(tenantCopies.because(empty)).toContain('another shard to go to');
  expect(tenantCopies.method(fullEffort)).toContain('copies');
});

// A tenant's rows on their way to another shard, by Postgres' logical replication: a publication that lets only them through,
// and a subscription that copies what is there and then takes what is written. Both are named after the copy, so that an
// attempt that was cut off is found again; rows that it left are thrown away before the next.
import { escapeLiteral, type Client } from 'pg';
import { digestOf } from '../../../engine/digest.ts';
import type { Effect } from '../../../twin/actions/action.ts';
import type { Evidence } from '../../../twin/change/events.ts';
import { labDatabase } from '../../lab/settings.ts';
import type { LabInfo } from '../../lab/lab-info.ts';
import { flushedBy } from '../postgres-verbs.ts';
import { nothingToUndo, type DriversOf, type Platform, type StepContext } from '../step-driver.ts';
import { lsnBytes } from '../topology.ts';
import { waitUntil } from '../wait-until.ts';
import { isStandby, session } from './servers.ts';

type TenantEffects = 'subscribe-tenant' | 'wait-applied' | 'unsubscribe-tenant';
type TenantCopy = Extract<Effect, { kind: TenantEffects }>;

/** Tables that hold tenants' rows, each with a column that says whose. */
const tenantTables = ['orders', 'documents'] as const;

export const tenantSteps: DriversOf<TenantEffects> = {
  'subscribe-tenant': { perform: subscribe, undo: abandon },
  'wait-applied': { perform: untilApplied, undo: nothingToUndo },
  'unsubscribe-tenant': { perform: unsubscribe, undo: abandon },
};

/** The two ends of a copy, and what its publication, slot and subscription are called. */
interface Ends {
  readonly name: string;
  readonly publisher: Client;
  readonly subscriber: Client;
}

async function endsOf(copy: TenantCopy, platform: Platform): Promise<Ends> {
  const { shard, tenant, to } = copy;
  const [publisher, subscriber] = await Promise.all([
    session(platform, copy.publisher),
    session(platform, copy.subscriber),
  ]);
  // A slot's name may hold lower-case letters, digits and underscores only.
  const name = `premortem_${digestOf({ shard, tenant, to }).slice(0, 16)}`;
  return { name, publisher, subscriber };
}

async function subscribe(copy: TenantCopy, context: StepContext): Promise<Evidence> {
  const ends = await endsOf(copy, context);
  const { name, publisher, subscriber } = ends;
  for (const [node, client] of [
    [copy.publisher, publisher],
    [copy.subscriber, subscriber],
  ] as const)
    if (await isStandby(client))
      throw new Error(`${node} does not lead and takes no part in a copy`);
  if (!(await isSubscribed(ends))) {
    await forget(ends, copy.tenant);
    await publish(ends, copy.tenant);
    const way = wayTo(context.lab, copy);
    // Without it what was taken is left to the log writer, and confirmed up to three of its rounds of 200 ms later.
    const options = `slot_name = ${escapeLiteral(name)}, synchronous_commit = local`;
    await subscriber.query(
      `create subscription ${name} connection ${escapeLiteral(way)} publication ${name} with (${options})`,
    );
  }
  await untilCopied(ends, context.deadlineMs);
  return { subscription: name };
}

/** All rows of the tenant are there when every table takes what is written as it comes. */
async function untilCopied({ name, subscriber }: Ends, deadlineMs: number): Promise<void> {
  await waitUntil(`${name} did not copy everything`, deadlineMs, async () => {
    const { rows } = await subscriber.query<{ tables: number; ready: number }>(
      `select count(*)::int as tables, count(*) filter (where r.srsubstate = 'r')::int as ready
         from pg_subscription_rel r join pg_subscription s on s.oid = r.srsubid where s.subname = $1`,
      [name],
    );
    const { tables, ready } = rows[0] ?? { tables: 0, ready: 0 };
    return tables === tenantTables.length && ready === tables ? true : null;
  });
}

async function publish({ name, publisher }: Ends, tenant: string): Promise<void> {
  const tables = tenantTables.map((table) => `${table} where (tenant = ${escapeLiteral(tenant)})`);
  // Nothing is changed or deleted; to publish that, a table would need a key.
  await publisher.query(
    `create publication ${name} for table ${tables.join(', ')} with (publish = 'insert')`,
  );
}

/**
 * Waits until the other shard has everything that was written until now: requests are held meanwhile, so nothing is counted or
 * compared here that would take longer the more there is. A write that nobody waited for may not be on disk
 * yet, and only what is on disk is sent: a message in the log, which is waited for, comes after all of them.
 */
async function untilApplied(copy: TenantCopy, context: StepContext): Promise<Evidence> {
  const { name, publisher } = await endsOf(copy, context);
  await publisher.query(
    `begin; set local synchronous_commit = 'local';
     select pg_logical_emit_message(true, 'premortem', ''); commit`,
  );
  const targetLsn = await flushedBy(publisher);
  await waitUntil(`${copy.to} did not take all of ${copy.tenant}`, context.deadlineMs, async () => {
    const { rows } = await publisher.query<{ lsn: string | null }>(
      'select replay_lsn::text as lsn from pg_stat_replication where application_name = $1',
      [name],
    );
    const lsn = rows[0]?.lsn ?? null;
    return lsn !== null && lsnBytes(lsn) >= lsnBytes(targetLsn) ? true : null;
  });
  return { targetLsn };
}

async function unsubscribe(copy: TenantCopy, context: StepContext): Promise<Evidence> {
  const ends = await endsOf(copy, context);
  await endSubscription(ends);
  return { dropped: ends.name };
}

/** Takes a copy back: no subscription, and none of its rows. */
async function abandon(copy: TenantCopy, context: StepContext): Promise<Evidence> {
  const ends = await endsOf(copy, context);
  await forget(ends, copy.tenant);
  return { dropped: ends.name };
}

async function forget(ends: Ends, tenant: string): Promise<void> {
  await endSubscription(ends);
  for (const table of tenantTables)
    await ends.subscriber.query(`delete from ${table} where tenant = $1`, [tenant]);
}

async function endSubscription({ name, publisher, subscriber }: Ends): Promise<void> {
  await subscriber.query(`drop subscription if exists ${name}`);
  // One whose subscription was never made, or dropped while its primary was away.
  await publisher.query(
    `select pg_drop_replication_slot(slot_name) from pg_replication_slots
       where slot_name = $1 and not active`,
    [name],
  );
  await publisher.query(`drop publication if exists ${name}`);
}

async function isSubscribed({ name, subscriber }: Ends): Promise<boolean> {
  const { rowCount } = await subscriber.query('select from pg_subscription where subname = $1', [
    name,
  ]);
  return (rowCount ?? 0) > 0;
}

/** Over the link between the regions where there is one: within a region nothing is in the way. */
function wayTo(lab: LabInfo, { publisher, subscriber }: TenantCopy): string {
  const [from, to] = [subscriber, publisher].map((id) => lab.nodes.find((node) => node.id === id));
  if (from === undefined || to === undefined) throw new Error('the lab has no such nodes');
  const route = lab.routes.find(
    (one) => one.kind === 'replication' && one.from === from.region && one.to === publisher,
  );
  const { host, port } = from.region === to.region || route === undefined ? to : route;
  const { name: dbname, replicationUser: user } = labDatabase;
  const words = { host, port, dbname, user, sslmode: 'disable', gssencmode: 'disable' };
  return Object.entries(words)
    .map(([key, value]) => `${key}=${value}`)
    .join(' ');
}

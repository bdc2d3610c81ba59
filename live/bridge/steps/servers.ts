// What several steps ask of the servers of a shard: who runs, who takes writes, who is attached. Small questions with one
// answer each; what follows from the answers is decided in the steps.
import type { Client } from 'pg';
import { assert } from '../../../engine/failure.ts';
import { findShard, nodesOf, type Estate, type Shard } from '../../../twin/estate/estate.ts';
import { adminAddress, isUnreachable } from '../postgres.ts';
import { flushedBy } from '../postgres-verbs.ts';
import type { Platform, StepContext } from '../step-driver.ts';
import { attachedStandbys, lsnBytes, type AttachedStandby } from '../topology.ts';
import { waitUntil } from '../wait-until.ts';

/** The shard of an effect. Plans are checked against the estate before they run, so it is there. */
export function shardOf(estate: Estate, shardId: string): Shard {
  const found = findShard(estate, shardId);
  assert(found !== undefined, `the estate has a shard ${shardId}`);
  return found.shard;
}

/** The lasting administrator's connection to a node. */
export function session({ lab, sessions }: Platform, node: string): Promise<Client> {
  return sessions.use(adminAddress(lab, node));
}

/** The other nodes of a shard, by whether their server process runs: asked of who started it, not of its port. */
export async function othersOf(
  node: string,
  shard: string,
  { estate, control }: Platform,
): Promise<{ readonly up: readonly string[]; readonly down: readonly string[] }> {
  const { nodes } = await control.status();
  const running = new Set(nodes.filter(({ state }) => state === 'up').map(({ id }) => id));
  const others = nodesOf(shardOf(estate, shard))
    .map(({ id }) => id)
    .filter((id) => id !== node);
  return {
    up: others.filter((id) => running.has(id)),
    down: others.filter((id) => !running.has(id)),
  };
}

export async function isStandby(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ standby: boolean }>(
    'select pg_is_in_recovery() as standby',
  );
  return rows[0]?.standby ?? false;
}

/**
 * Throws when a running node takes writes where none may: there must never be two primaries. One that is only just starting
 * or stopping, because an executor that died meanwhile told it to, is asked again until it answers or is gone.
 */
export async function refuseWriter(node: string, context: StepContext): Promise<void> {
  await waitUntil(`${node} runs and did not answer`, context.deadlineMs, async () => {
    const { nodes } = await context.control.status();
    if (!nodes.some(({ id, state }) => id === node && state === 'up')) return 'down';
    try {
      if (await isStandby(await session(context, node))) return 'standby';
    } catch (error) {
      if (isUnreachable(error)) return null;
      throw error;
    }
    throw new Error(`${node} takes writes, and there must never be two primaries`);
  });
}

/**
 * Waits until `node` has all the log of this moment from `upstream` and, where the shard has a rule for it, commits wait
 * for this standby or for as many as the rule says: from then on a write that is acknowledged is on two disks. Its position
 * is what tells: a standby first streams the end of the old timeline, looks attached for an instant, and comes back for
 * the new one.
 */
export async function untilAttached(
  { node, upstream }: { readonly node: string; readonly upstream: string },
  { syncRule }: Shard,
  context: StepContext,
): Promise<AttachedStandby> {
  const client = await session(context, upstream);
  const target = lsnBytes(await flushedBy(client));
  return waitUntil(`${node} did not attach to ${upstream}`, context.deadlineMs, async () => {
    const attached = await attachedStandbys(client);
    const own = attached.find((one) => one.node === node && one.state === 'streaming');
    if (own === undefined || own.flushedLsn === null) return null;
    if (lsnBytes(own.flushedLsn) < target) return null;
    return isWaitedFor(own) || meetsRule(attached, syncRule) ? own : null;
  });
}

/** Waits until commits on `primary` wait for as many standbys as the shard's rule says, and names them. */
export async function untilProtected(
  primary: string,
  { syncRule }: Shard,
  context: StepContext,
): Promise<readonly string[]> {
  const client = await session(context, primary);
  return waitUntil(`${primary} did not get its standbys back`, context.deadlineMs, async () => {
    const attached = await attachedStandbys(client);
    const counted = attached.filter(isWaitedFor).map(({ node }) => node);
    return meetsRule(attached, syncRule) ? counted : null;
  });
}

function meetsRule(attached: readonly AttachedStandby[], rule: Shard['syncRule']): boolean {
  return rule === null || attached.filter(isWaitedFor).length >= rule.count;
}

/** Do commits wait for this standby? */
function isWaitedFor({ sync }: AttachedStandby): boolean {
  return sync === 'sync' || sync === 'quorum';
}

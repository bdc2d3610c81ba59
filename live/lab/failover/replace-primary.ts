// What a monitor does when it has given a primary up: make sure that it is down, promote the standby that holds every
// acknowledged write, turn the others to it, send the requests there. Each step proves its result before the next begins.
//
// Why no acknowledged write is lost where commits wait for a standby, and why there are never two primaries:
// - Choosing asks only for what standbys have on disk, and `twin/failover/candidate.ts` says how many have to answer so that
//   the furthest of them holds every acknowledged write.
// - Before anybody is promoted the old primary is killed by its power switch, which needs no way to it. One that was merely
//   cut off may have gone on until then; but its commits waited for standbys that it could not reach, so it acknowledged
//   none of them, and they vanish with it as writes in doubt.
import type { Client } from 'pg';
import { UserError } from '../../../engine/failure.ts';
import { nodesOf, type Shard } from '../../../twin/estate/estate.ts';
import {
  chooseCandidate,
  keepsEveryWrite,
  type StandbyPosition,
} from '../../../twin/failover/candidate.ts';
import { failoverSteps, type FailoverStep } from '../../../twin/failover/steps.ts';
import type { StepEvent } from '../../../twin/measurement.ts';
import { isAhead } from '../../bridge/divergence.ts';
import { flushedBy, promoteNode, waitAttached } from '../../bridge/postgres-verbs.ts';
import { attachedStandbys, lsnBytes } from '../../bridge/topology.ts';
import { waitUntil } from '../../bridge/wait-until.ts';
import type { Cluster } from '../cluster.ts';
import type { LoadProcess } from '../load-process.ts';

/** Notes that a step began or ended, now. */
type ReportStep = (
  step: FailoverStep,
  state: 'started' | 'done',
  evidence?: StepEvent['evidence'],
) => void;

export interface Replacement {
  readonly cluster: Cluster;
  readonly load: LoadProcess;
  readonly shard: Shard;
  /** The dead primary, and the epoch of the map that names it. */
  readonly former: string;
  readonly epoch: number;
  readonly report: ReportStep;
}

const stepLimitMs = 30_000;

/** How long a standby may take to say how far it is; one that does not answer counts as lost. */
const answerLimitMs = 2_000;

/** Makes another node the primary and names it. Throws a UserError('refused') when none may be promoted. */
export async function replacePrimary(
  replacement: Replacement,
): Promise<{ primary: string; epoch: number }> {
  const { cluster, former, epoch, shard, report } = replacement;
  report('fence', 'started');
  const { wasRunning } = await cluster.fenceNode(former);
  report('fence', 'done', { wasRunning: String(wasRunning) });
  report('promote-node', 'started');
  const { node, because } = await choose(replacement);
  const { timeline } = await promoteNode(await cluster.admin(node), stepLimitMs);
  report('promote-node', 'done', { node, because, timeline });
  const next = { primary: node, epoch: epoch + 1 };
  let rest: Promise<unknown> = Promise.resolve();
  for (const step of failoverSteps(shard)) {
    if (step === 'follow') ({ rest } = await turnOthers(replacement, node));
    if (step === 'switch-map') await switchMap(replacement, next);
  }
  await rest;
  return next;
}

/** Builds the former primary anew as a standby of the one that leads now. */
export async function rejoin(
  { cluster, shard, former, report }: Replacement,
  primary: string,
): Promise<void> {
  report('rejoin', 'started');
  await cluster.rebuildNode(former, primary);
  await cluster.startNode(former);
  const wait = { counted: false, limitMs: stepLimitMs };
  await waitAttached(await cluster.admin(primary), former, wait);
  report('rejoin', 'done', { node: former, of: shard.id });
}

async function choose({
  cluster,
  shard,
  former,
}: Replacement): Promise<{ node: string; because: string }> {
  const members = othersOf(shard, [former]);
  const answers = await Promise.all(members.map((node) => askPosition(cluster, node)));
  const answered = answers.filter((answer) => answer !== null);
  const choice = chooseCandidate(shard, members, answered);
  if (choice.kind === 'chosen') return choice;
  throw new UserError('refused', {
    message: `nobody can replace ${former}: ${choice.because}`,
    remedy: 'bring the standbys that do not answer back, or the primary itself',
  });
}

/** Null: it does not run, or does not say in time. */
async function askPosition(cluster: Cluster, node: string): Promise<StandbyPosition | null> {
  const isUp = cluster.states().some(({ id, state }) => id === node && state === 'up');
  if (!isUp) return null;
  const asked = async (): Promise<StandbyPosition> => {
    const client = await cluster.admin(node);
    const { rows } = await client.query<{ lsn: string }>(
      'select greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())::text as lsn',
    );
    return { node, flushedBytes: Number(lsnBytes(rows[0]?.lsn ?? '0/0')) };
  };
  const patience = new Promise<null>((resolve) => setTimeout(() => resolve(null), answerLimitMs));
  return Promise.race([asked().catch(() => null), patience]);
}

/**
 * Turns every other standby to the new primary. Resolves when commits on it can be acknowledged again, which may be before
 * the last one has turned; where nobody is waited for, when all have.
 */
async function turnOthers(
  { cluster, shard, former, report }: Replacement,
  primary: string,
): Promise<{ rest: Promise<unknown> }> {
  report('follow', 'started');
  const up = new Set(cluster.states().flatMap(({ id, state }) => (state === 'up' ? [id] : [])));
  const others = othersOf(shard, [former, primary]).filter((node) => up.has(node));
  const rest = Promise.all(others.map((node) => turn(cluster, node, primary)));
  const isBound = keepsEveryWrite(shard) && shard.syncRule !== null;
  // Of too few standbys all are enough: the rule is met when the former primary is back, and writes hang until then.
  const count = isBound ? Math.min(shard.syncRule.count, others.length) : others.length;
  await Promise.race([rest, untilCounted(await cluster.admin(primary), primary, count)]);
  report('follow', 'done', { nodes: others.join(' ') });
  return { rest };
}

/** Waits until so many standbys that commits wait for have all the log of this moment. */
async function untilCounted(leader: Client, primary: string, count: number): Promise<void> {
  const target = lsnBytes(await flushedBy(leader));
  const deadlineMs = performance.now() + stepLimitMs;
  await waitUntil(`${primary} did not get its standbys`, deadlineMs, async () => {
    const counted = (await attachedStandbys(leader)).filter(
      ({ sync, flushedLsn }) =>
        (sync === 'sync' || sync === 'quorum') && lsnBytes(flushedLsn ?? '0/0') >= target,
    );
    return counted.length >= count || null;
  });
}

/** A standby that received more than the new primary did can never follow it, and is built anew. */
async function turn(cluster: Cluster, node: string, primary: string): Promise<void> {
  const leader = await cluster.admin(primary);
  if (await isAhead(await cluster.admin(node), leader)) {
    await cluster.rebuildNode(node, primary);
    await cluster.startNode(node);
  } else {
    await cluster.configureStandby(node, primary);
  }
  await waitAttached(leader, node, { counted: false, limitMs: stepLimitMs });
}

async function switchMap(
  { load, shard, report }: Replacement,
  { primary, epoch }: { readonly primary: string; readonly epoch: number },
): Promise<void> {
  report('switch-map', 'started');
  await load.switchMap(shard.id, primary, epoch);
  report('switch-map', 'done', { primary, epoch });
}

function othersOf(shard: Shard, without: readonly string[]): readonly string[] {
  return nodesOf(shard)
    .map(({ id }) => id)
    .filter((id) => !without.includes(id));
}

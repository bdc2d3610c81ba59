// The first look: is the platform still what the plan was made for? It also opens the connections that later steps use, so
// that no log-in happens while requests are held.
import { nodesOf } from '../../../twin/estate/estate.ts';
import type { SyncRule } from '../../../twin/estate/estate.ts';
import { adminAddress } from '../postgres.ts';
import { nothingToUndo, type DriversOf } from '../step-driver.ts';
import { observeShard, type ObservedShard } from '../topology.ts';
import { shardOf } from './servers.ts';

export const topologySteps: DriversOf<'check-topology'> = {
  'check-topology': {
    async perform({ shard, primary, standbys }, { lab, estate, sessions }) {
      const declared = shardOf(estate, shard);
      // A node that cannot be connected to is among what was observed, in better words.
      const opened = Promise.allSettled(
        nodesOf(declared).map(({ id }) => sessions.use(adminAddress(lab, id))),
      );
      const observed = await observeShard(lab, estate, shard);
      await opened;
      const problems = [
        ...primaryProblems(observed, primary),
        ...standbys.flatMap((id) => standbyProblems(observed, id, primary)),
        ...syncProblems(observed, declared.syncRule),
      ];
      if (problems.length > 0) throw new Error(problems.join('; '));
      const leader = observed.nodes.find(({ id }) => id === primary);
      return {
        primary,
        timeline: leader?.timeline ?? 0,
        flushedLsn: leader?.flushedLsn ?? '',
        systemIdentifier: leader?.systemIdentifier ?? '',
        synchronous: waitedFor(observed).join(', '),
      };
    },
    undo: nothingToUndo,
  },
};

function primaryProblems(observed: ObservedShard, primary: string): readonly string[] {
  if (observed.primary === primary) return [];
  return [
    `${primary} should lead ${observed.shard}, but ${observed.primary ?? 'no single node'} does`,
  ];
}

function standbyProblems(observed: ObservedShard, id: string, primary: string): readonly string[] {
  const node = observed.nodes.find((one) => one.id === id);
  const leader = observed.nodes.find((one) => one.id === primary);
  if (node?.state !== 'standby')
    return [`${id} should be a standby, but is ${node?.state ?? 'gone'}`];
  if (node.upstream !== primary) return [`${id} does not stream from ${primary}`];
  if (node.systemIdentifier !== leader?.systemIdentifier)
    return [`${id} is not a copy of ${primary}`];
  return [];
}

function syncProblems(observed: ObservedShard, rule: SyncRule | null): readonly string[] {
  const counted = waitedFor(observed).length;
  if (rule === null || counted >= rule.count) return [];
  return [`${counted} of ${rule.count} synchronous standbys are attached`];
}

function waitedFor(observed: ObservedShard): readonly string[] {
  return observed.nodes
    .filter(({ sync }) => sync === 'sync' || sync === 'quorum')
    .map(({ id }) => id);
}

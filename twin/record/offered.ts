// The load that an estate offers to its pools, on average: rates, mean holding times and the share of a pool in use, as
// anybody computes them from the configuration and the parameters, without simulating anything.
import { meanOf } from '../../engine/distributions.ts';
import type { Phase } from '../document.ts';
import { unreachable } from '../../engine/failure.ts';
import {
  delayBetween,
  nodesOf,
  waitsForStandbys,
  type CommitMode,
  type Estate,
  type Fleet,
  type OperationClass,
  type Shard,
  type SyncRule,
} from '../estate/estate.ts';
import type { PlayedCase } from './score.ts';

/** One pool, or several alike. `inUse` is the offered share of its connections: above 1 it cannot keep up. */
export interface PoolLoad {
  readonly holdMs: number;
  readonly inUse: number;
}

export interface OfferedLoad {
  ratePerSec(operation: string): number | null;
  /** Mean service of a class without links and waiting; null when a parameter of it is unknown. */
  serviceMs(operation: string): number | null;
  /** Of a class and a client region; null in phases in which the primary changes or nobody knows who it is. */
  pool(operation: string, region: string, phase: Phase): PoolLoad | null;
}

/** What of a case is known before it runs. */
export type Offered = Pick<PlayedCase, 'identity' | 'estate' | 'load' | 'actions' | 'prediction'>;

/** What the case's estate and scenario offer. */
export function offeredLoad(offered: Offered): OfferedLoad {
  const { estate, load, prediction } = offered;
  const parameters = new Map(prediction.parameters.map(({ path, value }) => [path, value]));
  const find = (id: string): { fleet: Fleet; operation: OperationClass } | undefined =>
    estate.fleets
      .flatMap((fleet) => fleet.classes.map((operation) => ({ fleet, operation })))
      .find(({ operation }) => operation.id === id);
  const rateOf = (operation: OperationClass): number =>
    operation.ratePerSec * factorOn(operation.id, load);
  return {
    ratePerSec: (id) => {
      const found = find(id);
      return found === undefined ? null : rateOf(found.operation);
    },
    serviceMs: (id) => {
      const found = find(id);
      const [shard] = found?.fleet.shards ?? [];
      if (found === undefined || shard === undefined) return null;
      return serviceMs(found.operation, shard, parameters);
    },
    pool: (id, region, phase) => {
      const found = find(id);
      if (found === undefined) return null;
      const { fleet, operation } = found;
      const parts = fleet.shards.map((shard, index) => {
        const leader = leaderIn(phase, shard, offered);
        const service = serviceMs(operation, shard, parameters);
        if (leader === null || service === null) return null;
        const holdMs = service + linksMs(operation, { estate, shard, leader, region });
        const share = shareOf(fleet, region, index);
        const busy = (rateOf(operation) * share * holdMs) / 1_000;
        return { share, holdMs, inUse: busy / fleet.pool.size };
      });
      return join(parts);
    },
  };
}

/** A factor on all classes and one on this class multiply. */
export function factorOn(operation: string, load: Offered['load']): number {
  return load
    .filter((one) => one.class === operation || one.class === '*')
    .reduce((product, { factor }) => product * factor, 1);
}

/** Pools of several shards as one: each weighs as much as the requests that go through it. */
function join(parts: readonly ((PoolLoad & { share: number }) | null)[]): PoolLoad | null {
  const known = parts.filter((part) => part !== null);
  const total = known.reduce((sum, { share }) => sum + share, 0);
  if (known.length < parts.length || total === 0) return null;
  const weighted = (value: (part: PoolLoad) => number): number =>
    known.reduce((sum, part) => sum + (part.share / total) * value(part), 0);
  return { holdMs: weighted(({ holdMs }) => holdMs), inUse: weighted(({ inUse }) => inUse) };
}

/** Who leads in a phase, or null: nobody leads all the time while an action or a fault changes it. */
function leaderIn(phase: Phase, shard: Shard, { actions, identity }: Offered): string | null {
  const { plays } = identity;
  if (phase === 'before' || plays.length === 0) return shard.primary.id;
  if (phase !== 'after' || plays.length > actions.length) return null;
  return actions.findLast((action) => action.shard === shard.id)?.to ?? shard.primary.id;
}

/** Mean time that a request of the class takes at the server of its shard. */
function serviceMs(
  operation: OperationClass,
  { syncRule, commitMode }: Shard,
  parameters: ReadonlyMap<string, number>,
): number | null {
  const known = (path: string, declaredMs: number): number | null => {
    const value = parameters.get(path);
    return value === undefined ? null : declaredMs + value;
  };
  switch (operation.kind) {
    case 'write':
      return known(isAwaited(commitMode, syncRule) ? 'write.syncMs' : 'write.localMs', 0);
    case 'job':
      return known('job.overheadMs', meanOf(operation.size));
    case 'compute':
    case 'read':
      return null;
    default:
      return unreachable(operation.kind);
  }
}

/** What links add while a request holds its connection: the way to the leader and, for a commit, to its standbys. */
function linksMs(
  operation: OperationClass,
  {
    estate,
    shard,
    leader,
    region,
  }: { estate: Estate; shard: Shard; leader: string; region: string },
): number {
  const regionOf = (id: string): string =>
    nodesOf(shard).find((node) => node.id === id)?.region ?? region;
  const clientMs = 2 * delayBetween(estate, region, regionOf(leader));
  const { syncRule, commitMode } = shard;
  if (operation.kind !== 'write' || !isAwaited(commitMode, syncRule)) return clientMs;
  const { method, count, nodes } = syncRule;
  const roundTripsMs = nodes
    .filter((id) => id !== leader)
    .map((id) => 2 * delayBetween(estate, regionOf(leader), regionOf(id)));
  const waitedFor = method === 'first' ? roundTripsMs : roundTripsMs.toSorted((a, b) => a - b);
  return clientMs + Math.max(0, ...waitedFor.slice(0, count));
}

function isAwaited(mode: CommitMode, rule: SyncRule | null): rule is SyncRule {
  return rule !== null && waitsForStandbys(mode);
}

/** Share of a class's requests that clients in this region send to the shard with this number. */
function shareOf({ tenants, shards }: Fleet, region: string, shardIndex: number): number {
  return tenants.reduce(
    (sum, { home, share }, index) =>
      sum + (home === region && index % shards.length === shardIndex ? share : 0),
    0,
  );
}

// The load that an estate offers to its pools and processors, on average: rates, mean holding times and shares in use, as
// anybody computes them from the configuration and the parameters, without simulating anything.
import { meanOf } from '../../engine/distributions.ts';
import { assert, unreachable } from '../../engine/failure.ts';
import type { Action } from '../actions/action.ts';
import { leaderAfter } from '../actions/index.ts';
import type { Phase } from '../document.ts';
import {
  delayBetween,
  nodesOf,
  tenantsOn,
  waitsForStandbys,
  type Estate,
  type Fleet,
  type OperationClass,
  type Shard,
} from '../estate/estate.ts';
import { onlyFleet } from '../model/platform.ts';
import { parameterKinds, type Parameter, type ParameterPath } from '../parameters.ts';

/** What of a case is known before it runs. */
export interface Offered {
  readonly estate: Estate;
  /** Of the scenario: factors on the rates of classes (`*`: all of them), and its actions in their order. */
  readonly load: readonly { readonly class: string; readonly factor: number }[];
  readonly actions: readonly Action[];
  /** Kinds of actions and faults that are played. */
  readonly plays: readonly string[];
  readonly parameters: readonly Parameter[];
}

/** Mean time that a request holds a connection, and the offered share of the pool: above 1 it cannot keep up. */
export interface PoolLoad {
  readonly holdMs: number;
  readonly inUse: number;
}

export class OfferedLoad {
  readonly #offered: Offered;
  readonly #fleet: Fleet;
  readonly #parameters: ReadonlyMap<string, Parameter>;

  constructor(offered: Offered) {
    this.#offered = offered;
    this.#fleet = onlyFleet(offered.estate);
    this.#parameters = new Map(offered.parameters.map((one) => [one.path, one]));
  }

  /** The class with this id, as the estate declares it. */
  class(id: string): OperationClass | undefined {
    return this.#fleet.classes.find((one) => one.id === id);
  }

  ratePerSec({ id, ratePerSec }: OperationClass): number {
    return this.#offered.load
      .filter((one) => one.class === id || one.class === '*')
      .reduce((product, { factor }) => product * factor, ratePerSec);
  }

  /** Requests per second of all classes that write. */
  writesPerSec(): number {
    const writing = this.#fleet.classes.filter(({ kind }) => kind === 'write');
    return writing.reduce((sum, one) => sum + this.ratePerSec(one), 0);
  }

  /** Mean service without links and waiting; of a commit, with its standbys' work, as the slowest shard commits. */
  serviceMs({ kind, size }: OperationClass): number {
    switch (kind) {
      case 'write':
        return Math.max(...this.#fleet.shards.map((shard) => this.#value(commitPath(shard))));
      case 'job':
        return this.#value('job.overheadMs') + meanOf(size);
      case 'compute':
        return this.#value('compute.fixedMs') + meanOf(size) * this.#value('compute.rowMs');
      case 'read':
        return this.#value('read.serviceMs');
      default:
        return unreachable(kind);
    }
  }

  /**
   * The pools of a class for clients in one region, over all shards; null in phases in which nobody leads all the time,
   * or nobody knows who.
   */
  pool(operation: OperationClass, region: string, phase: Phase): PoolLoad | null {
    const { shards, pool } = this.#fleet;
    const rate = this.ratePerSec(operation);
    const parts = shards.map((shard) => {
      const leader = leaderIn(phase, shard, this.#offered);
      if (leader === null) return null;
      const place = { estate: this.#offered.estate, shard, leader, region };
      const holdMs = this.serviceMs(operation) + linksMs(operation, place);
      const share = shareOf(this.#fleet, shard, region);
      return { share, holdMs, inUse: (rate * share * holdMs) / 1_000 / pool.size };
    });
    return joined(parts);
  }

  /** Share of a node's processors that its requests keep busy; null unless it is known to lead throughout the phase. */
  processors(node: string, phase: Phase): number | null {
    const { shards, classes } = this.#fleet;
    const shard = shards.find((one) => leaderIn(phase, one, this.#offered) === node);
    if (shard === undefined) return null;
    const busyPerSec = classes.reduce(
      (sum, one) => sum + this.ratePerSec(one) * this.#cpuMs(one),
      0,
    );
    return (busyPerSec * shareOf(this.#fleet, shard)) / 1_000 / this.#cores(shard, node);
  }

  /** The busiest leader's processors; null when it is not known who leads. */
  busiestProcessors(phase: Phase): number | null {
    const busy = this.#fleet.shards.map((shard) => {
      const leader = leaderIn(phase, shard, this.#offered);
      return leader === null ? null : this.processors(leader, phase);
    });
    return busy.includes(null) ? null : Math.max(...busy.filter((one) => one !== null));
  }

  /** Mean processor time of a request. */
  #cpuMs(operation: OperationClass): number {
    const { kind } = operation;
    return kind === 'compute'
      ? Math.max(0, this.serviceMs(operation) - this.#value('compute.waitMs'))
      : this.#value(`${kind}.cpuMs`);
  }

  /** Processors that requests can use: as calibrated, else those of the node's tier. */
  #cores(shard: Shard, id: string): number {
    const calibrated = this.#parameters.get('cpu.cores');
    if (calibrated !== undefined && calibrated.origin !== 'default') return calibrated.value;
    const node = nodesOf(shard).find((one) => one.id === id) ?? shard.primary;
    const tier = this.#offered.estate.tiers.find(({ id: own }) => own === node.tier);
    assert(tier !== undefined, `the tier of ${node.id} exists`);
    return tier.vcpus;
  }

  #value(path: ParameterPath): number {
    return this.#parameters.get(path)?.value ?? parameterKinds[path].defaultValue;
  }
}

/** Pools of several shards as one: each weighs as much as the requests that go through it. */
function joined(
  parts: readonly ((PoolLoad & { readonly share: number }) | null)[],
): PoolLoad | null {
  const known = parts.filter((part) => part !== null);
  const total = known.reduce((sum, { share }) => sum + share, 0);
  if (known.length < parts.length || total === 0) return null;
  const weighted = (value: (part: PoolLoad) => number): number =>
    known.reduce((sum, part) => sum + (part.share / total) * value(part), 0);
  return { holdMs: weighted(({ holdMs }) => holdMs), inUse: weighted(({ inUse }) => inUse) };
}

/** Who leads throughout a phase, or null: nobody does while the primary changes, and a crash leaves open who does afterwards. */
function leaderIn(phase: Phase, shard: Shard, { actions, plays }: Offered): string | null {
  const promoted = actions
    .filter((action) => action.shard === shard.id)
    .flatMap((action) => leaderAfter(action) ?? [])
    .at(-1);
  const isCrashed = plays.includes('crash');
  if (phase === 'before' || (promoted === undefined && !isCrashed)) return shard.primary.id;
  return phase === 'after' && !isCrashed ? (promoted ?? shard.primary.id) : null;
}

/** What links add while a request holds its connection: the way to the leader and, for a commit, to its standbys. */
function linksMs(
  { kind }: OperationClass,
  place: { estate: Estate; shard: Shard; leader: string; region: string },
): number {
  const { estate, shard, leader, region } = place;
  const regionOf = (id: string): string =>
    nodesOf(shard).find((node) => node.id === id)?.region ?? region;
  const clientMs = 2 * delayBetween(estate, region, regionOf(leader));
  const rule = isAwaited(shard) ? shard.syncRule : null;
  if (kind !== 'write' || rule === null) return clientMs;
  const roundTripsMs = rule.nodes
    .filter((id) => id !== leader)
    .map((id) => 2 * delayBetween(estate, regionOf(leader), regionOf(id)));
  const ordered = rule.method === 'first' ? roundTripsMs : roundTripsMs.toSorted((a, b) => a - b);
  return clientMs + Math.max(0, ...ordered.slice(0, rule.count));
}

/** What a commit was calibrated as, by what it waits for. */
function commitPath(shard: Shard): ParameterPath {
  const { commitMode } = shard;
  switch (commitMode) {
    case 'off':
      return 'write.offMs';
    case 'local':
      return 'write.localMs';
    case 'remote_write':
      return isAwaited(shard) ? 'write.remoteWriteMs' : 'write.localMs';
    case 'on':
      return isAwaited(shard) ? 'write.syncMs' : 'write.localMs';
    case 'remote_apply':
      return isAwaited(shard) ? 'write.remoteApplyMs' : 'write.localMs';
    default:
      return unreachable(commitMode);
  }
}

function isAwaited({ syncRule, commitMode }: Shard): boolean {
  return syncRule !== null && waitsForStandbys(commitMode);
}

/** Share of each class's requests that go to a shard, from one region or from all. */
function shareOf(fleet: Fleet, { id }: Shard, region?: string): number {
  return tenantsOn(id, fleet).reduce(
    (sum, { home, share }) => ((region ?? home) === home ? sum + share : sum),
    0,
  );
}

// The resolved estate: what every later stage reads. Plain numbers with their unit in the name, every reference
// checked, defaults filled in, frozen. The human form of it (YAML with units) is defined in `schema.ts`.
import type { Distribution } from '../../engine/distributions.ts';
import { assert } from '../../engine/failure.ts';
import type { Policy } from '../policy/policy.ts';
import type { Dimension } from '../units.ts';

/** A place with its zones. */
interface Region {
  readonly id: string;
  readonly zones: readonly string[];
}

/**
 * An undirected link between two regions; `delayMs` is one way, the same in both directions. Each direction carries
 * `bandwidthBytesPerSec` by itself; null: more than anybody sends.
 */
export interface Link {
  readonly between: readonly [string, string];
  readonly delayMs: number;
  readonly bandwidthBytesPerSec: number | null;
}

/** A machine size. */
interface Tier {
  readonly id: string;
  readonly vcpus: number;
  readonly memoryBytes: number;
  readonly maxConnections: number;
  readonly usdPerHour: number;
}

/** One Postgres server. */
export interface Node {
  readonly id: string;
  readonly region: string;
  readonly zone: string;
  readonly tier: string;
}

/** A streaming replica; `sync` says whether it is the one that commits wait for while the declared primary leads. */
export interface Replica extends Node {
  readonly lane: 'streaming';
  readonly sync: boolean;
}

/** Commits wait for the first `count` attached standbys in the order of `nodes` (Postgres' `FIRST count (nodes)`). */
export interface SyncRule {
  readonly method: 'first' | 'any';
  readonly count: number;
  readonly nodes: readonly string[];
}

/**
 * What a commit waits for: Postgres' `synchronous_commit`. `off`: nothing; `local`: its own primary's flush; then, on as
 * many standbys as the sync rule says, `remote_write`: written; `on`: flushed; `remote_apply`: replayed.
 */
export const commitModes = ['off', 'local', 'remote_write', 'on', 'remote_apply'] as const;
export type CommitMode = (typeof commitModes)[number];

/** Do commits of this mode wait for the standbys that a sync rule names? */
export function waitsForStandbys(mode: CommitMode): boolean {
  return mode !== 'off' && mode !== 'local';
}

/** What a shard's servers do by themselves beside requests, by Postgres' settings of these names. */
export interface Maintenance {
  readonly autovacuum: boolean;
  readonly checkpointTimeoutMs: number;
  readonly maxWalBytes: number;
}

/**
 * One primary with its replicas. `syncRule` null: nobody is waited for. `dataBytes`: what its tables and indexes take on
 * disk; null where nobody said, and then nothing that copies them can be planned.
 */
export interface Shard {
  readonly id: string;
  readonly primary: Node;
  readonly replicas: readonly Replica[];
  readonly syncRule: SyncRule | null;
  readonly commitMode: CommitMode;
  readonly maintenance: Maintenance;
  readonly dataBytes: number | null;
}

/**
 * What a request does. `write` commits a row of `size` bytes; `job` holds a connection for a declared service time of
 * `size` milliseconds (whole ones, because Postgres' `pg_sleep` waits in whole milliseconds); `compute` keeps a processor
 * busy with `size` rows; `read` looks one row up by its key (its size is 1).
 */
export const operationKinds = ['write', 'job', 'compute', 'read'] as const;
export type OperationKind = (typeof operationKinds)[number];

/** What the size of a class is counted in. */
export const sizeDimensions = {
  write: 'size',
  job: 'duration',
  compute: 'count',
  read: 'count',
} as const satisfies Record<OperationKind, Dimension>;

/** Requests of one kind, with their rate and the law of their sizes. */
export interface OperationClass {
  readonly id: string;
  readonly kind: OperationKind;
  readonly ratePerSec: number;
  readonly size: Distribution;
}

/**
 * A customer: its share of each class's rate (shares of a fleet sum to 1), the region that its clients stand in, and the
 * shard that it is on. `dataBytes`: what its rows take when they are sent, beside what requests write; null where nobody said.
 */
export interface Tenant {
  readonly id: string;
  readonly home: string;
  readonly share: number;
  readonly shard: string;
  readonly dataBytes: number | null;
}

/** Connections per (client region, class, node), and how long a request may wait for one. */
interface PoolLimits {
  readonly size: number;
  readonly timeoutMs: number;
}

/**
 * Who replaces a dead primary without being asked: a monitor that asks every primary each `heartbeatMs` and takes one for
 * dead when it has not answered for `leaseMs` (or at once when its connection is reset).
 */
export interface FailoverRule {
  readonly heartbeatMs: number;
  readonly leaseMs: number;
}

/** Tenants and shards that share a policy set and a workload profile. `failover` null: nobody promotes by itself. */
export interface Fleet {
  readonly id: string;
  readonly classes: readonly OperationClass[];
  readonly shards: readonly Shard[];
  readonly tenants: readonly Tenant[];
  readonly pool: PoolLimits;
  readonly slos: readonly Slo[];
  readonly failover: FailoverRule | null;
}

/** A promise on one latency quantile of a class, in milliseconds. */
interface Slo {
  readonly class: string;
  readonly stat: 'p50' | 'p95' | 'p99';
  readonly limitMs: number;
}

/** The whole platform that is modelled or connected to. */
export interface Estate {
  readonly schema: 'premortem/estate/v1';
  readonly name: string;
  readonly why: string;
  readonly regions: readonly Region[];
  readonly links: readonly Link[];
  readonly tiers: readonly Tier[];
  readonly fleets: readonly Fleet[];
  readonly policy: Policy;
}

/** What requests of this class do. A trace has no other classes than its fleet. */
export function kindOfClass(id: string, { classes }: Pick<Fleet, 'classes'>): OperationKind {
  const found = classes.find((one) => one.id === id);
  assert(found !== undefined, `the fleet has the trace's class ${id}`);
  return found.kind;
}

/** Every node of a shard, the declared primary first. */
export function nodesOf(shard: Shard): readonly Node[] {
  return [shard.primary, ...shard.replicas];
}

/** Tenants of a fleet that are on one of its shards. */
export function tenantsOn(shardId: string, { tenants }: Pick<Fleet, 'tenants'>): readonly Tenant[] {
  return tenants.filter(({ shard }) => shard === shardId);
}

/** The shards of a fleet that anybody is on. */
export function shardsInUse(fleet: Pick<Fleet, 'shards' | 'tenants'>): readonly Shard[] {
  return fleet.shards.filter(({ id }) => tenantsOn(id, fleet).length > 0);
}

/** What was declared to be on a shard: its own data and that of its tenants. */
export function declaredBytes({ id, dataBytes }: Shard, fleet: Pick<Fleet, 'tenants'>): number {
  const ofTenants = tenantsOn(id, fleet).reduce((sum, tenant) => sum + (tenant.dataBytes ?? 0), 0);
  return (dataBytes ?? 0) + ofTenants;
}

/** The shard with this id and its fleet, or undefined. */
export function findShard(
  estate: Estate,
  shardId: string,
): { fleet: Fleet; shard: Shard } | undefined {
  for (const fleet of estate.fleets) {
    const shard = fleet.shards.find(({ id }) => id === shardId);
    if (shard !== undefined) return { fleet, shard };
  }
  return undefined;
}

/** The same links without distance: nothing takes time on them. */
export function instantLinks(links: readonly Pick<Link, 'between'>[]): readonly Link[] {
  return links.map(({ between }) => ({ between, delayMs: 0, bandwidthBytesPerSec: null }));
}

/** One-way delay in milliseconds between two regions; 0 within a region. Throws if no link joins them. */
export function delayBetween(estate: Pick<Estate, 'links'>, from: string, to: string): number {
  return from === to ? 0 : linkBetween(estate, from, to).delayMs;
}

/** What the link between two regions carries a second; null: as much as anybody sends. Regions must be joined by a link. */
export function bandwidthBetween(
  estate: Pick<Estate, 'links'>,
  from: string,
  to: string,
): number | null {
  return from === to ? null : linkBetween(estate, from, to).bandwidthBytesPerSec;
}

function linkBetween({ links }: Pick<Estate, 'links'>, from: string, to: string): Link {
  const link = links.find(
    ({ between: [a, b] }) => (a === from && b === to) || (a === to && b === from),
  );
  if (link === undefined) throw new Error(`invariant broken: no link joins ${from} and ${to}`);
  return link;
}

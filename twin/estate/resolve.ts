// From the human form of an estate to the resolved one: shape and units by the schema, references by the outline, then
// defaults and derived facts. Either a frozen estate or every mistake at once; nothing half-made.
import type { Distribution } from '../../engine/distributions.ts';
import { readWith, type Finding, type Path, type Reading } from '../findings.ts';
import { freezeDeep } from '../freeze.ts';
import { outlineOf } from './outline.ts';
import { checkReferences } from './references.ts';
import { nodesOf, type Estate, type Fleet, type OperationClass, type Shard } from './estate.ts';
import { estateInputSchema, type EstateInput, type FleetInput, type ShardInput } from './schema.ts';

/** Reads the plain data of an estate file (as a YAML or JSON parser gives it). */
export function resolveEstate(data: unknown): Reading<Estate> {
  const shape = readWith(estateInputSchema, data);
  const broken = checkReferences(outlineOf(data));
  if (shape.kind === 'mistaken') {
    return { kind: 'mistaken', findings: [...shape.findings, ...broken] };
  }
  if (broken.length > 0) return { kind: 'mistaken', findings: broken };
  const estate = buildEstate(shape.value);
  const crowded = estate.fleets.flatMap((fleet) => checkConnections(fleet, estate));
  if (crowded.length > 0) return { kind: 'mistaken', findings: crowded };
  return { kind: 'read', value: freezeDeep(estate) };
}

function buildEstate(input: EstateInput): Estate {
  return {
    schema: input.schema,
    name: input.name,
    why: input.why,
    regions: Object.entries(input.regions).map(([id, { zones }]) => ({ id, zones })),
    links: input.links.map(({ between, delay, bandwidth }) => ({
      between,
      delayMs: delay,
      bandwidthBytesPerSec: bandwidth,
    })),
    tiers: Object.entries(input.tiers).map(([id, tier]) => ({
      id,
      vcpus: tier.vcpus,
      memoryBytes: tier.memory,
      maxConnections: tier.maxConnections,
      usdPerHour: tier.price,
    })),
    fleets: Object.entries(input.fleets).map(([id, fleet]) => buildFleet(id, fleet)),
    policy: input.policy,
  };
}

const oneRow: Distribution = { kind: 'constant', value: 1 };

function buildFleet(id: string, input: FleetInput): Fleet {
  const total = Object.values(input.tenants).reduce((sum, { share }) => sum + share, 0);
  return {
    id,
    classes: Object.entries(input.classes).map(([name, given]): OperationClass => ({
      id: name,
      kind: given.kind,
      ratePerSec: given.rate,
      size: given.kind === 'read' ? oneRow : given.size,
    })),
    shards: input.shards.map(buildShard),
    // Where nobody says otherwise, tenants are spread over the shards in the order of the file.
    tenants: Object.entries(input.tenants).map(([name, { home, share, shard, data }], index) => ({
      id: name,
      home,
      share: share / total,
      shard: shard ?? input.shards[index % input.shards.length]?.id ?? '',
      dataBytes: data,
    })),
    pool: { size: input.pool.size, timeoutMs: input.pool.timeout },
    slos: input.slos.map((slo) => ({ class: slo.class, stat: slo.stat, limitMs: slo.limit })),
    failover:
      input.failover === null
        ? null
        : { heartbeatMs: input.failover.heartbeat, leaseMs: input.failover.lease },
  };
}

function buildShard(input: ShardInput): Shard {
  const sync = new Set(syncStandbys(input));
  return {
    id: input.id,
    primary: input.primary,
    replicas: input.replicas.map((replica) => ({ ...replica, sync: sync.has(replica.id) })),
    syncRule: input.syncRule,
    commitMode: input.commitMode,
    maintenance: {
      autovacuum: input.maintenance.autovacuum === 'on',
      checkpointTimeoutMs: input.maintenance.checkpointTimeout,
      maxWalBytes: input.maintenance.maxWal,
    },
    dataBytes: input.data,
  };
}

/** The standbys that commits wait for while the declared primary leads: it is passed over where the rule names it. */
function syncStandbys({ primary, syncRule }: ShardInput): readonly string[] {
  if (syncRule === null) return [];
  const standbys = syncRule.nodes.filter((id) => id !== primary.id);
  return syncRule.method === 'any' ? standbys : standbys.slice(0, syncRule.count);
}

/** Each (client region, class) keeps a pool to each node: together they must fit a node's connection limit. */
function checkConnections(fleet: Fleet, estate: Estate): readonly Finding[] {
  const homes = new Set(fleet.tenants.map(({ home }) => home)).size;
  const needed = homes * fleet.classes.length * fleet.pool.size;
  const path: Path = ['fleets', fleet.id, 'pool', 'size'];
  const used = new Set(fleet.shards.flatMap(nodesOf).map(({ tier }) => tier));
  return estate.tiers
    .filter(({ id, maxConnections }) => used.has(id) && maxConnections < needed)
    .map(({ id, maxConnections }) => ({
      path,
      message: `needs ${needed} connections to each node (${homes} client regions × ${fleet.classes.length} classes × ${fleet.pool.size}), but tier ${id} allows ${maxConnections}`,
      remedy: 'make the pool smaller or the tier larger',
    }));
}

// Copy of a tenant to another shard: a subscription takes its rows and then whatever is written, requests are held until both
// shards have the same, and the subscription ends. Requests go on where they went before: only what a move would take is seen.
import {
  bandwidthBetween,
  findShard,
  tenantsOn,
  type Estate,
  type Shard,
  type Tenant,
} from '../estate/estate.ts';
import { suggestNames } from '../findings.ts';
import type { ActionKind, CopyTenantAction, Effect, Obstacle, Step } from './action.ts';
import { shardOf } from './target.ts';

const stepLimitMs = 30_000;

/** A copy may take so many times as long as its bytes over its link, or at this pace, before it is given up. */
const copyPatience = 5;
const modestBytesPerSec = 10e6;

export const copyTenant: ActionKind<CopyTenantAction> = {
  kind: 'copy-tenant',
  summary: 'copy a tenant to another shard, up to a moment at which both have the same',
  dataLoss: 'none',
  obstacles,
  describe({ tenant, shard, to }) {
    return `copy tenant ${tenant} from ${shard} to ${to}, by logical replication`;
  },
  steps,
  // Requests never went anywhere else; what was copied is overwritten by the next copy.
  reverse: () => null,
};

/** A copy that can be made from a shard, the first there is. */
export function possibleCopy(estate: Estate, { id: shard }: Shard): CopyTenantAction | undefined {
  const fleet = findShard(estate, shard)?.fleet;
  return (fleet === undefined ? [] : tenantsOn(shard, fleet))
    .flatMap(({ id: tenant }) =>
      (fleet?.shards ?? []).map(
        ({ id: to }) => ({ kind: 'copy-tenant', shard, tenant, to }) as const,
      ),
    )
    .find((action) => obstacles(action, estate).length === 0);
}

function obstacles(action: CopyTenantAction, estate: Estate): readonly Obstacle[] {
  const found = findShard(estate, action.shard);
  if (found === undefined) {
    const names = estate.fleets.flatMap(({ shards }) => shards.map(({ id }) => id));
    return [unknown('shard', action.shard, names)];
  }
  const { fleet, shard } = found;
  const others = fleet.shards.filter(({ id }) => id !== shard.id);
  const to = others.find(({ id }) => id === action.to);
  const tenant = fleet.tenants.find(({ id }) => id === action.tenant);
  return [
    ...(tenant === undefined
      ? [
          unknown(
            'tenant',
            action.tenant,
            fleet.tenants.map(({ id }) => id),
          ),
        ]
      : tenantObstacles(tenant, shard)),
    ...(to === undefined
      ? [
          unknown(
            'to',
            action.to,
            others.map(({ id }) => id),
          ),
        ]
      : linkObstacles(estate, shard, to)),
  ];
}

function tenantObstacles({ id, shard, dataBytes }: Tenant, from: Shard): readonly Obstacle[] {
  if (shard !== from.id) {
    return [
      {
        path: 'tenant',
        message: `tenant "${id}" is not on ${from.id}`,
        remedy: `it is on ${shard}: name that as the shard`,
      },
    ];
  }
  if (dataBytes !== null) return [];
  return [
    {
      path: 'tenant',
      message: `nobody said how much data tenant "${id}" has, so nobody knows how long a copy takes`,
      remedy: 'declare it in the estate: data: 200MiB',
    },
  ];
}

function linkObstacles({ links }: Estate, from: Shard, to: Shard): readonly Obstacle[] {
  const [here, there] = [from.primary.region, to.primary.region];
  const joins = ({ between }: Estate['links'][number]): boolean =>
    between.includes(here) && between.includes(there);
  if (here === there || links.some(joins)) return [];
  return [
    {
      path: 'to',
      message: `no link joins ${here} and ${there}`,
      remedy: `add { between: [${here}, ${there}], delay: … }`,
    },
  ];
}

function unknown(key: 'shard' | 'tenant' | 'to', name: string, names: readonly string[]): Obstacle {
  const what = key === 'to' ? 'shard' : key;
  return {
    path: key,
    message: `unknown ${what} "${name}"${key === 'to' ? ' to copy to' : ''}`,
    remedy: suggestNames(name, names, `${what}s`),
  };
}

function steps(action: CopyTenantAction, estate: Estate): readonly Step[] {
  const { shard: id, tenant, to } = action;
  const [source, target] = [shardOf({ shard: id }, estate), shardOf({ shard: to }, estate)];
  const ends = { publisher: source.primary.id, subscriber: target.primary.id };
  const copy = { shard: id, tenant, to, ...ends };
  const effects: readonly Effect[] = [
    checkOf(source),
    checkOf(target),
    { kind: 'subscribe-tenant', ...copy },
    { kind: 'hold-requests', shard: id },
    { kind: 'drain-requests', shard: id },
    { kind: 'wait-applied', ...copy },
    { kind: 'release-requests', shard: id },
    { kind: 'unsubscribe-tenant', ...copy },
  ];
  const placeOf = (kind: Effect['kind']): number => effects.findIndex((one) => one.kind === kind);
  const [held, released] = [placeOf('hold-requests'), placeOf('release-requests')];
  const copyMs = copyLimitMs(action, estate, { source, target });
  return effects.map((effect, index) => ({
    id: `${index + 1}-${effect.kind}`,
    action: 0,
    name: effect.kind,
    effect,
    fenced: index >= held && index <= released,
    // All of it can be taken back, until the end of the subscription is under way.
    reversible: index < effects.length - 1,
    limitMs: effect.kind === 'subscribe-tenant' ? stepLimitMs + copyMs : stepLimitMs,
  }));
}

function checkOf({ id, primary, replicas }: Shard): Effect {
  const standbys = replicas.map((replica) => replica.id);
  return { kind: 'check-topology', shard: id, primary: primary.id, standbys };
}

function copyLimitMs(
  { shard, tenant: id }: CopyTenantAction,
  estate: Estate,
  { source, target }: { readonly source: Shard; readonly target: Shard },
): number {
  const tenant = findShard(estate, shard)?.fleet.tenants.find((one) => one.id === id);
  const link = bandwidthBetween(estate, source.primary.region, target.primary.region);
  const bytesPerSec = Math.min(modestBytesPerSec, link ?? Infinity);
  return copyPatience * ((tenant?.dataBytes ?? 0) / bytesPerSec) * 1_000;
}

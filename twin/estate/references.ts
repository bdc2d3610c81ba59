// What one part of an estate says about another: unknown names, duplicates, zones outside their region, links that are
// needed and missing, shares that do not add up, synchronous rules that nobody could satisfy. Works on the outline, so
// that it has its say whatever else is wrong with the file.
import { suggestNames, type Finding, type Path } from '../findings.ts';
import { parseQuantity } from '../units.ts';
import type { EstateOutline, FleetOutline, NodeOutline, ShardOutline } from './outline.ts';

/** Every broken reference of an estate, in the order of the file. */
export function checkReferences(estate: EstateOutline): readonly Finding[] {
  const regions = Object.keys(estate.regions);
  const fleets = Object.entries(estate.fleets);
  const placed = fleets.flatMap(([id, fleet]) => nodesWithPaths(fleet, ['fleets', id]));
  const shards = fleets.flatMap(([id, fleet]) =>
    fleet.shards.map((shard, index) => ({
      name: shard.id,
      path: ['fleets', id, 'shards', index, 'id'],
    })),
  );
  const ids = placed.map(({ node, path }) => ({ name: node.id, path: [...path, 'id'] }));
  return [
    ...checkZones(estate),
    ...checkLinks(estate, regions),
    ...findDuplicates(shards, 'shard'),
    ...findDuplicates(ids, 'node'),
    ...placed.flatMap(({ node, path }) => checkPlacement(node, path, estate)),
    ...fleets.flatMap(([id, fleet]) => checkFleet(fleet, ['fleets', id], regions)),
    ...findMissingLinks(estate),
  ];
}

interface Named {
  readonly name: string;
  readonly path: Path;
}

function nodesWithPaths(fleet: FleetOutline, at: Path): { node: NodeOutline; path: Path }[] {
  return fleet.shards.flatMap((shard, index) => {
    const path = [...at, 'shards', index];
    return [
      { node: shard.primary, path: [...path, 'primary'] },
      ...shard.replicas.map((node, replica) => ({ node, path: [...path, 'replicas', replica] })),
    ];
  });
}

function checkZones({ regions }: EstateOutline): readonly Finding[] {
  const zones = Object.entries(regions).flatMap(([region, { zones: names }]) =>
    names.map((name, index) => ({ name, path: ['regions', region, 'zones', index] })),
  );
  return findDuplicates(zones, 'zone');
}

function checkLinks({ links }: EstateOutline, regions: readonly string[]): readonly Finding[] {
  const ends = links.flatMap(({ between }, index) =>
    between.map((name, end) => ({ name, path: ['links', index, 'between', end] })),
  );
  const loops = links.flatMap(({ between: [a = '', b = ''] }, index): Finding[] =>
    a === '' || a !== b
      ? []
      : [
          {
            path: ['links', index, 'between'],
            message: `joins "${a}" with itself`,
            remedy: 'a link joins two regions; within one there is no delay',
          },
        ],
  );
  const pairs = links.map(({ between: [a = '', b = ''] }, index) => ({
    name: a === '' || b === '' ? '' : pairName(a, b),
    path: ['links', index, 'between'],
  }));
  return [
    ...ends.flatMap((end) => findUnknown(end, 'region', regions)),
    ...loops,
    ...findDuplicates(pairs, 'link'),
  ];
}

function checkPlacement(node: NodeOutline, path: Path, estate: EstateOutline): readonly Finding[] {
  const regions = Object.keys(estate.regions);
  const zones = Object.hasOwn(estate.regions, node.region)
    ? (estate.regions[node.region]?.zones ?? [])
    : undefined;
  return [
    ...findUnknown({ name: node.region, path: [...path, 'region'] }, 'region', regions),
    ...(zones === undefined ? [] : findUnknownZone(node, path, zones)),
    ...findUnknown({ name: node.tier, path: [...path, 'tier'] }, 'tier', Object.keys(estate.tiers)),
  ];
}

function findUnknownZone(node: NodeOutline, path: Path, zones: readonly string[]): Finding[] {
  const found = findUnknown({ name: node.zone, path: [...path, 'zone'] }, 'zone', zones);
  return found.map((finding) => ({
    ...finding,
    message: `${finding.message} in ${node.region}`,
  }));
}

function checkFleet(
  fleet: FleetOutline,
  path: Path,
  regions: readonly string[],
): readonly Finding[] {
  const homes = Object.entries(fleet.tenants).map(([id, { home }]) => ({
    name: home,
    path: [...path, 'tenants', id, 'home'],
  }));
  const placed = Object.entries(fleet.tenants).map(([id, { shard }]) => ({
    name: shard,
    path: [...path, 'tenants', id, 'shard'],
  }));
  const shards = fleet.shards.map(({ id }) => id);
  const classes = fleet.slos.map((slo, index) => ({
    name: slo.class,
    path: [...path, 'slos', index, 'class'],
  }));
  return [
    ...fleet.shards.flatMap((shard, index) => checkSyncRule(shard, [...path, 'shards', index])),
    ...homes.flatMap((home) => findUnknown(home, 'region', regions)),
    ...placed.flatMap((shard) => findUnknown(shard, 'shard', shards)),
    ...checkShares(fleet, [...path, 'tenants']),
    ...classes.flatMap((name) => findUnknown(name, 'class', Object.keys(fleet.classes))),
  ];
}

function checkSyncRule(shard: ShardOutline, at: Path): readonly Finding[] {
  if (shard.syncRule === null) return [];
  const path = [...at, 'syncRule'];
  const { count, nodes } = shard.syncRule;
  const members = [shard.primary, ...shard.replicas].map(({ id }) => id).filter((id) => id !== '');
  const named = nodes.map((name, index) => ({ name, path: [...path, 'nodes', index] }));
  const standbys = shard.replicas.filter(({ id }) => id !== '' && nodes.includes(id)).length;
  const tooMany: Finding = {
    path: [...path, 'count'],
    message: `waits for ${count} standbys, but names ${standbys}`,
    remedy: 'every commit would wait for ever: name more standbys or lower the count',
  };
  return [
    ...named.flatMap((name) => findUnknown(name, 'node', members)),
    ...findDuplicates(named, 'node'),
    ...(count > standbys ? [tooMany] : []),
  ];
}

/** Decimal percentages such as three times 33.3333 % may miss 1 by this much; resolving evens it out. */
const shareTolerance = 1e-5;

function checkShares({ tenants }: FleetOutline, path: Path): readonly Finding[] {
  const shares = Object.values(tenants).map(({ share }) => parseQuantity('share', share));
  if (shares.length === 0 || shares.some((share) => share === null || share <= 0)) return [];
  const sum = shares.reduce<number>((total, share) => total + (share ?? 0), 0);
  if (Math.abs(sum - 1) <= shareTolerance) return [];
  const percent = Number((sum * 100).toPrecision(6));
  return [{ path, message: `shares sum to ${percent}%`, remedy: 'they must sum to 100%' }];
}

/** Clients must reach every node of their fleet, and the nodes of a shard each other. */
function findMissingLinks(estate: EstateOutline): readonly Finding[] {
  const known = (name: string): boolean => Object.hasOwn(estate.regions, name);
  const joined = new Set(estate.links.map(({ between: [a = '', b = ''] }) => pairName(a, b)));
  const missing = new Map<string, readonly [string, string]>();
  for (const fleet of Object.values(estate.fleets)) {
    const homes = Object.values(fleet.tenants).map(({ home }) => home);
    for (const shard of fleet.shards) {
      const places = [shard.primary, ...shard.replicas].map(({ region }) => region);
      for (const from of [...homes, ...places].filter(known)) {
        for (const to of places.filter(known)) {
          const pair = pairName(from, to);
          if (from !== to && !joined.has(pair) && !missing.has(pair)) missing.set(pair, [from, to]);
        }
      }
    }
  }
  return [...missing.values()].map(([from, to]) => ({
    path: ['links'],
    message: `no link joins ${from} and ${to}`,
    remedy: `add { between: [${from}, ${to}], delay: … }`,
  }));
}

function findUnknown(
  { name, path }: Named,
  what: string,
  names: readonly string[],
): readonly Finding[] {
  if (name === '' || names.includes(name)) return [];
  return [
    {
      path,
      message: `unknown ${what} "${name}"`,
      remedy: suggestNames(name, names, pluralOf(what)),
    },
  ];
}

function findDuplicates(all: readonly Named[], what: string): readonly Finding[] {
  const seen = new Set<string>();
  return all.flatMap(({ name, path }): Finding[] => {
    if (name === '') return [];
    if (!seen.has(name)) {
      seen.add(name);
      return [];
    }
    return [{ path, message: `${what} "${name}" is named twice`, remedy: 'names must be unique' }];
  });
}

function pluralOf(what: string): string {
  return what === 'class' ? 'classes' : `${what}s`;
}

function pairName(a: string, b: string): string {
  return [a, b].toSorted((x, y) => (x < y ? -1 : 1)).join(' – ');
}

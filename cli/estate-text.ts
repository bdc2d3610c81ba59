// An estate as tables for the terminal, in the units that people write.
import type { Column } from '../reports/report.ts';
import { paint, textTable, type TextStyle } from '../reports/table.ts';
import { meanOf, type Distribution } from '../engine/distributions.ts';
import { unreachable } from '../engine/failure.ts';
import { estateDigest } from '../twin/estate/digest.ts';
import {
  nodesOf,
  sizeDimensions,
  waitsForStandbys,
  type Estate,
  type Fleet,
  type Shard,
} from '../twin/estate/estate.ts';
import { formatQuantity, type Dimension } from '../twin/units.ts';

/** Ends with a newline. */
export function describeEstate(estate: Estate, style: TextStyle): string {
  const { name, why, regions, links, tiers, fleets, policy } = estate;
  const parts = [
    `${paint(`estate ${name}`, 'strong', style)}\n${why}\ndigest ${estateDigest(estate)}`,
    section(
      'regions',
      ['region', 'zones'],
      regions.map(({ id, zones }) => [id, zones.join(', ')]),
      style,
    ),
    section(
      'links',
      ['between', '>one way', '>bandwidth'],
      links.map(({ between, delayMs, bandwidthBytesPerSec }) => [
        between.join(' – '),
        formatQuantity('duration', delayMs),
        bandwidthBytesPerSec === null
          ? 'unlimited'
          : formatQuantity('bandwidth', bandwidthBytesPerSec),
      ]),
      style,
    ),
    section(
      'tiers',
      ['tier', '>vCPUs', '>memory', '>connections', '>price'],
      tiers.map((tier) => [
        tier.id,
        String(tier.vcpus),
        formatQuantity('size', tier.memoryBytes),
        String(tier.maxConnections),
        formatQuantity('price', tier.usdPerHour),
      ]),
      style,
    ),
    ...fleets.flatMap((fleet) => describeFleet(fleet, style)),
    `policy ${policy.name} (version ${policy.version})`,
  ];
  return `${parts.join('\n\n')}\n`;
}

function describeFleet(fleet: Fleet, style: TextStyle): readonly string[] {
  const { pool, classes, tenants, shards, slos } = fleet;
  const timeout = formatQuantity('duration', pool.timeoutMs);
  return [
    `${paint(`fleet ${fleet.id}`, 'strong', style)}: pools of ${pool.size} connections, waited for at most ${timeout}`,
    section(
      'classes',
      ['class', 'kind', '>rate', 'size'],
      classes.map(({ id, kind, ratePerSec, size }) => [
        id,
        kind,
        formatQuantity('rate', ratePerSec),
        describeLaw(size, sizeDimensions[kind]),
      ]),
      style,
    ),
    section(
      'tenants',
      ['tenant', 'home', '>share', 'shard', '>data'],
      tenants.map(({ id, home, share, shard, dataBytes }) => [
        id,
        home,
        formatQuantity('share', share),
        shard,
        dataBytes === null ? '' : formatQuantity('size', dataBytes),
      ]),
      style,
    ),
    ...shards.map((shard) => describeShard(shard, style)),
    section(
      'promises',
      ['class', 'stat', '>limit'],
      slos.map((slo) => [slo.class, slo.stat, formatQuantity('duration', slo.limitMs)]),
      style,
    ),
  ];
}

function describeShard(shard: Shard, style: TextStyle): string {
  const { syncRule, commitMode, replicas, maintenance, dataBytes } = shard;
  const rule =
    syncRule === null
      ? 'commits wait for no standby'
      : waitsForStandbys(commitMode)
        ? `commits wait for ${syncRule.method} ${syncRule.count} of ${syncRule.nodes.join(', ')}`
        : `commits wait for no standby, whatever the rule says`;
  const roles = new Map(
    replicas.map(({ id, sync }) => [id, sync ? 'sync standby' : 'async standby']),
  );
  const rows = nodesOf(shard).map(({ id, region, zone, tier }) => [
    id,
    roles.get(id) ?? 'primary',
    region,
    zone,
    tier,
  ]);
  const { autovacuum, checkpointTimeoutMs, maxWalBytes } = maintenance;
  const upkeep = `checkpoint every ${formatQuantity('duration', checkpointTimeoutMs)} or ${formatQuantity('size', maxWalBytes)}, autovacuum ${autovacuum ? 'on' : 'off'}`;
  const data = dataBytes === null ? '' : `; data ${formatQuantity('size', dataBytes)}`;
  return section(
    `shard ${shard.id}: ${rule}; commit mode ${commitMode}; ${upkeep}${data}`,
    ['node', 'role', 'region', 'zone', 'tier'],
    rows,
    style,
  );
}

/** A title that begins with `>` is of a column of numbers. */
function section(
  title: string,
  titles: readonly string[],
  rows: readonly (readonly string[])[],
  style: TextStyle,
): string {
  const columns = titles.map((text): Column => ({
    title: text.replace(/^>/, ''),
    align: text.startsWith('>') ? 'right' : 'left',
  }));
  const body = rows.length === 0 ? '  none' : textTable({ columns, rows }, style);
  return `${paint(title, 'strong', style)}\n${body}`;
}

function describeLaw(law: Distribution, dimension: Dimension): string {
  const amount = (value: number): string => formatQuantity(dimension, value);
  switch (law.kind) {
    case 'constant':
      return amount(law.value);
    case 'exponential':
      return `exponential, mean ${amount(law.mean)}`;
    case 'uniform':
      return `uniform from ${amount(law.low)} to ${amount(law.high)}`;
    case 'lognormal':
      return `lognormal, median ${amount(Number(law.median.toPrecision(4)))}, sigma ${law.sigma.toPrecision(3)}`;
    case 'empirical':
    case 'erlang':
    case 'gamma':
    case 'hyperexponential':
    case 'mixture':
    case 'truncated-pareto':
    case 'zipf':
      return `${law.kind}, mean ${amount(Number(meanOf(law).toPrecision(4)))}`;
    default:
      return unreachable(law);
  }
}

// What an estate offers to its pools and processors, on round numbers: 20 commits and 20 jobs of 20 ms a second, a third
// of them from each of three regions; east–west 10 ms, west–north 25 ms, east–north 30 ms one way.
import { describe, expect, it } from 'vitest';
import type { Action } from '../../../twin/actions/action.ts';
import type { Phase } from '../../../twin/document.ts';
import type { OperationClass, Shard } from '../../../twin/estate/estate.ts';
import type { Parameter } from '../../../twin/parameters.ts';
import { textbookForecast } from '../../../twin/record/naive.ts';
import { OfferedLoad, type Offered } from '../../../twin/record/offered.ts';
import { makeEstate } from '../../fixtures/estate.ts';

const values = {
  'write.localMs': 1,
  'write.offMs': 0.5,
  'write.remoteWriteMs': 2,
  'write.syncMs': 3,
  'write.remoteApplyMs': 4,
  'write.cpuMs': 0.25,
  'job.overheadMs': 1,
  'job.cpuMs': 0.25,
  'read.serviceMs': 0.5,
  'read.cpuMs': 0.1,
  'compute.fixedMs': 1,
  'compute.rowMs': 0.001,
  'compute.waitMs': 0.5,
} as const;
const parameters: Parameter[] = Object.entries(values).map(([path, value]) => ({
  path,
  value,
  unit: 'ms',
  origin: 'calibrated',
  source: 'a test',
}));
const toWest: Action = { kind: 'promote', shard: 's', to: 's-west' };

function load(changes: Partial<Offered> = {}): OfferedLoad {
  return new OfferedLoad({
    estate: makeEstate(),
    load: [],
    actions: [],
    plays: [],
    parameters,
    ...changes,
  });
}

function poolOf(offered: OfferedLoad, id: string, region: string, phase: Phase = 'all'): unknown {
  const operation = offered.class(id);
  if (operation === undefined) throw new Error(`there is a class ${id}`);
  return offered.pool(operation, region, phase);
}

const compute: OperationClass = {
  id: 'sum',
  kind: 'compute',
  ratePerSec: 30,
  size: { kind: 'exponential', mean: 19_500 },
};

describe('a pool', () => {
  it('is held for the way to the leader, the service and the standby that is waited for', () => {
    // East leads and waits for west: 20 ms; clients in the west come 20 ms, in the north 60 ms.
    expect(poolOf(load(), 'commit', 'east')).toEqual({
      holdMs: 23,
      inUse: expect.closeTo(((20 / 3) * 0.023) / 8, 12),
    });
    expect(poolOf(load(), 'commit', 'west')).toMatchObject({ holdMs: 43 });
    expect(poolOf(load(), 'commit', 'north')).toMatchObject({ holdMs: 83 });
    expect(poolOf(load(), 'job', 'north')).toMatchObject({ holdMs: 81 });
  });

  it('changes with the leader after an action, and is unknown meanwhile', () => {
    const promoted = load({ actions: [toWest], plays: ['promote'] });
    expect(poolOf(promoted, 'job', 'west', 'before')).toMatchObject({ holdMs: 41 });
    expect(poolOf(promoted, 'job', 'west', 'after')).toMatchObject({ holdMs: 21 });
    expect(poolOf(promoted, 'job', 'west', 'during')).toBeNull();
    // West now waits for the first attached in the order of the rule, the east.
    expect(poolOf(promoted, 'commit', 'west', 'after')).toMatchObject({ holdMs: 23 });
  });

  it('is unknown after a crash, since nobody knows who leads then, but not after other faults', () => {
    const crashed = load({ plays: ['crash'] });
    expect(poolOf(crashed, 'job', 'west', 'before')).not.toBeNull();
    expect(poolOf(crashed, 'job', 'west', 'after')).toBeNull();
    const slowed = load({ plays: ['pause-replay', 'limit-bandwidth'] });
    expect(poolOf(slowed, 'job', 'west', 'after')).toEqual(poolOf(load(), 'job', 'west'));
  });

  it.each([
    [{ method: 'first', count: 2 }, 60],
    [{ method: 'any', count: 1 }, 20],
    [{ method: 'any', count: 2 }, 60],
  ] as const)('waits for standbys as the rule %j says', (rule, waitMs) => {
    const shard: Partial<Shard> = { syncRule: { ...rule, nodes: ['s-north', 's-west', 's-east'] } };
    const offered = load({ estate: makeEstate({ shard }) });
    expect(poolOf(offered, 'commit', 'east')).toMatchObject({ holdMs: 3 + waitMs });
  });

  it.each([
    ['off', 0.5],
    ['local', 1],
    ['remote_write', 22],
    ['on', 23],
    ['remote_apply', 24],
  ] as const)('is held as the commit mode %s says', (commitMode, holdMs) => {
    const offered = load({ estate: makeEstate({ shard: { commitMode } }) });
    expect(poolOf(offered, 'commit', 'east')).toMatchObject({ holdMs });
  });

  it('waits for nobody without a rule', () => {
    const offered = load({ estate: makeEstate({ shard: { commitMode: 'on', syncRule: null } }) });
    expect(poolOf(offered, 'commit', 'east')).toMatchObject({ holdMs: 1 });
  });
});

describe('the textbook', () => {
  const job = (stat: string): string => `latency_ms.${stat}{class=job,region=east}`;

  it('is M/M/1 with the mean of the pool', () => {
    const mean = 21 / (1 - ((20 / 3) * 0.021) / 8);
    const offered = load();
    expect(textbookForecast(offered, job('mean'), 'all')).toBeCloseTo(mean, 9);
    expect(textbookForecast(offered, job('p50'), 'all')).toBeCloseTo(mean * Math.LN2, 9);
    expect(textbookForecast(offered, job('p99'), 'all')).toBeCloseTo(mean * Math.log(100), 9);
  });

  it('expects to be answered what is offered, and the pool to be used as it is offered', () => {
    const offered = load({ load: [{ class: 'job', factor: 2 }] });
    expect(textbookForecast(offered, 'throughput_per_s.mean{class=job}', 'all')).toBe(40);
    const inUse = textbookForecast(offered, 'utilisation.mean{class=job,region=east}', 'all');
    expect(inUse).toBeCloseTo(((40 / 3) * 0.021) / 8, 9);
  });

  it('says nothing about a queue that grows for ever, nor about what it does not know', () => {
    const crowded = load({ load: [{ class: 'job', factor: 100 }] });
    expect(textbookForecast(crowded, job('p50'), 'all')).toBeNull();
    expect(textbookForecast(crowded, 'utilisation.mean{class=job,region=east}', 'all')).toBe(1);
    for (const unknown of ['fence_ms.value', 'duration_ms.value', 'error_share.mean{class=job}']) {
      expect(textbookForecast(load(), unknown, 'all')).toBeNull();
    }
    expect(textbookForecast(load(), 'throughput_per_s.mean{class=else}', 'all')).toBeNull();
  });

  it('lets computations wait for the processors where these are busier than the pool', () => {
    const estate = makeEstate({ fleet: { classes: [compute] }, vcpus: 1 });
    const offered = load({ estate });
    // 20 ms of processor at 30 per second on one processor: 60 % in use; the pool holds 8 connections.
    expect(textbookForecast(offered, 'cpu_utilisation.mean{node=s-east}', 'all')).toBeCloseTo(
      0.6,
      12,
    );
    expect(textbookForecast(offered, 'latency_ms.mean{class=sum,region=east}', 'all')).toBeCloseTo(
      20.5 / 0.4,
      9,
    );
    expect(textbookForecast(offered, 'cpu_utilisation.mean{node=s-west}', 'all')).toBeNull();
  });
});

// The load that services are measured under, and what its requests tell: played by hand here, so that every time is known.
import { describe, expect, test } from 'vitest';
import {
  serviceLoad,
  serviceTimes,
  serviceTrace,
  stretchSum,
  withClientsApart,
} from '../../live/calibrate/service-load.ts';
import type { CommitMode, Fleet, Shard, Tenant } from '../../twin/estate/estate.ts';
import { emptySamples, outcomes, type Samples } from '../../twin/samples.ts';
import type { Trace } from '../../twin/trace.ts';
import { labEstate, noDistance } from './lab-fixture.ts';
import { loadFleet } from './load-fixture.ts';

describe('the load of a calibration', () => {
  const load = serviceLoad(loadFleet);

  test('splits writes by what they wait for and keeps the total rate', () => {
    expect(load.classes).toEqual([
      { id: 'commit', kind: 'write', commitMode: 'on' },
      { id: 'commit.local', kind: 'write', commitMode: 'local' },
      { id: 'job', kind: 'job' },
    ]);
    expect(load.fleet.classes.map(({ ratePerSec }) => ratePerSec)).toEqual([30, 30, 60]);
  });

  test('measures the commit mode of the shard beside the two that every prediction asks for', () => {
    const modes = (commitMode: CommitMode): unknown[] =>
      serviceLoad(loadFleet, [commitMode]).classes.map((one) => [one.id, one.commitMode]);
    expect(modes('local')).toEqual(modes('on'));
    expect(modes('off').slice(0, 3)).toEqual([
      ['commit', 'on'],
      ['commit.local', 'local'],
      ['commit.off', 'off'],
    ]);
    const own = serviceLoad(loadFleet, ['remote_apply']);
    expect(own.fleet.classes.map(({ ratePerSec }) => ratePerSec)).toEqual([20, 20, 20, 60]);
    const trace = serviceTrace(own, 0, 1000);
    const samples = answered(trace, (request) => 1 + (trace.classOf[request] ?? 0));
    const times = serviceTimes(own, trace, { samples, warmupMs: 0, distances: noDistance });
    expect(times.remoteApplyMs.length).toBeGreaterThan(0);
    for (const tookMs of times.remoteApplyMs) expect(tookMs).toBeCloseTo(3, 6);
  });

  test('bounds rates, so that a quiet class is seen and a busy one does not queue', () => {
    const classes = loadFleet.classes.map((one, index) => ({
      ...one,
      ratePerSec: index === 0 ? 5000 : 0.1,
    }));
    const rates = serviceLoad({ ...loadFleet, classes }).fleet.classes.map((one) => one.ratePerSec);
    expect(rates).toEqual([50, 50, 20]);
  });

  function answered(trace: Trace, tookMs: (request: number) => number): Samples {
    const samples = emptySamples(trace);
    for (let request = 0; request < trace.count; request++) {
      samples.sentMs[request] = trace.atMs[request] ?? NaN;
      samples.doneMs[request] = (trace.atMs[request] ?? NaN) + tookMs(request);
      samples.outcome[request] = outcomes.indexOf('acknowledged');
    }
    return samples;
  }

  test('gives each request’s time to the right aspect, without the warm-up and a job’s declared size', () => {
    const trace = serviceTrace(load, 0, 2000);
    const declaredMs = (request: number): number =>
      trace.classes[trace.classOf[request] ?? 0] === 'job' ? (trace.size[request] ?? 0) : 0;
    const times = serviceTimes(load, trace, {
      samples: answered(
        trace,
        (request) => declaredMs(request) + 1 + (trace.classOf[request] ?? 0),
      ),
      warmupMs: 500,
      distances: noDistance,
    });
    for (const [aspect, took] of [
      [times.syncMs, 1],
      [times.localMs, 2],
      [times.overheadMs, 3],
    ] as const) {
      expect(aspect.length).toBeGreaterThan(0);
      for (const ms of aspect) expect(ms).toBeCloseTo(took, 6);
    }
    const due = trace.atMs.filter((atMs) => atMs >= 500).length;
    expect(Object.values(times).flat()).toHaveLength(due);
  });

  test('tells what links take beyond their delay from what requests take', () => {
    const trace = serviceTrace(load, 0, 2000);
    const declaredMs = (request: number): number =>
      trace.classes[trace.classOf[request] ?? 0] === 'job' ? (trace.size[request] ?? 0) : 0;
    const isFar = (request: number): boolean =>
      trace.tenants[trace.tenantOf[request] ?? 0] === 'globex';
    const distances = { ...noDistance, ofClient: (home: string) => (home === 'eu' ? 6 : 0) };
    const times = serviceTimes(load, trace, {
      samples: answered(trace, (request) => declaredMs(request) + 1 + (isFar(request) ? 6.4 : 0)),
      warmupMs: 0,
      distances,
    });
    expect(times.linkExtraMs).toHaveLength(1);
    expect(times.linkExtraMs[0]).toBeCloseTo(0.4, 6);
    for (const ms of [...times.syncMs, ...times.localMs, ...times.overheadMs]) {
      expect(ms).toBeCloseTo(1, 6);
    }
  });

  test('has clients on both sides of a link where there is one', () => {
    const shard = labEstate.fleets[0]?.shards[0] as Shard;
    const homesOf = (fleet: Fleet): readonly string[] =>
      withClientsApart(fleet, shard).tenants.map(({ home }) => home);
    const [near, far] = loadFleet.tenants as readonly [Tenant, Tenant];
    expect(homesOf(loadFleet)).toEqual(['us', 'eu']);
    expect(homesOf({ ...loadFleet, tenants: [near] })).toEqual(['us', 'eu']);
    expect(homesOf({ ...loadFleet, tenants: [far] })).toEqual(['eu', 'us']);
    const alone = { ...shard, replicas: [] };
    expect(withClientsApart({ ...loadFleet, tenants: [near] }, alone).tenants).toEqual([near]);
    const shares = withClientsApart({ ...loadFleet, tenants: [near] }, shard).tenants;
    expect(shares.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(near.share / 2 + 0.5, 9);
  });

  test('is played longer where it is lighter, so that it shows about as much', () => {
    const [first, light] = [0, 1].map((repetition) => serviceTrace(load, repetition, 4_000));
    expect([first?.horizonMs, light?.horizonMs]).toEqual([4_000, 12_000]);
    expect(light?.count).toBeLessThan(first?.count ?? 0);
    expect(stretchSum(2)).toBe(4);
  });

  test('is worthless as soon as one request failed', () => {
    const trace = serviceTrace(load, 0, 500);
    const samples = answered(trace, () => 1);
    samples.outcome[3] = outcomes.indexOf('timed-out');
    expect(() =>
      serviceTimes(load, trace, { samples, warmupMs: 0, distances: noDistance }),
    ).toThrow('request 3 of a calibration ended timed-out');
  });

  test('is another one in each repetition, and the same in each calibration', () => {
    expect(serviceTrace(load, 0, 500).digest).not.toBe(serviceTrace(load, 1, 500).digest);
    expect(serviceTrace(load, 1, 500).digest).toBe(serviceTrace(load, 1, 500).digest);
  });
});

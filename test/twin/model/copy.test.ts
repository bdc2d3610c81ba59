// Copies over links, against sums by hand; and whole rebuilds: what they take, and what requests and lags show of them.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Simulation } from '../../../engine/simulation.ts';
import { stepsOf } from '../../../twin/actions/index.ts';
import { copyBytes, type CopyOrder } from '../../../twin/model/copy.ts';
import { Network } from '../../../twin/model/network.ts';
import { measureSteps } from '../../../twin/measure.ts';
import { makeEstate } from '../../fixtures/estate.ts';
import { latenciesOf, makeModel, traceOfRequests } from '../../fixtures/runs.ts';

/** How long a copy from east to west takes over a link with this delay and bandwidth. */
function copyMs(
  order: Omit<CopyOrder, 'from' | 'to'>,
  link: { delayMs?: number; bandwidthBytesPerSec?: number | null } = {},
): number {
  const { delayMs = 0, bandwidthBytesPerSec = null } = link;
  const { regions } = makeEstate();
  const between = ['east', 'west'] as const;
  const links = [{ between, delayMs, bandwidthBytesPerSec }];
  const network = new Network({ regions, links });
  const simulation = new Simulation({ seed: '1', replication: 0 });
  const copied = simulation.spawn(
    copyBytes({ ...order, from: 'east', to: 'west' }, { simulation, network }),
    'copy',
  );
  simulation.runUntil(() => copied.fired, 1e9);
  return simulation.nowMs;
}

describe('a copy', () => {
  it('takes an eighth of a second for each whole slice, and its last slice what the server needs', () => {
    // 8 MB/s: a megabyte to a slice.
    const order = { limitPerSec: 8e6, serverPerSec: 1e9 };
    expect(copyMs({ ...order, bytes: 4e6 })).toBeCloseTo(500, 6);
    expect(copyMs({ ...order, bytes: 4.5e6 })).toBeCloseTo(500.5, 6);
    expect(copyMs({ ...order, bytes: 0.5e6 })).toBeCloseTo(0.5, 6);
  });

  it('takes what the slowest of limit, server and link takes, and the delay once', () => {
    const drawn = fc.record({
      bytes: fc.integer({ min: 10_000_000, max: 60_000_000 }),
      limitPerSec: fc.integer({ min: 2e6, max: 1e8 }),
      serverPerSec: fc.integer({ min: 2e6, max: 1e8 }),
      bandwidthBytesPerSec: fc.integer({ min: 2e6, max: 1e8 }),
      delayMs: fc.integer({ min: 0, max: 50 }),
    });
    fc.assert(
      fc.property(drawn, ({ bytes, limitPerSec, serverPerSec, bandwidthBytesPerSec, delayMs }) => {
        const slowest = Math.min(limitPerSec, serverPerSec, bandwidthBytesPerSec);
        const tookMs = copyMs(
          { bytes, limitPerSec, serverPerSec },
          { delayMs, bandwidthBytesPerSec },
        );
        // A slice more or less, where several are about as slow as each other: they take turns, and do not overlap.
        const leastMs = (bytes / slowest) * 1_000;
        expect(tookMs).toBeGreaterThan(leastMs + delayMs - 126);
        const inTurnMs =
          bytes * 1_000 * (1 / limitPerSec + 1 / serverPerSec + 1 / bandwidthBytesPerSec);
        expect(tookMs).toBeLessThan(inTurnMs + delayMs + 252);
      }),
      { numRuns: 60 },
    );
  });

  it('is held up by distance when more would have to be under way than a connection carries', () => {
    const order = { bytes: 256 * 1024 * 400, limitPerSec: 1e12, serverPerSec: 1e12 };
    const [near, far] = [copyMs(order, { delayMs: 1 }), copyMs(order, { delayMs: 100 })];
    // 100 MiB through a window of 8 MiB.
    expect(far).toBeCloseTo(1_300, 0);
    expect(near).toBeCloseTo(13, 0);
  });
});

describe('a rebuild of a standby', () => {
  const shard = { dataBytes: 20_000_000 };
  const action = { kind: 'rebuild', shard: 's', node: 's-north', bytesPerSec: 100e6 } as const;
  const every10Ms = Array.from({ length: 500 }, (_, index) => ({ atMs: 10 * index }));

  function play(node = 's-north'): ReturnType<typeof makeModel> {
    const estate = makeEstate({ shard });
    const model = makeModel(estate, traceOfRequests(estate, every10Ms, 5_000));
    model.simulation.run(1_000);
    model.play(stepsOf({ ...action, node }, estate, 1));
    model.simulation.run(20_000);
    return model;
  }

  it('takes its steps, round trips and the bytes of the server', () => {
    const { steps } = play();
    const doneMs = new Map(
      steps.flatMap(({ step, state, atMs }) => (state === 'done' ? [[step, atMs] as const] : [])),
    );
    expect(doneMs.get('1-check-topology')).toBeCloseTo(1_010, 6);
    expect(doneMs.get('2-stop-standby')).toBeCloseTo(1_040, 6);
    // 2.5 round trips of 60 ms, 100 ms of work, 50 MB at 100 MB/s in four slices, and 30 ms for the last byte.
    expect(doneMs.get('3-copy-node')).toBeCloseTo(1_040 + 150 + 100 + 500 + 30, 0);
    const copied = doneMs.get('3-copy-node') ?? 0;
    // 5.5 round trips and 300 ms of work; the log of the last second comes in no time.
    expect((doneMs.get('4-start-standby') ?? 0) - copied).toBeCloseTo(300 + 330, 0);
  });

  it('takes the rows of tenants along', () => {
    const base = makeEstate({ shard });
    const [fleet] = base.fleets;
    if (fleet === undefined) throw new Error('the estate has a fleet');
    const tenants = fleet.tenants.map((tenant) => ({ ...tenant, dataBytes: 5_000_000 }));
    const copied = [fleet, { ...fleet, tenants }].map((one) => {
      const estate = { ...base, fleets: [one] };
      const model = makeModel(estate, traceOfRequests(estate, [], 1_000));
      model.play(stepsOf(action, estate, 1));
      model.simulation.run(20_000);
      return measureSteps(model.steps).find(({ metric }) => metric.startsWith('copy_ms'))?.value;
    });
    // 15 MB more at 100 MB/s, in slices of 125 ms.
    expect((copied[1] ?? 0) - (copied[0] ?? 0)).toBeGreaterThan(149);
    expect((copied[1] ?? 0) - (copied[0] ?? 0)).toBeLessThan(276);
  });

  it('is felt by nobody who does not wait for that standby, and shows no lag of it meanwhile', () => {
    const model = play();
    expect(new Set(latenciesOf(model).map((ms) => ms.toFixed(6))).size).toBe(1);
    const seen = model.lags.filter(({ replica }) => replica === 's-north').map(({ atMs }) => atMs);
    expect(seen.some((atMs) => atMs > 1_050 && atMs < 2_300)).toBe(false);
    expect(seen.some((atMs) => atMs > 3_000)).toBe(true);
  });

  it('begins and ends with a new segment, whose empty rest holds the log up', () => {
    const link = { bandwidthBytesPerSec: 100e6 };
    const base = makeEstate({ shard });
    const estate = { ...base, links: base.links.map((one) => ({ ...one, ...link })) };
    const model = makeModel(estate, traceOfRequests(estate, every10Ms, 5_000));
    model.simulation.run(1_000);
    model.play(stepsOf(action, estate, 1));
    model.simulation.run(20_000);
    const latencies = latenciesOf(model);
    const usual = latencies[0] ?? 0;
    const slow = latencies.flatMap((ms, index) => (ms > usual + 5 ? [10 * index] : []));
    // West has nothing to do with the copy, but gets the log: at the beginning what was left of a segment, at the end
    // nearly a whole one, which takes 168 ms at 100 MB/s.
    const [first, last] = [Math.min(...slow), Math.max(...slow)];
    expect(first).toBeGreaterThanOrEqual(1_040);
    expect(slow.some((atMs) => atMs > 1_400)).toBe(true);
    expect(last).toBeLessThan(2_400);
    expect(Math.max(...latencies)).toBeGreaterThan(usual + 120);
    expect(Math.max(...latencies)).toBeLessThan(usual + 175);
    expect(latencies.at(-1)).toBeCloseTo(usual, 6);
  });

  it('lets commits wait for the next standby of the rule while the first is away', () => {
    const latencies = latenciesOf(play('s-west'));
    // West confirms after 20 ms, north after 60.
    expect(latencies[150]).toBeCloseTo((latencies[0] ?? 0) + 40, 6);
    expect(latencies.at(-1)).toBeCloseTo(latencies[0] ?? 0, 6);
  });
});

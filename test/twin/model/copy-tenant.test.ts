// A tenant on its way to another shard: what the steps take, against sums by hand, and whom they hold up.
import { describe, expect, it } from 'vitest';
import { stepsOf } from '../../../twin/actions/index.ts';
import type { Link } from '../../../twin/estate/estate.ts';
import { measureSteps } from '../../../twin/measure.ts';
import type { Model } from '../../../twin/model/model.ts';
import { tenantRoundTrips as roundTrips } from '../../../twin/model/tenant-copy.ts';
import { makeTwoShards } from '../../fixtures/estate.ts';
import { latenciesOf, makeModel, traceOfRequests } from '../../fixtures/runs.ts';

const action = { kind: 'copy-tenant', shard: 's', tenant: 'west', to: 't' } as const;
/** Jobs: they share neither processors nor flushes, so nobody is held up but by the copy. */
const every10Ms = Array.from({ length: 400 }, (_, index) => ({
  atMs: 10 * index,
  class: 'job',
  tenant: 'east',
}));

function play(link: Partial<Link> = {}, requests: typeof every10Ms = every10Ms): Model {
  const base = makeTwoShards();
  const estate = { ...base, links: base.links.map((one) => ({ ...one, ...link })) };
  const model = makeModel(estate, traceOfRequests(estate, requests, 4_000));
  model.simulation.run(1_000);
  model.play(stepsOf(action, estate, 1));
  model.simulation.run(30_000);
  return model;
}

function timesOf({ steps }: Model): ReadonlyMap<string, number> {
  return new Map(
    steps.map(({ step, state, atMs }): [string, number] => [`${step} ${state}`, atMs]),
  );
}

describe('a copy of a tenant', () => {
  it('takes its round trips, its work and the bytes of the tenant', () => {
    const times = timesOf(play());
    expect(times.get('2-check-topology done')).toBeCloseTo(1_020, 6);
    // Round trips of 20 ms, 200 ms of work, 20 MB at 50 MB/s, and 10 ms for the last byte; and the publication's commit, which
    // waits for the west as every write does.
    const copiedMs = 20 * roundTrips.subscribe + 200 + 400 + 10 + 20;
    expect(times.get('3-subscribe-tenant done')).toBeCloseTo(1_020 + copiedMs, 0);
    const endMs = times.get('7-release-requests done') ?? 0;
    const unsubscribedMs = 50 + 20 * roundTrips.unsubscribe + 20;
    expect(times.get('8-unsubscribe-tenant done')).toBeCloseTo(endMs + unsubscribedMs, 6);
  });

  it('waits for the writes that are under way when a slot is begun, twice for the one and twice for the others', () => {
    const writes = every10Ms.map((one) => ({ ...one, class: 'commit' }));
    const [alone, beside] = [play(), play({}, writes)].map(
      (model) => timesOf(model).get('3-subscribe-tenant done') ?? 0,
    );
    // One write waits 20 ms for the west, and another one begins every 10 ms: 10 to 20 ms are left of the latest.
    const waitedMs = (beside ?? 0) - (alone ?? 0);
    expect(waitedMs).toBeGreaterThan(4 * 10);
    expect(waitedMs).toBeLessThan(4 * 22);
  });

  it('takes as long as a narrow link needs for its bytes', () => {
    const [wide, narrow] = [play(), play({ bandwidthBytesPerSec: 10e6 })].map((model) =>
      measureSteps(model.steps).find(({ metric }) => metric.startsWith('copy_ms')),
    );
    // The last piece is still on its way when the servers are done with it.
    expect((narrow?.value ?? 0) - (wide?.value ?? 0)).toBeGreaterThan(2_000 - 400 - 1);
    expect((narrow?.value ?? 0) - (wide?.value ?? 0)).toBeLessThan(2_000 - 400 + 10);
  });

  it('holds the requests of its shard until both have the same, and nobody’s before', () => {
    const model = play();
    const times = timesOf(model);
    const [heldMs, releasedMs] = [
      times.get('4-hold-requests done') ?? 0,
      times.get('7-release-requests done') ?? 0,
    ];
    const latencies = latenciesOf(model);
    const usual = latencies[0] ?? 0;
    for (const [index, latencyMs] of latencies.entries()) {
      const atMs = 10 * index;
      const waitsMs = atMs > heldMs && atMs < releasedMs ? releasedMs - atMs : 0;
      expect(latencyMs, `request at ${atMs}`).toBeCloseTo(usual + waitsMs, 6);
    }
    expect(releasedMs - heldMs).toBeGreaterThan(20 * roundTrips.applied);
  });
});

describe('tenants', () => {
  it('are served by the shard that they are on, wherever it stands in the file', () => {
    const base = makeTwoShards();
    const estate = {
      ...base,
      fleets: base.fleets.map((fleet) => ({
        ...fleet,
        tenants: fleet.tenants.map((one) => ({ ...one, shard: one.id === 'west' ? 't' : 's' })),
      })),
    };
    const requests = ['east', 'west'].map((tenant, index) => ({ atMs: 100 * index, tenant }));
    const model = makeModel(estate, traceOfRequests(estate, requests, 1_000));
    model.simulation.run(1_000);
    // From the east to its shard, whose commits wait for the west; from the west to its own, which waits for nobody.
    expect(latenciesOf(model)).toEqual([23, 2]);
  });
});

// A request's way with constant parameters and no load: every millisecond can be accounted for.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stepsOf } from '../../../twin/actions/index.ts';
import type { SyncRule } from '../../../twin/estate/estate.ts';
import type { ParameterPath } from '../../../twin/parameters.ts';
import { regions, makeEstate } from '../../fixtures/estate.ts';
import { makeCalibration } from '../../fixtures/calibration.ts';
import { latenciesOf, makeModel, outcomesOf, traceOfRequests } from '../../fixtures/runs.ts';

/** Latency of one request of this class from each region, far apart in time. */
function loneLatencies(
  kind: string,
  estate = makeEstate(),
  size = 20,
  calibration = makeCalibration(),
): number[] {
  const requests = regions.map((tenant, index) => ({
    atMs: 1_000 * index,
    class: kind,
    tenant,
    size,
  }));
  const model = makeModel(estate, traceOfRequests(estate, requests, 3_000), { calibration });
  model.simulation.run(5_000);
  return latenciesOf(model);
}

const anyOne: SyncRule = { method: 'any', count: 1, nodes: ['s-north', 's-west'] };
const firstTwo: SyncRule = { method: 'first', count: 2, nodes: ['s-east', 's-west', 's-north'] };

describe('a lone commit', () => {
  it('takes client round trip + local work + standby round trip + standby work', () => {
    expect(loneLatencies('commit')).toEqual([0 + 2 + 20 + 1, 20 + 2 + 20 + 1, 60 + 2 + 20 + 1]);
  });

  it('waits for the slower of two, or the faster of any', () => {
    const both = makeEstate({ shard: { syncRule: firstTwo } });
    expect(loneLatencies('commit', both)).toEqual([63, 83, 123]);
    const any = makeEstate({ shard: { syncRule: anyOne } });
    expect(loneLatencies('commit', any)).toEqual([23, 43, 83]);
  });

  it('waits for nobody in local mode or without a rule', () => {
    const local = makeEstate({ shard: { commitMode: 'local' } });
    expect(loneLatencies('commit', local)).toEqual([2, 22, 62]);
    const without = makeEstate({ shard: { syncRule: null } });
    expect(loneLatencies('commit', without)).toEqual([2, 22, 62]);
  });

  it('hangs without an answer when the rule names nobody who is there', () => {
    const rule: SyncRule = { method: 'first', count: 3, nodes: ['s-west', 's-north'] };
    expect(loneLatencies('commit', makeEstate({ shard: { syncRule: rule } }))).toEqual([
      Number.NaN,
      Number.NaN,
      Number.NaN,
    ]);
  });
});

describe('a lone job', () => {
  it('takes client round trip + its size + overhead', () => {
    expect(loneLatencies('job', makeEstate(), 37)).toEqual([38, 58, 98]);
  });

  it('takes what links take beyond their delay where it comes over one', () => {
    const late = makeCalibration({ 'link.extraMs': 0.5 });
    const [near, far, farther] = loneLatencies('job', makeEstate(), 37, late);
    expect([near, far, farther]).toEqual([38, 58.5, 98.5]);
  });
});

describe('commits at the same time', () => {
  const together = [{ atMs: 0 }, { atMs: 0 }, { atMs: 0 }];

  it('share the next flush of the log while one runs', () => {
    const estate = makeEstate({ vcpus: 4, shard: { commitMode: 'local' } });
    const model = makeModel(estate, traceOfRequests(estate, together, 100));
    model.simulation.run(100);
    expect(latenciesOf(model)).toEqual([2, 2.5, 2.5]);
  });

  it('share one processor, too', () => {
    const estate = makeEstate({ vcpus: 1, shard: { commitMode: 'local' } });
    const model = makeModel(estate, traceOfRequests(estate, together, 100));
    model.simulation.run(100);
    // 1.5 ms each on one core: all three are ready at 4.5 ms; the first takes a flush, the others the next.
    expect(latenciesOf(model)).toEqual([5, 5.5, 5.5]);
  });
});

describe('the pool', () => {
  const onePool = { size: 1, timeoutMs: 100 };

  it('makes a request wait until a connection is back, for as long as the round trip takes', () => {
    const estate = makeEstate({ fleet: { pool: onePool } });
    const requests = [0, 0].map((atMs) => ({ atMs, class: 'job', tenant: 'west', size: 9 }));
    const model = makeModel(estate, traceOfRequests(estate, requests, 100));
    model.simulation.run(200);
    expect([...model.samples.sentMs]).toEqual([0, 30]);
    expect(latenciesOf(model)).toEqual([30, 60]);
  });

  it('keeps classes and regions apart', () => {
    const estate = makeEstate({ fleet: { pool: onePool } });
    const requests = ['east', 'west'].flatMap((tenant) =>
      ['commit', 'job'].map((kind) => ({ atMs: 0, class: kind, tenant, size: 9 })),
    );
    const model = makeModel(estate, traceOfRequests(estate, requests, 100));
    model.simulation.run(200);
    expect([...model.samples.sentMs]).toEqual([0, 0, 0, 0]);
  });

  it('gives up a request whose patience ended, at the moment when it ended', () => {
    const estate = makeEstate({ fleet: { pool: onePool } });
    const requests = [0, 20, 50].map((atMs) => ({ atMs, class: 'job', size: 129 }));
    const model = makeModel(estate, traceOfRequests(estate, requests, 100));
    model.simulation.run(1_000);
    expect(outcomesOf(model)).toEqual(['acknowledged', 'timed-out', 'acknowledged']);
    expect([...model.samples.doneMs]).toEqual([130, 120, 260]);
    expect(model.samples.sentMs[1]).toBeNaN();
  });
});

describe('service times', () => {
  const estate = makeEstate({ shard: { commitMode: 'local' } });
  const requests = [0, 100, 200, 300].map((atMs) => ({ atMs }));
  const latencies = (
    replication: number,
    { only, of = requests }: { only?: ParameterPath; of?: typeof requests } = {},
  ): number[] => {
    const spread = { observation: 0.5, ...(only === undefined ? {} : { only }) };
    const calibration = makeCalibration({}, spread);
    const trace = traceOfRequests(estate, of, 1_000);
    const model = makeModel(estate, trace, { calibration, replication });
    model.simulation.run(1_000);
    return latenciesOf(model);
  };

  it('belong to the request: the same in the same replication, others in another', () => {
    expect(latencies(0)).toEqual(latencies(0));
    expect(new Set(latencies(0)).size).toBe(4);
    const only = 'write.localMs';
    expect(latencies(1, { only })).not.toEqual(latencies(0, { only }));
  });

  it('do not depend on when the request is due', () => {
    const later = requests.map(({ atMs }) => ({ atMs: 2 * atMs }));
    const expected = latencies(0);
    latencies(0, { of: later }).forEach((latencyMs, request) =>
      expect(latencyMs).toBeCloseTo(expected[request] ?? 0, 9),
    );
  });

  it('have flushes of their own in every replication', () => {
    expect(latencies(1, { only: 'wal.flushMs' })).not.toEqual(
      latencies(0, { only: 'wal.flushMs' }),
    );
  });
});

describe('any load, with a promotion somewhere in it', () => {
  const estate = makeEstate({ fleet: { pool: { size: 2, timeoutMs: 300 } } });
  const request = fc.record({
    atMs: fc.integer({ min: 0, max: 2_000 }),
    class: fc.constantFrom('commit', 'job'),
    tenant: fc.constantFrom(...regions),
    size: fc.integer({ min: 1, max: 60 }),
  });

  it('gives every request exactly one outcome, in the right order of times, and loses no write', () => {
    const seen = new Set<string>();
    const property = fc.property(
      fc.array(request, { minLength: 50, maxLength: 200 }),
      fc.integer({ min: 0, max: 2_000 }),
      (requests, promoteAtMs) => {
        const ordered = requests.toSorted((a, b) => a.atMs - b.atMs);
        const model = makeModel(estate, traceOfRequests(estate, ordered, 2_001));
        model.simulation.run(promoteAtMs);
        model.play(stepsOf({ kind: 'promote', shard: 's', to: 's-west' }, estate, 1));
        model.simulation.run(60_000);
        const { intendedMs, sentMs, doneMs } = model.samples;
        outcomesOf(model).forEach((outcome, one) => {
          seen.add(outcome);
          expect(outcome).toMatch(/^(acknowledged|timed-out)$/);
          expect(doneMs[one]).toBeGreaterThanOrEqual(intendedMs[one] ?? Infinity);
          if (outcome === 'timed-out') expect(sentMs[one]).toBeNaN();
          else expect(sentMs[one]).toBeGreaterThanOrEqual(intendedMs[one] ?? Infinity);
          if (outcome !== 'timed-out') expect(doneMs[one]).toBeGreaterThan(sentMs[one] ?? Infinity);
        });
        expect(model.exact).toEqual({ lostAcknowledgedWrites: 0, promotions: 1 });
      },
    );
    fc.assert(property, { numRuns: 40 });
    expect([...seen].toSorted()).toEqual(['acknowledged', 'timed-out']);
  });
});

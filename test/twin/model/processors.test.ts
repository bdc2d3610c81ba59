// Pools of connections in front of shared processors: against closed forms where they exist, against a brute-force
// simulation where they do not, and request by request where every millisecond can be accounted for.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { erlangC } from '../../../engine/theory.ts';
import { makeStream } from '../../../engine/random.ts';
import { measureCpu } from '../../../twin/cpu-use.ts';
import type { Estate, OperationClass } from '../../../twin/estate/estate.ts';
import type { Model } from '../../../twin/model/model.ts';
import { makeTrace } from '../../../twin/trace.ts';
import { makeCalibration } from '../../fixtures/calibration.ts';
import { makeEstate } from '../../fixtures/estate.ts';
import { latenciesOf, makeModel, traceOfRequests } from '../../fixtures/runs.ts';
import { shareByBruteForce } from '../../oracles/naive-sharing.ts';

const compute: OperationClass = {
  id: 'compute',
  kind: 'compute',
  ratePerSec: 20,
  size: { kind: 'exponential', mean: 20_000 },
};

function estateOf(vcpus: number, poolSize: number, extra: readonly OperationClass[] = []): Estate {
  const pool = { size: poolSize, timeoutMs: 1e9 };
  return makeEstate({ vcpus, fleet: { classes: [compute, ...extra], pool } });
}

/** 1 µs per row and nothing else. */
const rowsOnly = { 'compute.fixedMs': 0, 'compute.waitMs': 0, 'compute.rowMs': 0.001 };
const meanMs = 20;

interface Course {
  readonly estate: Estate;
  readonly utilisation: number;
  readonly cores: number;
  readonly seed: string;
}

/** A run to its end, with what each request asked of a processor. */
interface Played {
  readonly model: Model;
  readonly demandMs: readonly number[];
}

/** Computations of exponential size from the region of the primary, played to the end. */
function playComputations({ estate, utilisation, cores, seed }: Course): Played {
  const count = 6_000;
  const [gaps, sizes] = [makeStream(seed, 0, 'gaps'), makeStream(seed, 0, 'sizes')];
  let nowMs = 0;
  const atMs = Float64Array.from({ length: count }, () => {
    nowMs -= (Math.log(1 - gaps()) * meanMs) / (utilisation * cores);
    return nowMs;
  });
  const trace = makeTrace(
    { seed, horizonMs: nowMs + 1, classes: ['compute'], tenants: ['east'] },
    {
      atMs,
      classOf: new Uint16Array(count),
      tenantOf: new Uint32Array(count),
      size: Float64Array.from({ length: count }, () => -Math.log(1 - sizes()) * meanMs * 1_000),
    },
  );
  const model = makeModel(estate, trace, { calibration: makeCalibration(rowsOnly), seed });
  model.simulation.run(nowMs + 60_000);
  return { model, demandMs: Array.from(trace.size, (rows) => rows / 1_000) };
}

/** Mean over runs, each without its empty start, within four standard errors of what theory says. */
function expectMean(
  course: Omit<Course, 'seed'>,
  of: (played: Played) => readonly number[],
  exact: number,
): void {
  const means = Array.from({ length: 30 }, (_, run) => {
    const values = of(playComputations({ ...course, seed: `run ${run}` })).slice(500);
    return values.reduce((sum, one) => sum + one, 0) / values.length;
  });
  const mean = means.reduce((sum, one) => sum + one, 0) / means.length;
  const squares = means.reduce((sum, one) => sum + (one - mean) ** 2, 0);
  const standardError = Math.sqrt(squares / (means.length - 1) / means.length);
  expect(standardError / exact).toBeLessThan(0.05);
  expect(Math.abs(mean - exact) / standardError).toBeLessThan(4);
}

const staysOf = ({ model }: Played): number[] => latenciesOf(model);

function waitsOf({ model: { samples } }: Played): number[] {
  return Array.from(samples.sentMs, (sent, one) => sent - (samples.intendedMs[one] ?? 0));
}

describe('computations of exponential size', () => {
  it.each([2, 4])('wait as in M/M/%i when every connection has a processor of its own', (cores) => {
    const course = { estate: estateOf(cores, cores), utilisation: 0.75, cores };
    const load = 0.75 * cores;
    expectMean(course, waitsOf, (erlangC(load, cores) * meanMs) / (cores - load));
  });

  it('stay as long as in M/M/1 with processor sharing when there is a connection for everybody', () => {
    const course = { estate: estateOf(1, 100_000), utilisation: 0.7, cores: 1 };
    expectMean(course, staysOf, meanMs / (1 - 0.7));
    // The mark of processor sharing: everybody is slowed down alike, in proportion to size (Kleinrock 1976, sec. 4.4).
    const slowdowns = (played: Played): number[] =>
      staysOf(played)
        .map((stayMs, one) => ({ stayMs, demandMs: played.demandMs[one] ?? 0 }))
        // Of tiny demands the ratio has no variance to speak of errors with.
        .filter(({ demandMs }) => demandMs > meanMs / 2)
        .map(({ stayMs, demandMs }) => stayMs / demandMs);
    expectMean(course, slowdowns, 1 / (1 - 0.7));
  });

  it.each([1, 3])(
    'wait for one of %i connections to a processor as long as theory says',
    (size) => {
      const utilisation = 0.7;
      // Whatever the pool, exponential jobs leave a busy processor at the same rate: the number present is that of M/M/1,
      // and those beyond the pool's size wait; by Little's law for the queue, and for all of them.
      const ratePerMs = utilisation / meanMs;
      const course = { estate: estateOf(1, size), utilisation, cores: 1 };
      expectMean(course, waitsOf, utilisation ** (size + 1) / (1 - utilisation) / ratePerMs);
      expectMean(course, staysOf, meanMs / (1 - utilisation));
    },
  );
});

describe('any computations', () => {
  it('leave when a brute-force simulation of pool and processors says', () => {
    const property = fc.property(
      fc.array(
        fc.record({
          gapMs: fc.integer({ min: 0, max: 30 }),
          size: fc.integer({ min: 1, max: 60_000 }),
        }),
        { minLength: 1, maxLength: 60 },
      ),
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 6 }),
      (arrivals, cores, poolSize) => {
        let nowMs = 0;
        const requests = arrivals.map(({ gapMs, size }) => {
          nowMs += gapMs;
          return { atMs: nowMs, class: 'compute', size };
        });
        const estate = estateOf(cores, poolSize);
        const calibration = makeCalibration({ ...rowsOnly, 'compute.fixedMs': 0.5 });
        const model = makeModel(estate, traceOfRequests(estate, requests, nowMs + 1), {
          calibration,
        });
        model.simulation.run(1e6);
        const jobs = requests.map(({ atMs, size }) => ({ atMs, demandMs: 0.5 + size / 1_000 }));
        const expected = shareByBruteForce(jobs, cores, poolSize);
        expected.forEach((doneMs, one) => {
          expect(model.samples.doneMs[one]).toBeCloseTo(doneMs, 6);
        });
      },
    );
    fc.assert(property, { numRuns: 60 });
  });
});

describe('a processor', () => {
  const others: readonly OperationClass[] = [
    { id: 'job', kind: 'job', ratePerSec: 1, size: { kind: 'constant', value: 50 } },
    { id: 'read', kind: 'read', ratePerSec: 1, size: { kind: 'constant', value: 1 } },
    { id: 'commit', kind: 'write', ratePerSec: 1, size: { kind: 'constant', value: 1 } },
  ];
  const estate = estateOf(1, 8, others);
  const play = (
    requests: readonly { atMs: number; class: string; size?: number }[],
    values: Parameters<typeof makeCalibration>[0] = {},
  ): Model => {
    const calibration = makeCalibration({ ...rowsOnly, ...values });
    const model = makeModel(estate, traceOfRequests(estate, requests, 1_000), { calibration });
    model.simulation.run(2_000);
    return model;
  };

  it('is shared by requests of all classes, for their processor time only', () => {
    const alone = play([{ atMs: 0, class: 'compute', size: 10_000 }]);
    expect(latenciesOf(alone)).toEqual([10]);
    const requests = [
      { atMs: 0, class: 'compute', size: 10_000 },
      { atMs: 0, class: 'job', size: 50 },
      { atMs: 0, class: 'read' },
    ];
    // The read needs 0.2 of its 0.5 ms from the processor, shared with the computation; the job's sleep disturbs nobody.
    const [computeMs, jobMs, readMs] = latenciesOf(play(requests));
    expect(computeMs).toBeCloseTo(10.2, 9);
    expect(jobMs).toBeCloseTo(51, 9);
    expect(readMs).toBeCloseTo(0.3 + 0.4, 9);
  });

  it('is not kept busy by commits that wait for the disk', () => {
    const burst = Array.from({ length: 8 }, () => ({ atMs: 0, class: 'commit' }));
    const lastMs = (values: Parameters<typeof makeCalibration>[0]): number =>
      Math.max(...latenciesOf(play(burst, values)));
    // Local work of 1.5 ms: all of it on the processor, or a tenth. The first takes a flush of 0.5 ms,
    // the others share the next; standbys add 21 ms.
    expect(lastMs({ 'write.cpuMs': 1.5 })).toBeCloseTo(8 * 1.5 + 1 + 21, 9);
    expect(lastMs({ 'write.cpuMs': 0.15 })).toBeCloseTo(1.35 + 8 * 0.15 + 1 + 21, 9);
  });

  it('counts as many as were measured, or as the tier has', () => {
    const pair = [0, 0].map((atMs) => ({ atMs, class: 'compute', size: 10_000 }));
    expect(latenciesOf(play(pair))).toEqual([20, 20]);
    expect(latenciesOf(play(pair, { 'cpu.cores': 2 }))).toEqual([10, 10]);
    expect(latenciesOf(play(pair, { 'cpu.cores': 1.6 }))).toEqual([12.5, 12.5]);
  });

  it('tells what share of it was used, of the node that worked', () => {
    const requests = [100, 200, 300, 400].map((atMs) => ({ atMs, class: 'compute', size: 25_000 }));
    const model = play(requests);
    const [value] = measureCpu(model.cpuUses(), [['all', 0, 1_000]]);
    expect(value).toMatchObject({ metric: 'cpu_utilisation.mean{node=s-east}', phase: 'all' });
    expect(value?.value).toBeCloseTo(0.1, 9);
  });
});

// Demand: Poisson arrivals per class, tenants by share, sizes by law, and classes that never disturb each other.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Fleet, OperationClass } from '../../twin/estate/estate.ts';
import { drawTrace } from '../../twin/demand.ts';
import { onlyFleet } from '../../twin/model/platform.ts';
import type { Trace } from '../../twin/trace.ts';
import { makeEstate, makeTenant } from '../fixtures/estate.ts';

const commit: OperationClass = {
  id: 'commit',
  kind: 'write',
  ratePerSec: 50,
  size: { kind: 'constant', value: 300 },
};
const job: OperationClass = {
  id: 'job',
  kind: 'job',
  ratePerSec: 30,
  size: { kind: 'exponential', mean: 20 },
};

function fleetOf(...classes: readonly OperationClass[]): Fleet {
  const tenants = [
    makeTenant({ id: 'big', home: 'east', share: 0.7 }),
    makeTenant({ id: 'small', home: 'west', share: 0.3 }),
  ];
  return onlyFleet(makeEstate({ fleet: { classes, tenants } }));
}

interface Draw {
  readonly seed?: string;
  readonly replication?: number;
  readonly horizonMs?: number;
  readonly factors?: ReadonlyMap<string, number>;
}

function draw(fleet: Fleet, given: Draw = {}): Trace {
  const options = { seed: '1', replication: 0, horizonMs: 10_000, factors: new Map(), ...given };
  return drawTrace(fleet, options);
}

/** The columns of one class, by its name, as rows. */
function rowsOf(trace: Trace, id: string): (readonly [number, number, number])[] {
  const index = trace.classes.indexOf(id);
  return Array.from(
    trace.atMs,
    (atMs, row) => [atMs, trace.tenantOf[row] ?? -1, trace.size[row] ?? -1] as const,
  ).filter((_, row) => trace.classOf[row] === index);
}

describe('a trace', () => {
  it('is sorted, within the horizon, of known tenants and whole sizes from 1', () => {
    const property = fc.property(fc.string(), fc.nat({ max: 50 }), (seed, replication) => {
      const trace = draw(fleetOf(commit, job), { seed, replication, horizonMs: 2_000 });
      trace.atMs.forEach((atMs, row) => {
        expect(atMs).toBeGreaterThanOrEqual(trace.atMs[row - 1] ?? 0);
        expect(atMs).toBeLessThan(2_000);
        expect(trace.tenantOf[row]).toBeLessThan(2);
        expect(trace.size[row]).toBeGreaterThanOrEqual(1);
        expect(trace.size[row]).toBe(Math.round(trace.size[row] ?? Number.NaN));
      });
    });
    fc.assert(property, { numRuns: 30 });
  });

  it('is the same for the same seed and replication, and another one otherwise', () => {
    const fleet = fleetOf(commit, job);
    const digests = [
      draw(fleet),
      draw(fleet),
      draw(fleet, { seed: '2' }),
      draw(fleet, { replication: 1 }),
    ].map(({ digest }) => digest);
    expect(digests[1]).toBe(digests[0]);
    expect(new Set(digests).size).toBe(3);
  });
});

describe('arrivals', () => {
  const counts = Array.from(
    { length: 300 },
    (_, replication) => draw(fleetOf(commit), { replication }).count,
  );
  const mean = counts.reduce((sum, one) => sum + one, 0) / counts.length;

  it('come at the rate of their class', () => {
    // 50/s for 10 s; the standard error of a Poisson mean is √(λ/n).
    expect(Math.abs(mean - 500)).toBeLessThan(4 * Math.sqrt(500 / counts.length));
  });

  it('are as irregular as a Poisson process: the variance of their number is its mean', () => {
    const variance = counts.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (counts.length - 1);
    // The standard error of a variance ratio of n values is about √(2/n).
    expect(Math.abs(variance / mean - 1)).toBeLessThan(4 * Math.sqrt(2 / counts.length));
  });

  it('have gaps without memory: a share of e⁻¹ is longer than the mean', () => {
    const { atMs, count } = draw(fleetOf(commit), { horizonMs: 200_000 });
    const long = atMs.filter((at, row) => at - (atMs[row - 1] ?? 0) > 20).length / count;
    expect(Math.abs(long - Math.exp(-1))).toBeLessThan(4 * Math.sqrt(0.25 / count));
  });

  it('follow the factor on their class, down to none at all', () => {
    const fleet = fleetOf(commit, job);
    const factors = new Map([
      ['commit', 3],
      ['job', 0],
    ]);
    const trace = draw(fleet, { horizonMs: 100_000, factors });
    expect(rowsOf(trace, 'job')).toEqual([]);
    expect(Math.abs(trace.count - 15_000)).toBeLessThan(4 * Math.sqrt(15_000));
  });

  it('never come for a class without a rate, whatever the seed', () => {
    const idle = { ...commit, ratePerSec: 0 };
    fc.assert(fc.property(fc.string(), (seed) => draw(fleetOf(idle), { seed }).count === 0));
  });
});

describe('tenants and sizes', () => {
  const trace = draw(fleetOf(commit, job), { horizonMs: 200_000 });

  it('have the declared shares in every class', () => {
    for (const id of ['commit', 'job']) {
      const rows = rowsOf(trace, id);
      const share = rows.filter(([, tenant]) => tenant === 0).length / rows.length;
      expect(Math.abs(share - 0.7)).toBeLessThan(4 * Math.sqrt((0.7 * 0.3) / rows.length));
    }
  });

  it('have the declared law', () => {
    expect(new Set(rowsOf(trace, 'commit').map(([, , size]) => size))).toEqual(new Set([300]));
    const sizes = rowsOf(trace, 'job').map(([, , size]) => size);
    const mean = sizes.reduce((sum, one) => sum + one, 0) / sizes.length;
    // Rounding to whole values from 1 on adds 1 − e^(−1/40) to the mean, less than 0.03.
    expect(Math.abs(mean - 20.02)).toBeLessThan((4 * 20) / Math.sqrt(sizes.length));
  });
});

describe('changing one class', () => {
  const before = rowsOf(draw(fleetOf(commit, job)), 'job');

  it.each([
    ['rate', { ...commit, ratePerSec: 500 }],
    ['size', { ...commit, size: { kind: 'exponential' as const, mean: 99 } }],
  ])('in its %s leaves the other one untouched to the last bit', (_, changed) => {
    expect(rowsOf(draw(fleetOf(changed, job)), 'job')).toEqual(before);
  });

  it('in its place, by its factor or away leaves the other one untouched, too', () => {
    expect(rowsOf(draw(fleetOf(job, commit)), 'job')).toEqual(before);
    expect(rowsOf(draw(fleetOf(job)), 'job')).toEqual(before);
    const factors = new Map([['commit', 7]]);
    expect(rowsOf(draw(fleetOf(commit, job), { factors }), 'job')).toEqual(before);
  });
});

// The arithmetic of the experiment on computations, on samples whose truth is known, and the experiment itself on a
// real lab, short and without a word about what it measures there.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeStream } from '../../engine/random.ts';
import { calibrateLab } from '../../live/calibrate/calibrate.ts';
import { capacityText } from '../../live/calibrate/capacity.ts';
import {
  aloneComputations,
  closedLoop,
  fitCores,
  fitRows,
  fitWait,
  type OpenLoop,
} from '../../live/calibrate/compute-fit.ts';
import { closedComputations, openComputations } from '../../live/calibrate/compute-load.ts';
import type { LabInfo } from '../../live/lab/lab-info.ts';
import { labUp } from '../../live/lab/lab.ts';
import { describePlacement } from '../../live/placement/placement.ts';
import type { Estate, Fleet } from '../../twin/estate/estate.ts';
import { emptySamples, outcomes, type Samples } from '../../twin/samples.ts';
import type { Trace } from '../../twin/trace.ts';
import { labEstate, makeStateDir, refusePractice, us } from './lab-fixture.ts';
import { loadFleet } from './load-fixture.ts';

const fleet: Fleet = {
  ...loadFleet,
  classes: [
    ...loadFleet.classes,
    { id: 'compute', kind: 'compute', ratePerSec: 20, size: { kind: 'exponential', mean: 5_000 } },
  ],
};

/** Every request answered when `sent` and `took` say. */
function played(
  trace: Trace,
  of: (request: number) => { readonly sentMs: number; readonly tookMs: number },
): Samples {
  const samples = emptySamples(trace);
  for (let request = 0; request < trace.count; request++) {
    const { sentMs, tookMs } = of(request);
    samples.sentMs[request] = sentMs;
    samples.doneMs[request] = sentMs + tookMs;
    samples.outcome[request] = outcomes.indexOf('acknowledged');
  }
  return samples;
}

describe('loads of computations', () => {
  it('use the share of a processor that they aim at, whatever the estate’s own rate', () => {
    for (const ratePerSec of [1, 1_000]) {
      const classes = fleet.classes.map((one) => ({ ...one, ratePerSec }));
      for (const [repetition, share] of [0.08, 0.3].entries()) {
        const { trace } = openComputations({ ...fleet, classes }, repetition, 60_000);
        const rows = trace.size.reduce((sum, one) => sum + one, 0);
        const used = (rows * 0.000_38) / 60_000;
        expect(trace.classes).toEqual(['compute']);
        expect(used / share).toBeGreaterThan(0.8);
        expect(used / share).toBeLessThan(1.2);
      }
    }
  });

  it('spread sizes that are all the same, since a line needs two', () => {
    const classes = [{ ...fleet.classes[2], size: { kind: 'constant', value: 9_000 } }];
    const { trace } = openComputations({ ...fleet, classes } as Fleet, 0, 10_000);
    expect(Math.min(...trace.size)).toBeGreaterThanOrEqual(4_500);
    expect(Math.max(...trace.size)).toBeLessThanOrEqual(13_500);
    expect(new Set(trace.size).size).toBeGreaterThan(10);
  });

  it('keep every connection busy to the end of a closed loop', () => {
    const loop = closedComputations(fleet, 3, { name: 'full', horizonMs: 1_000 });
    expect(loop.fleet.pool).toEqual({ size: 3, timeoutMs: 1_000 });
    expect(new Set(loop.trace.size)).toEqual(new Set([5_000]));
    expect(loop.trace.count * 5_000 * 0.000_38).toBeGreaterThan(3 * 1_000);
  });
});

describe('samples of computations', () => {
  const { trace } = openComputations(fleet, 1, 6_000);
  const takesMs = (request: number): number => 0.5 + 0.000_4 * (trace.size[request] ?? 0);

  it('count when nothing else was under way', () => {
    const samples = played(trace, (request) => ({
      // Requests 10 and 11 overlap, and 20 to 22; the others are far apart.
      sentMs: 1_000 * request - (request === 11 || request === 21 || request === 22 ? 990 : 0),
      tookMs: [10, 20].includes(request) ? 1_500 : 5,
    }));
    const points = aloneComputations(trace, samples, 0);
    // 10 and 11 were together; 20 was with 21, and with 22 that came after 21 had ended.
    expect(points).toHaveLength(trace.count - 5);
    expect(new Set(points.map(([, took]) => Math.round(took)))).toEqual(new Set([5]));
    const due = trace.atMs.filter((atMs) => atMs >= 2_000).length;
    const apart = played(trace, (request) => ({ sentMs: 1_000 * request, tookMs: 5 }));
    expect(aloneComputations(trace, apart, 2_000)).toHaveLength(due);
  });

  /** Three repetitions on a host whose neighbours lengthen every wall time, or do not. */
  function repetitionsOn(host: {
    readonly stretch: number;
    readonly tellsCpu: boolean;
  }): OpenLoop[] {
    const noise = makeStream('noise', 0, 'noise');
    const rows = trace.size.reduce((sum, one) => sum + one, 0);
    // 0.2 of the 0.5 ms are no processor time.
    const cpuMs = trace.count * 0.3 + rows * 0.000_4;
    return [0, 1, 2].map(() => {
      const samples = played(trace, (request) => ({
        sentMs: 1_000 * request,
        tookMs: host.stretch * takesMs(request) * (0.98 + 0.04 * noise()),
      }));
      const points = aloneComputations(trace, samples, 0);
      return { points, account: host.tellsCpu ? { operations: trace.count, rows, cpuMs } : null };
    });
  }

  it('give the line that they were made from', () => {
    const { fixed, row } = fitRows(repetitionsOn({ stretch: 1, tellsCpu: true }), 0.2);
    expect(fixed.value).toBeCloseTo(0.5, 1);
    expect(row.value / 0.000_4).toBeCloseTo(1, 1);
    for (const { value, interval90 } of [fixed, row]) {
      expect(interval90[0]).toBeLessThan(value);
      expect(interval90[1]).toBeGreaterThan(value);
    }
    expect(row.repetitions).toBe(3);
    expect(row.quantiles[10]).toBeCloseTo(row.value, 12);
  });

  it('give it among neighbours, too, where processor time is known', () => {
    const known = fitRows(repetitionsOn({ stretch: 1.3, tellsCpu: true }), 0.2);
    expect(known.row.value / 0.000_4).toBeCloseTo(1, 1);
    const unknown = fitRows(repetitionsOn({ stretch: 1.3, tellsCpu: false }), null);
    expect(unknown.row.value / 0.000_4).toBeCloseTo(1.3, 1);
  });

  it('are refused when too few were alone', () => {
    const [first] = repetitionsOn({ stretch: 1, tellsCpu: false });
    const few = { points: first?.points.slice(0, 5) ?? [], account: null };
    expect(() => fitRows([few], null)).toThrow('only 5 computations');
  });

  it('of closed loops give the wait beside the processor and the number of processors', () => {
    const loop = closedComputations(fleet, 4, { name: 'l', horizonMs: 2_000 });
    // One after the other, each 2 ms of processor and 0.3 ms beside it; then four sharing two processors.
    const alone = closedLoop(
      played(loop.trace, (request) => ({ sentMs: 2.3 * request, tookMs: 2.3 })),
      2,
    );
    const full = closedLoop(
      played(loop.trace, (request) => ({ sentMs: request < 4 ? 0 : request - 3, tookMs: 4 })),
      2,
    );
    expect(fitWait([alone])?.value).toBeCloseTo(0.3, 9);
    expect(fitCores([{ alone, full }])?.value).toBeCloseTo(2, 1);
    const unknown = { ...alone, cpuMs: null };
    expect(fitWait([unknown])).toBeNull();
    expect(fitCores([{ alone: unknown, full }])).toBeNull();
  });
});

it('what processors carry is held against how many there are', () => {
  const placement = {
    kind: 'pinned' as const,
    servers: [1],
    others: [0],
    warm: true,
    preferred: true,
  };
  expect(capacityText(0.985, placement)).toBe('computations keep 0.98 of 1 processors busy');
  expect(capacityText(0.8, placement)).toContain('beyond the 3 % that a quiet host allows');
});

describe('on a real lab', () => {
  const estate: Estate = {
    ...labEstate,
    tiers: [{ id: 'small', vcpus: 1, memoryBytes: 2 ** 30, maxConnections: 200, usdPerHour: 0 }],
    fleets: [fleet],
  };
  let lab: LabInfo;
  let stateDir: string;
  let remove: () => Promise<void>;

  beforeAll(async () => {
    ({ stateDir, remove } = await makeStateDir());
    lab = await labUp(estate, { stateDir, lifeline: 'stdin' });
  });
  afterAll(() => remove?.());

  it('the experiment measures every parameter of computations', async () => {
    const { parameters, sessions } = await calibrateLab(lab, estate, {
      shard: 'checkout-0',
      map: { primary: us, epoch: 1 },
      effort: { repetitions: 2, horizonMs: 2_500, warmupMs: 200 },
      experiments: ['compute'],
      directory: join(stateDir, 'calibration'),
      ...refusePractice('nobody practises this'),
      practise: () => Promise.resolve([]),
    });
    const known = process.platform === 'linux' ? ['compute.waitMs', 'cpu.cores'] : [];
    expect(new Set(Object.keys(parameters))).toEqual(
      new Set(['compute.fixedMs', 'compute.rowMs', 'cpu.sliceMs', 'standby.sliceMs', ...known]),
    );
    expect(parameters['compute.rowMs']).toMatchObject({ unit: 'ms/row', repetitions: 2 });
    expect(parameters['compute.rowMs']?.value).toBeGreaterThan(0);
    expect(sessions[0]?.host['placement']).toBe(describePlacement(lab.placement));
  });
});

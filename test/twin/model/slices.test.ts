// Commits beside long computations: who waited for a flush waits for the rest of a slice, on the primary and on a standby that
// shares its processors, and only where every processor has a long computation on it.
import { describe, expect, it } from 'vitest';
import type { OperationClass, Shard } from '../../../twin/estate/estate.ts';
import type { ParameterPath } from '../../../twin/parameters.ts';
import { makeCalibration } from '../../fixtures/calibration.ts';
import { makeEstate } from '../../fixtures/estate.ts';
import { latenciesOf, makeModel, traceOfRequests } from '../../fixtures/runs.ts';

type Parameters = Partial<Record<ParameterPath, number>>;

const classes: readonly OperationClass[] = [
  { id: 'compute', kind: 'compute', ratePerSec: 1, size: { kind: 'constant', value: 1 } },
  { id: 'read', kind: 'read', ratePerSec: 1, size: { kind: 'constant', value: 1 } },
  { id: 'commit', kind: 'write', ratePerSec: 1, size: { kind: 'constant', value: 1 } },
];

/** No commit asks for a processor itself, so that nothing but waking up takes longer beside a computation. */
const nothingToCompute: Parameters = {
  'cpu.sliceMs': 4,
  'standby.sliceMs': 6,
  'cpu.cores': 1,
  'write.cpuMs': 0,
  'read.cpuMs': 0,
  'compute.fixedMs': 0,
  'compute.waitMs': 0,
  'compute.rowMs': 1,
};

interface Course {
  readonly id?: string;
  /** Length of the computation that is there from the beginning; 0: none. */
  readonly computeMs: number;
  readonly parameters?: Parameters;
  readonly shard?: Partial<Shard>;
}

/** Latencies of 400 requests, ten milliseconds apart, from the region of the primary. */
function play({
  id = 'commit',
  computeMs,
  parameters = {},
  shard = {},
}: Course): readonly number[] {
  const pool = { size: 50, timeoutMs: 1e9 };
  const estate = makeEstate({ fleet: { classes, pool }, shard });
  const long = computeMs > 0 ? [{ atMs: 0, class: 'compute', size: computeMs }] : [];
  const requests = Array.from({ length: 400 }, (_, index) => ({ atMs: 10 * index + 5, class: id }));
  const calibration = makeCalibration({ ...nothingToCompute, ...parameters });
  const trace = traceOfRequests(estate, [...long, ...requests], 4_100);
  const model = makeModel(estate, trace, { calibration });
  model.simulation.run(60_000);
  return latenciesOf(model).slice(long.length);
}

function waitsOf(course: Omit<Course, 'computeMs'>): readonly number[] {
  const alone = play({ ...course, computeMs: 0 });
  return play({ ...course, computeMs: 50_000 }).map((ms, index) => ms - (alone[index] ?? 0));
}

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

describe('a commit beside a long computation', () => {
  it.each([
    ['local', 4],
    // The primary's flush and the standby's.
    ['on', 10],
  ] as const)('in mode %s waits for up to %i ms, half of it on average', (commitMode, mostMs) => {
    const waits = waitsOf({ shard: { commitMode } });
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(-1e-9);
    expect(Math.max(...waits)).toBeLessThanOrEqual(mostMs + 1e-9);
    expect(meanOf(waits) / (mostMs / 2)).toBeGreaterThan(0.9);
    expect(meanOf(waits) / (mostMs / 2)).toBeLessThan(1.15);
  });

  it('waits for nothing where a processor is free, or what runs is shorter than a slice', () => {
    const alone = play({ computeMs: 0 });
    expect(play({ computeMs: 50_000, parameters: { 'cpu.cores': 2 } })).toEqual(alone);
    expect(play({ computeMs: 3 })).toEqual(alone);
  });

  it('and not a read, which has slept for long and is let in at once', () => {
    expect(Math.max(...waitsOf({ id: 'read' }).map(Math.abs))).toBeLessThan(1e-9);
  });
});

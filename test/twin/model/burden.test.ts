// What commits cost beside themselves, where their standbys share the processors: computations get what is left.
import { describe, expect, it } from 'vitest';
import type { OperationClass, Shard } from '../../../twin/estate/estate.ts';
import { measureCpu } from '../../../twin/cpu-use.ts';
import type { Model } from '../../../twin/model/model.ts';
import { makeCalibration } from '../../fixtures/calibration.ts';
import { makeEstate, replicaIn } from '../../fixtures/estate.ts';
import { latenciesOf, makeModel, traceOfRequests } from '../../fixtures/runs.ts';

const classes: readonly OperationClass[] = [
  { id: 'compute', kind: 'compute', ratePerSec: 1, size: { kind: 'constant', value: 1 } },
  { id: 'commit', kind: 'write', ratePerSec: 1, size: { kind: 'constant', value: 1 } },
];

/** One computation of two seconds, and a commit every 10 ms, which takes nothing of a processor itself. */
function play(standbyCpuMs: number, shard: Partial<Shard> = {}): Model {
  const pool = { size: 50, timeoutMs: 1e9 };
  const estate = makeEstate({ fleet: { classes, pool }, shard });
  const calibration = makeCalibration({
    'cpu.cores': 1,
    'write.cpuMs': 0,
    'compute.fixedMs': 0,
    'compute.waitMs': 0,
    'compute.rowMs': 1,
    'standby.cpuMs': standbyCpuMs,
  });
  const commits = Array.from({ length: 600 }, (_, index) => ({ atMs: 10 * index + 5 }));
  const requests = [{ atMs: 0, class: 'compute', size: 2_000 }, ...commits];
  const model = makeModel(estate, traceOfRequests(estate, requests, 6_100), { calibration });
  model.simulation.run(10_000);
  return model;
}

const computedMs = (model: Model): number => latenciesOf(model)[0] ?? 0;

describe('a computation beside commits', () => {
  it('gets what their standbys leave of the processor', () => {
    expect(computedMs(play(0))).toBeCloseTo(2_000, 6);
    // Two standbys take 1 ms each of every ten: eight are left.
    expect(computedMs(play(1)) / 2_000).toBeCloseTo(10 / 8, 2);
    const one = { replicas: [replicaIn('west', true)] };
    expect(computedMs(play(1, one)) / 2_000).toBeCloseTo(10 / 9, 2);
  });

  it('is all that counts as used by requests', () => {
    for (const standbyCpuMs of [0, 1]) {
      const model = play(standbyCpuMs);
      const [use] = measureCpu(model.cpuUses(), [['all', 0, 6_000]]);
      expect((use?.value ?? 0) * 6_000).toBeCloseTo(2_000, -1);
    }
  });

  it('does not slow commits down by itself', () => {
    const latencies = latenciesOf(play(1)).slice(1);
    expect(Math.max(...latencies) - Math.min(...latencies)).toBeLessThan(1e-6);
  });
});

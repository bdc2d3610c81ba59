// How exact an answer is, and that an ensemble goes on until it is.
import { expect, it } from 'vitest';
import { UserError } from '../../engine/failure.ts';
import { executionsPerLook, widestHalfWidth } from '../../scenarios/precision.ts';
import type { ReplicationResult } from '../../scenarios/replication.ts';
import { predict } from '../fixtures/scenario.ts';

const key = 'after latency_ms.p99{class=commit}';
const other = 'after latency_ms.p99{class=job}';

function execution(
  values: Readonly<Record<string, readonly [without: number, with_: number]>>,
): ReplicationResult {
  const side = (at: 0 | 1): Record<string, number> =>
    Object.fromEntries(Object.entries(values).map(([name, pair]) => [name, pair[at]]));
  return {
    baseline: side(0),
    candidate: side(1),
    steps: [],
    series: [],
    exact: [],
    standing: [],
    phaseMs: {},
    fingerprint: '',
  };
}

it('is that of the class that is known worst, in shares of what it is without the deeds', () => {
  const fresh = [
    execution({ [key]: [10, 12], [other]: [100, 100], 'during latency_ms.p99{class=job}': [1, 9] }),
    execution({ [key]: [10, 14], [other]: [100, 101], 'during latency_ms.p99{class=job}': [1, 5] }),
    execution({ [key]: [10, 16], [other]: [100, 102], 'during latency_ms.p99{class=job}': [1, 2] }),
  ];
  // Changes of 2, 4 and 6 ms: sd 2, se 2/√3, t(0.975, 2) = 4.302653; of 10 ms.
  expect(widestHalfWidth(fresh)).toBeCloseTo((4.302_653 * 2) / Math.sqrt(3) / 10, 5);
});

it('is perfect where nothing changes, and nobody’s business where nothing is answered', () => {
  const same = execution({ [key]: [10, 10] });
  expect(widestHalfWidth([same, same])).toBe(0);
  expect(() => widestHalfWidth([execution({}), execution({})])).toThrow(UserError);
});

it('is what an ensemble goes on for, and no longer than it may', async () => {
  const loose = await predict({ precision: { halfWidth: 10, atMost: 60 } });
  expect(loose.reached?.executions).toBe(executionsPerLook);
  expect(loose.reached?.halfWidth).toBeLessThanOrEqual(10);
  const strict = await predict({ precision: { halfWidth: 1e-9, atMost: 30 } });
  expect(strict.reached?.executions).toBe(30);
  expect(strict.prediction.replications).toBe(36);
  expect((await predict()).reached).toBeNull();
});

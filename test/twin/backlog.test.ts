// Flows of writes against the same in small steps, and what must hold of any of them.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FlowBacklog, type FlowSegment } from '../../twin/flow/backlog.ts';

const segments = fc.array(
  fc.record({
    lengthSec: fc.integer({ min: 1, max: 20 }),
    ratePerSec: fc.integer({ min: 1, max: 30 }),
  }),
  { minLength: 1, maxLength: 6 },
);
const capacities = fc.integer({ min: 1, max: 30 });

interface Look {
  readonly atSec: number;
  readonly backlog: number;
}

/** In steps of 1/60 s, within which nothing but a backlog's end can fall. */
function inSteps(list: readonly FlowSegment[], appliedPerSec: number): Look[] {
  const looks: Look[] = [{ atSec: 0, backlog: 0 }];
  let [atSec, backlog] = [0, 0];
  for (const { lengthSec, ratePerSec } of list) {
    for (let step = 0; step < lengthSec * 60; step++) {
      atSec += 1 / 60;
      backlog = Math.max(0, backlog + (ratePerSec - appliedPerSec) / 60);
      looks.push({ atSec, backlog });
    }
  }
  return looks;
}

describe('a backlog of flows', () => {
  it('is that of small steps at every moment, and so is its peak', () => {
    fc.assert(
      fc.property(segments, capacities, (list, appliedPerSec) => {
        const flow = new FlowBacklog(list, appliedPerSec);
        const looks = inSteps(list, appliedPerSec);
        for (const { atSec, backlog } of looks) {
          expect(flow.backlogAt(Math.min(atSec, flow.horizonSec))).toBeCloseTo(backlog, 6);
        }
        const peak = Math.max(...looks.map(({ backlog }) => backlog));
        expect(flow.peakBacklog().value).toBeCloseTo(peak, 6);
        const area = looks.reduce((sum, { backlog }) => sum + backlog / 60, 0);
        expect(Math.abs(flow.backlogSeconds() - area)).toBeLessThanOrEqual(0.5 + area * 0.02);
      }),
      { numRuns: 40 },
    );
  });

  it('is as old as the time in which its writes came', () => {
    fc.assert(
      fc.property(
        segments,
        capacities,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (list, cap, share) => {
          const flow = new FlowBacklog(list, cap);
          const atSec = share * flow.horizonSec;
          const lagSec = flow.lagSecAt(atSec);
          const written = (untilSec: number): number => {
            let [sum, from] = [0, 0];
            for (const { lengthSec, ratePerSec } of list) {
              sum += ratePerSec * Math.max(0, Math.min(lengthSec, untilSec - from));
              from += lengthSec;
            }
            return sum;
          };
          expect(written(atSec) - written(atSec - lagSec)).toBeCloseTo(flow.backlogAt(atSec), 6);
          expect(lagSec).toBeLessThanOrEqual(flow.peakLagSec().value + 1e-9);
        },
      ),
    );
  });

  it('is gone when everything is applied, or never', () => {
    const burst = [
      { lengthSec: 60, ratePerSec: 900 },
      { lengthSec: 600, ratePerSec: 300 },
    ];
    expect(new FlowBacklog(burst, 500).caughtUpSec()).toBe(180);
    expect(new FlowBacklog(burst, 1_000).caughtUpSec()).toBe(0);
    expect(new FlowBacklog(burst, 100).caughtUpSec()).toBe(Infinity);
  });
});

// Copies that fail and are repaired: laws of the formulas, and the chain that jumps against them.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeStream } from '../../engine/index.ts';
import {
  meanHoursToFailure,
  ReplicaChain,
  straightHoursToFailure,
  unavailability,
  type ReplicaGroup,
} from '../../twin/replica-group.ts';

const groups = fc.integer({ min: 1, max: 6 }).chain((copies) =>
  fc.record({
    copies: fc.constant(copies),
    needed: fc.integer({ min: 1, max: copies }),
    failuresPerHour: fc.double({ min: 0.001, max: 1, noNaN: true }),
    repairsPerHour: fc.double({ min: 0.1, max: 10, noNaN: true }),
    crews: fc.integer({ min: 1, max: copies }),
  }),
);

describe('a group of copies', () => {
  it('of one is a machine that fails and is repaired', () => {
    const one: ReplicaGroup = {
      copies: 1,
      needed: 1,
      failuresPerHour: 0.1,
      repairsPerHour: 0.9,
      crews: 1,
    };
    expect(unavailability(one)).toBeCloseTo(0.1, 12);
    expect(meanHoursToFailure(one)).toBeCloseTo(10, 12);
  });

  it('is the less available the more must be up, and the more the more crews repair', () => {
    fc.assert(
      fc.property(groups, (group) => {
        const share = unavailability(group);
        expect(unavailability({ ...group, needed: group.needed - 1 })).toBeLessThanOrEqual(share);
        const helped = { ...group, crews: group.crews + 1 };
        expect(unavailability(helped)).toBeLessThanOrEqual(share * (1 + 1e-12));
        expect(meanHoursToFailure(helped)).toBeGreaterThanOrEqual(meanHoursToFailure(group));
      }),
    );
  });

  it('fails sooner than on the straight way alone is never the case', () => {
    fc.assert(
      fc.property(groups, (group) => {
        expect(meanHoursToFailure(group)).toBeGreaterThanOrEqual(
          straightHoursToFailure(group) * (1 - 1e-12),
        );
      }),
    );
  });

  it('jumps as often and stays as long as the formulas say', () => {
    const group = { copies: 3, needed: 2, failuresPerHour: 0.2, repairsPerHour: 1, crews: 1 };
    const chain = new ReplicaChain(group, makeStream('chain', 0, 'jumps'));
    let [hours, down] = [0, 0];
    for (let jump = 0; jump < 200_000; jump++) {
      const stayed = chain.nextHours();
      hours += stayed;
      if (!chain.isAvailable) down += stayed;
      chain.jump();
      expect(chain.up).toBeGreaterThanOrEqual(0);
    }
    expect(down / hours).toBeCloseTo(unavailability(group), 2);
  });
});

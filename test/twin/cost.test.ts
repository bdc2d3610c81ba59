// What a change costs: machines afterwards against machines before, and those that run only meanwhile.
import { describe, expect, it } from 'vitest';
import { allNodes, costOfChange } from '../../twin/cost.ts';
import type { Node } from '../../twin/estate/estate.ts';
import { makeEstate } from '../fixtures/estate.ts';

const small = makeEstate();
const tiers = [
  ...small.tiers,
  { id: 'large', vcpus: 8, memoryBytes: 2 ** 35, maxConnections: 500, usdPerHour: 3 },
];
const estate = { ...small, tiers };
const before = allNodes(estate);
const extra: Node = { id: 'spare', region: 'west', zone: 'west-a', tier: 'large' };
const hourMs = 3_600_000;

describe('the cost of a change', () => {
  it('is nothing when the same machines run before, meanwhile and after', () => {
    const change = { before, meanwhile: before, after: before, durationMs: hourMs };
    expect(costOfChange(estate, change)).toEqual({ oneOffUsd: 0, perMonthUsd: 0 });
  });

  it('bills what runs only meanwhile for as long as the action takes', () => {
    const change = { before, meanwhile: [...before, extra], after: before, durationMs: hourMs / 2 };
    expect(costOfChange(estate, change)).toEqual({ oneOffUsd: 1.5, perMonthUsd: 0 });
  });

  it('bills what stays by the month of 730 hours, and pays back what goes', () => {
    const grown = { before, meanwhile: before, after: [...before, extra], durationMs: hourMs };
    expect(costOfChange(estate, grown)).toEqual({ oneOffUsd: 0, perMonthUsd: 3 * 730 });
    const shrunk = { before, meanwhile: before, after: before.slice(1), durationMs: hourMs };
    expect(costOfChange(estate, shrunk).perMonthUsd).toBeCloseTo(-0.5 * 730, 9);
  });

  it('knows every node of the estate', () => {
    expect(before.map(({ id }) => id)).toEqual(['s-east', 's-west', 's-north']);
  });
});

// Delays between places: symmetric, none within a region, infinite where no link is.
import { describe, expect, it } from 'vitest';
import { Network } from '../../../twin/model/network.ts';
import { makeEstate, regions } from '../../fixtures/estate.ts';

describe('the network', () => {
  it('has the declared delays, the same both ways, and none within a region', () => {
    const network = new Network(makeEstate());
    const table = regions.map((from) => regions.map((to) => network.oneWayMs(from, to)));
    expect(table).toEqual([
      [0, 10, 30],
      [10, 0, 25],
      [30, 25, 0],
    ]);
    expect(network.roundTripMs('west', 'north')).toBe(50);
  });

  it('joins nothing that no link joins', () => {
    const { regions: places, links } = makeEstate();
    const network = new Network({ regions: places, links: links.slice(0, 1) });
    expect(network.oneWayMs('east', 'west')).toBe(10);
    expect(network.oneWayMs('west', 'north')).toBe(Infinity);
  });
});

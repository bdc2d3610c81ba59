// Delays between places: symmetric, none within a region, infinite where no link is. Bandwidth: per direction, first come,
// first served, exact also when it changes in between.
import fc from 'fast-check';
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

describe('a direction of a link', () => {
  const narrow = (): Network => {
    const { regions: places, links } = makeEstate();
    return new Network({
      regions: places,
      links: links.map((link) => ({ ...link, bandwidthBytesPerSec: 100_000 })),
    });
  };

  it('carries everything at once unless it is narrow, and within a region in any case', () => {
    const wide = new Network(makeEstate());
    expect(wide.send('east', 'west', 1e9, 5)).toBe(15);
    expect(narrow().send('east', 'east', 1e9, 5)).toBe(5);
  });

  it('lets bytes leave one after the other, whoever sends them, and the other direction go free', () => {
    const network = narrow();
    expect(network.send('east', 'west', 500, 0)).toBe(5 + 10);
    expect(network.send('east', 'west', 500, 1)).toBe(10 + 10);
    expect(network.send('west', 'east', 500, 1)).toBe(6 + 10);
    expect(network.send('east', 'north', 500, 1)).toBe(6 + 30);
    expect(network.send('east', 'west', 500, 50)).toBe(55 + 10);
  });

  it('carries less while it is limited, and makes up for it afterwards', () => {
    const network = narrow();
    network.limit(['west', 'east'], 10_000, 100);
    // 10 bytes per ms until 100 ms, then 100: of 2000 bytes the first 1000 leave in time.
    expect(network.send('east', 'west', 500, 0)).toBe(50 + 10);
    expect(network.send('east', 'west', 1_500, 0)).toBe(110 + 10);
    expect(network.send('west', 'east', 100, 0)).toBe(10 + 10);
    expect(network.send('east', 'west', 100, 200)).toBe(201 + 10);
    expect(network.send('east', 'north', 100, 0)).toBe(1 + 30);
  });

  it('is not widened by a limit above its own bandwidth, and wide again when a limit on a wide link is over', () => {
    const network = narrow();
    network.limit(['east', 'west'], 1e9, 100);
    expect(network.send('east', 'west', 500, 0)).toBe(5 + 10);
    const wide = new Network(makeEstate());
    wide.limit(['east', 'west'], 10_000, 100);
    expect(wide.send('east', 'west', 500, 80)).toBe(100 + 10);
    expect(wide.send('east', 'west', 1e9, 120)).toBe(120 + 10);
  });

  it('forgets nothing and reorders nothing, whatever is sent and limited', () => {
    const step = fc.record({
      gapMs: fc.nat(30),
      bytes: fc.nat(5_000),
      limit: fc.option(fc.tuple(fc.integer({ min: 1_000, max: 1e6 }), fc.nat(200))),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const network = narrow();
        let nowMs = 0;
        let lastMs = 0;
        let sentBytes = 0;
        for (const { gapMs, bytes, limit } of steps) {
          nowMs += gapMs;
          if (limit !== null) network.limit(['east', 'west'], limit[0], nowMs + limit[1]);
          const arrivesMs = network.send('east', 'west', bytes, nowMs);
          sentBytes += bytes;
          expect(arrivesMs).toBeGreaterThanOrEqual(lastMs);
          expect(arrivesMs).toBeGreaterThanOrEqual(nowMs + 10 + bytes / 100 - 1e-6);
          // Never faster than its bandwidth, however it is cut into pieces.
          expect(arrivesMs - 10).toBeGreaterThanOrEqual(sentBytes / 100 - 1e-6);
          lastMs = arrivesMs;
        }
      }),
    );
  });
});

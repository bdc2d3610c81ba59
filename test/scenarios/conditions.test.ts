// Conditions that nobody tuned: drawn from the seed alone, within their ranges, and as busy as they say.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { demoRanges, drawConditions } from '../../scenarios/conditions.ts';
import { parseMetricId } from '../../twin/metrics.ts';
import type { OperationClass } from '../../twin/estate/estate.ts';
import { makeEstate } from '../fixtures/estate.ts';
import { predict, promoteWest } from '../fixtures/scenario.ts';

const estate = makeEstate();

describe('drawn conditions', () => {
  it('lie within their ranges and change nothing but delays, rates and load', () => {
    const property = fc.property(fc.string(), (seed) => {
      const drawn = drawConditions(estate, promoteWest, seed, demoRanges);
      for (const { delayMs } of drawn.estate.links) {
        expect(delayMs).toBeGreaterThanOrEqual(demoRanges.delayMs[0]);
        expect(delayMs).toBeLessThanOrEqual(demoRanges.delayMs[1]);
      }
      expect(drawn.utilisation).toBeGreaterThanOrEqual(demoRanges.utilisation[0]);
      expect(drawn.utilisation).toBeLessThanOrEqual(demoRanges.utilisation[1]);
      const [fleet] = drawn.estate.fleets;
      const [declared] = estate.fleets;
      const classes = fleet?.classes.map((one, index) => ({
        ...one,
        ratePerSec: declared?.classes[index]?.ratePerSec,
      }));
      const restored = { ...drawn.estate, links: estate.links, fleets: [{ ...fleet, classes }] };
      expect(restored).toEqual(estate);
      expect(drawn.scenario).toEqual(promoteWest);
    });
    fc.assert(property);
  });

  it('are the same for the same seed, and others otherwise', () => {
    const drawn = ['1', '1', '2'].map((seed) =>
      JSON.stringify(drawConditions(estate, promoteWest, seed, demoRanges)),
    );
    expect(drawn[1]).toBe(drawn[0]);
    expect(drawn[2]).not.toBe(drawn[0]);
  });

  it.each(['1', '2', '3'])('keep the busiest pool as busy as they say (seed %s)', async (seed) => {
    const drawn = drawConditions(estate, promoteWest, seed, demoRanges);
    const scenario = { ...promoteWest, horizonMs: 20_000 };
    const { prediction } = await predict({ scenario, estate: drawn.estate });
    for (const operation of ['commit', 'job']) {
      const busy = prediction.metrics
        .filter(({ phase }) => phase === 'before' || phase === 'after')
        .filter(({ metric }) => {
          const { name, labels } = parseMetricId(metric);
          return name === 'utilisation' && labels['class'] === operation;
        })
        .map(({ candidate }) => candidate.mean);
      expect(Math.max(...busy) / drawn.utilisation).toBeGreaterThan(0.8);
      expect(Math.max(...busy) / drawn.utilisation).toBeLessThan(1.25);
    }
  });

  it('fill the processors with computations as far as they say, whatever the pools would carry', async () => {
    const compute: OperationClass = {
      id: 'compute',
      kind: 'compute',
      ratePerSec: 1,
      size: { kind: 'exponential', mean: 20_000 },
    };
    const given = makeEstate({ vcpus: 1, fleet: { classes: [compute] } });
    const drawn = drawConditions(given, promoteWest, '1', demoRanges);
    const scenario = { ...promoteWest, horizonMs: 20_000 };
    const { prediction } = await predict({ scenario, estate: drawn.estate });
    const busy = prediction.metrics.filter(
      ({ phase, metric }) => phase === 'before' && metric.startsWith('cpu_utilisation'),
    );
    expect(busy.map(({ metric }) => metric)).toEqual(['cpu_utilisation.mean{node=s-east}']);
    // The constant of a computation comes on top of its rows.
    expect((busy[0]?.candidate.mean ?? 0) / drawn.utilisation).toBeGreaterThan(0.9);
    expect((busy[0]?.candidate.mean ?? 0) / drawn.utilisation).toBeLessThan(1.2);
  });
});

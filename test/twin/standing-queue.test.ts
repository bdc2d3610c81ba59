// Queues that never empty, against a naive look at every instant, and in scenarios whose load can and cannot be carried.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { onlyFleet } from '../../twin/model/platform.ts';
import { emptySamples } from '../../twin/samples.ts';
import { standingQueues } from '../../twin/standing-queue.ts';
import { makeEstate } from '../fixtures/estate.ts';
import { traceOfRequests } from '../fixtures/runs.ts';
import { nothingDone, predict } from '../fixtures/scenario.ts';

const horizonMs = 40;
const estate = makeEstate();
const fleet = onlyFleet(estate);

interface Wait {
  readonly atMs: number;
  /** Null: until the end. */
  readonly forMs: number | null;
  readonly tenant: 'east' | 'west';
}

const waits = fc
  .array(
    fc.record({
      atMs: fc.integer({ min: 0, max: horizonMs - 1 }),
      forMs: fc.oneof(fc.integer({ min: 0, max: 12 }), fc.constant(null)),
      tenant: fc.constantFrom('east' as const, 'west' as const),
    }),
    { maxLength: 40 },
  )
  .map((list) => list.toSorted((a, b) => a.atMs - b.atMs));

function regionsOf(list: readonly Wait[], fromMs: number): string[] {
  const trace = traceOfRequests(estate, list, horizonMs);
  const samples = emptySamples(trace);
  for (const [request, { atMs, forMs }] of list.entries()) {
    if (forMs !== null) samples.sentMs[request] = atMs + forMs;
  }
  return standingQueues({ fleet, trace, samples }, fromMs).map(({ region }) => region);
}

describe('a queue that never empties', () => {
  it('has somebody in it at every instant until the end', () => {
    fc.assert(
      fc.property(waits, fc.integer({ min: 0, max: horizonMs - 1 }), (list, fromMs) => {
        const naive = (['east', 'west'] as const).filter((tenant) => {
          const own = list.filter((one) => one.tenant === tenant);
          // Between two whole milliseconds nothing begins and nothing ends.
          return Array.from({ length: horizonMs - fromMs }, (_, ms) => fromMs + ms + 0.5).every(
            (ms) => own.some(({ atMs, forMs }) => atMs < ms && atMs + (forMs ?? Infinity) > ms),
          );
        });
        expect(regionsOf(list, fromMs)).toEqual(naive);
      }),
    );
  });

  it('is found where the load is beyond what the pool can carry, and only there', async () => {
    const busy = { class: '*', factor: 90 };
    const [usual, beyond] = await Promise.all([
      predict({ scenario: nothingDone }),
      predict({ scenario: { ...nothingDone, load: [busy] } }),
    ]);
    expect(usual.prediction.overloads).toEqual([]);
    expect(beyond.prediction.overloads).toEqual(
      ['commit', 'job'].flatMap((operation) =>
        ['east', 'west', 'north'].map((region) => ({
          class: operation,
          region,
          shard: 's',
          probability: 1,
        })),
      ),
    );
  });
});

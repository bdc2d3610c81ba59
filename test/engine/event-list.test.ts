// The event list against the obvious one, under heavy ties, holes and sweeps.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EventList } from '../../engine/event-list.ts';
import { SortedEvents } from '../oracles/sorted-events.ts';

type Operation =
  | { readonly kind: 'push'; readonly aheadMs: number }
  | { readonly kind: 'take' }
  | { readonly kind: 'peek' }
  | { readonly kind: 'sweep'; readonly modulus: number };

const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('push'), aheadMs: fc.nat(4) }) },
  { weight: 5, arbitrary: fc.constant({ kind: 'take' }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'peek' }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('sweep'), modulus: fc.integer({ min: 2, max: 5 }) }),
  },
);

function play(operations: readonly Operation[], events: EventList | SortedEvents): number[] {
  const seen: number[] = [];
  let sequence = 0;
  let nowMs = 0;
  for (const step of operations) {
    if (step.kind === 'push') {
      events.push(nowMs + step.aheadMs, sequence, sequence);
      sequence++;
    } else if (step.kind === 'sweep') {
      events.compact((slot) => slot % step.modulus !== 0);
    } else {
      const firstMs = events.firstTimeMs();
      seen.push(firstMs);
      if (step.kind === 'take') {
        seen.push(events.takeFirst());
        if (firstMs < Infinity) nowMs = firstMs;
      }
    }
    seen.push(events.size);
  }
  while (events.size > 0) seen.push(events.firstTimeMs(), events.takeFirst());
  return [...seen, events.takeFirst()];
}

test('the heap gives the order of the sorted list, whatever the mix of pushes, takes and sweeps', () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 300 }), (operations) => {
      expect(play(operations, new EventList())).toEqual(play(operations, new SortedEvents()));
    }),
    { numRuns: 300 },
  );
});

test('five thousand entries at three times leave in the order of their sequence numbers', () => {
  const events = new EventList();
  for (let index = 0; index < 5000; index++) events.push(index % 3, index, index);
  const order = Array.from({ length: 5000 }, () => events.takeFirst());
  const expected = Array.from({ length: 5000 }, (_, index) => index);
  expect(order).toEqual(expected.toSorted((a, b) => (a % 3) - (b % 3) || a - b));
});

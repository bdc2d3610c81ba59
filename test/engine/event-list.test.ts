// The event list against the obvious one: under heavy ties and sweeps, over times of every spread, and for the present instant.
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { EventList } from '../../engine/event-list.ts';
import { makeStream } from '../../engine/random.ts';
import { SortedEvents } from '../oracles/sorted-events.ts';

type Operation =
  | { readonly kind: 'push'; readonly aheadMs: number }
  | { readonly kind: 'take'; readonly withinMs: number }
  | { readonly kind: 'sweep'; readonly modulus: number };

const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('push'), aheadMs: fc.nat(4) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('take'),
      withinMs: fc.constantFrom(0, 1, Infinity, Infinity),
    }),
  },
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
      const slot = events.takeFirst(nowMs + step.withinMs);
      seen.push(slot);
      if (slot >= 0) nowMs = events.timeOf(slot);
    }
    seen.push(events.size);
  }
  while (events.size > 0) seen.push(events.takeFirst());
  return [...seen, events.takeFirst()];
}

test('it gives the order of the sorted list, whatever the mix of pushes, takes and sweeps', () => {
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

test('what falls between a crowd and the next one is kept, also when the crowd has begun to leave', () => {
  const crowds = Array.from({ length: 640 }, (_, index): Operation => {
    const aheadMs = (index % 10) + Math.floor(index / 10) / 1e5;
    return { kind: 'push', aheadMs };
  });
  const holds = Array.from({ length: 500 }, (): Operation[] => [
    { kind: 'take', withinMs: Infinity },
    { kind: 'push', aheadMs: 0.01 },
  ]).flat();
  const operations = [...crowds, ...holds];
  expect(play(operations, new EventList())).toEqual(play(operations, new SortedEvents()));
});

/** Delays as models have them: many alike, far tails, two scales at once, ties, and none at all. */
const delays: Readonly<Record<string, (u: number, v: number) => number>> = {
  exponential: (u) => -Math.log(1 - u),
  pareto: (u) => (1 - u) ** -0.8 - 1,
  'short and far': (u, v) => (v < 0.9 ? u / 10 : 9 + u),
  ties: (u) => Math.floor(8 * u) / 4,
  'now and later': (u, v) => (v < 0.5 ? 0 : u),
  constant: () => 1,
  'nearly alike': (u) => 1 + u * 1e-12,
  huge: (u) => u * 1e300,
};

describe.each(Object.entries(delays))('delays that are %s', (name, delayOf) => {
  it.each([10, 1_000, 20_000])('keep their order with %i pending', (pending) => {
    const [u, v] = [makeStream(name, pending, 'u'), makeStream(name, pending, 'v')];
    const events = new EventList();
    const slots = new Map<number, { timeMs: number; sequence: number }>();
    let sequence = 0;
    let last = { timeMs: 0, sequence: -1 };
    const push = (slot: number): void => {
      const entry = { timeMs: last.timeMs + delayOf(u(), v()), sequence: sequence++ };
      slots.set(slot, entry);
      events.push(entry.timeMs, entry.sequence, slot);
    };
    const take = (): number => {
      const slot = events.takeFirst();
      const entry = slots.get(slot);
      if (entry === undefined) throw new Error(`slot ${slot} holds nothing`);
      slots.delete(slot);
      expect(events.timeOf(slot)).toBe(entry.timeMs);
      const isLater =
        entry.timeMs > last.timeMs ||
        (entry.timeMs === last.timeMs && entry.sequence > last.sequence);
      if (!isLater)
        throw new Error(`${entry.timeMs}/${entry.sequence} after ${last.timeMs}/${last.sequence}`);
      last = entry;
      return slot;
    };
    for (let slot = 0; slot < pending; slot++) push(slot);
    for (let hold = 0; hold < 3 * pending; hold++) push(take());
    expect(events.size).toBe(pending);
    for (let left = pending; left > 0; left--) take();
    expect([events.size, events.takeFirst()]).toEqual([0, -1]);
  });
});

test('a list that ran empty and one that was swept clean start anew', () => {
  const events = new EventList();
  for (let round = 0; round < 3; round++) {
    for (let index = 0; index < 200; index++)
      events.push(1_000 * round + index, 200 * round + index, index);
    if (round === 1) events.compact(() => false);
    else for (let index = 0; index < 200; index++) expect(events.takeFirst()).toBe(index);
    expect([events.size, events.takeFirst()]).toEqual([0, -1]);
  }
});

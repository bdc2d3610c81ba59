// The kernel's promises: order, clock, cancellation, limits, and messages that name the culprit.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../engine/failure.ts';
import { noEvent, Simulation, type EventId } from '../../engine/index.ts';

function recorder(simulation: Simulation): { seen: [number, number][]; handler: number } {
  const seen: [number, number][] = [];
  const handler = simulation.register(
    (argument) => seen.push([simulation.nowMs, argument]),
    'record',
  );
  return { seen, handler };
}

describe('clock and order', () => {
  test('events of one instant run in the order in which they were scheduled', () => {
    const simulation = new Simulation({ seed: 's' });
    const { seen, handler } = recorder(simulation);
    for (const argument of [3, 1, 2]) simulation.schedule(5, handler, argument);
    simulation.schedule(4, handler, 9);
    simulation.run(5);
    expect(seen).toEqual([
      [4, 9],
      [5, 3],
      [5, 1],
      [5, 2],
    ]);
  });

  test('run includes its last instant and then stands there, and continues from there', () => {
    const simulation = new Simulation({ seed: 's' });
    const { seen, handler } = recorder(simulation);
    simulation.schedule(10, handler, 1);
    simulation.schedule(10.5, handler, 2);
    simulation.run(10);
    expect([seen.length, simulation.nowMs]).toEqual([1, 10]);
    simulation.run(20);
    expect([seen.length, simulation.nowMs, simulation.eventCount]).toEqual([2, 20, 2]);
  });

  test('runUntil stops at the event that meets the condition, or stands at the limit', () => {
    const simulation = new Simulation({ seed: 's' });
    const { seen, handler } = recorder(simulation);
    for (const delayMs of [1, 2, 3]) simulation.schedule(delayMs, handler, delayMs);
    expect(simulation.runUntil(() => seen.length === 2, 100)).toBe(true);
    expect(simulation.nowMs).toBe(2);
    expect(simulation.runUntil(() => true, 100)).toBe(true);
    expect(simulation.nowMs).toBe(2);
    expect(simulation.runUntil(() => false, 100)).toBe(false);
    expect([simulation.nowMs, seen.length]).toEqual([100, 3]);
  });

  test('time never goes back and every event runs exactly once, at its time', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { maxLength: 200 }),
        (delays) => {
          const simulation = new Simulation({ seed: 's' });
          const { seen, handler } = recorder(simulation);
          delays.forEach((delayMs, index) => simulation.schedule(delayMs, handler, index));
          simulation.run(1e6);
          const expected = delays
            .map((delayMs, index): [number, number] => [delayMs, index])
            .toSorted((a, b) => a[0] - b[0] || a[1] - b[1]);
          expect(seen).toEqual(expected);
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe('cancellation', () => {
  test('a cancelled event does not run, and only the first cancellation counts', () => {
    const simulation = new Simulation({ seed: 's' });
    const { seen, handler } = recorder(simulation);
    const event = simulation.schedule(1, handler, 1);
    simulation.schedule(1, handler, 2);
    expect([simulation.cancel(event), simulation.cancel(event)]).toEqual([true, false]);
    simulation.run(10);
    expect(seen).toEqual([[1, 2]]);
    expect([simulation.cancel(event), simulation.cancel(noEvent), simulation.cancel(1e15)]).toEqual(
      [false, false, false],
    );
  });

  test('the id of an event that has run does not hit the event that uses its slot now', () => {
    const simulation = new Simulation({ seed: 's' });
    const { seen, handler } = recorder(simulation);
    const old = simulation.schedule(1, handler, 1);
    simulation.run(1);
    simulation.schedule(1, handler, 2);
    expect(simulation.cancel(old)).toBe(false);
    simulation.run(5);
    expect(seen).toEqual([
      [1, 1],
      [2, 2],
    ]);
  });

  test('an event cannot cancel itself while it runs', () => {
    const simulation = new Simulation({ seed: 's' });
    let event: EventId = noEvent;
    let cancelled = true;
    const handler = simulation.register(() => (cancelled = simulation.cancel(event)));
    event = simulation.schedule(1, handler, 0);
    simulation.run(2);
    expect(cancelled).toBe(false);
  });

  test('whichever events are cancelled, before and during the run, exactly the others run', () => {
    const plan = fc.array(fc.tuple(fc.nat(20), fc.boolean(), fc.nat(2000)), {
      maxLength: 2000,
      minLength: 900,
    });
    fc.assert(
      fc.property(plan, (events) => {
        const simulation = new Simulation({ seed: 's' });
        const { seen, handler } = recorder(simulation);
        const ids = events.map(([delayMs], index) => simulation.schedule(delayMs, handler, index));
        const gone = new Set<number>();
        const cancelling = simulation.register((index) => {
          if (simulation.cancel(ids[index] ?? noEvent)) gone.add(index);
        });
        events.forEach(([, now, victim]) => {
          if (now && simulation.cancel(ids[victim] ?? noEvent)) gone.add(victim);
          if (!now) simulation.schedule(7, cancelling, victim % events.length);
        });
        simulation.run(30);
        const expected = events.map((_, index) => index).filter((index) => !gone.has(index));
        expect(seen.map(([, index]) => index).toSorted((a, b) => a - b)).toEqual(expected);
      }),
      { numRuns: 20 },
    );
  });

  test('a million cancelled time-outs do not pile up', () => {
    const simulation = new Simulation({ seed: 's', limits: { pendingEvents: 2000 } });
    const { handler } = recorder(simulation);
    for (let count = 0; count < 1e6; count++) {
      simulation.cancel(simulation.schedule(1e6, handler, count));
    }
    expect(simulation.schedule(1, handler, 0)).toBeGreaterThanOrEqual(0);
  });
});

describe('mistakes', () => {
  test.each([Number.NaN, -1, Infinity])(
    'a delay of %d is refused by the name of its handler',
    (delayMs) => {
      const simulation = new Simulation({ seed: 's' });
      const { handler } = recorder(simulation);
      expect(() => simulation.schedule(delayMs, handler, 0)).toThrow(
        `cannot schedule handler ${handler} (record) at 0 ms: the delay must be`,
      );
    },
  );

  test('an unknown handler and an argument that is no integer are refused', () => {
    const simulation = new Simulation({ seed: 's' });
    const { handler } = recorder(simulation);
    expect(() => simulation.schedule(1, 99, 0)).toThrow('handler 99 at 0 ms: no such handler');
    expect(() => simulation.schedule(1, handler, 0.5)).toThrow('must be an integer of 32 bits');
  });

  test('the past, a running simulation and a failed one cannot be run', () => {
    const simulation = new Simulation({ seed: 's' });
    simulation.run(10);
    expect(() => simulation.run(9)).toThrow('cannot run from 10 ms until 9 ms');
    expect(() => simulation.run(Infinity)).toThrow('until Infinity');
    const handler = simulation.register(() => simulation.run(20));
    simulation.schedule(1, handler, 0);
    expect(() => simulation.run(15)).toThrow('running');
    expect(() => simulation.run(15)).toThrow('has failed');
  });
});

describe('limits', () => {
  test('an endless chain without delay ends with the name of the handler', () => {
    const simulation = new Simulation({ seed: 's', limits: { stepsPerInstant: 1000 } });
    const handler = simulation.register(() => void simulation.schedule(0, handler, 0), 'spin');
    simulation.schedule(3, handler, 0);
    expect(() => simulation.run(10)).toThrow(/more than 1000 events at 3 ms.*\(spin\)/);
  });

  test('an endless chain that starts at the very beginning ends, too', () => {
    const simulation = new Simulation({ seed: 's', limits: { stepsPerInstant: 1000 } });
    const handler = simulation.register(() => void simulation.schedule(0, handler, 0), 'spin');
    simulation.schedule(0, handler, 0);
    expect(() => simulation.run(10)).toThrow('events at 0 ms');
  });

  test('too many events, too many pending and too long a run are mistakes of the user', () => {
    const few = new Simulation({
      seed: 's',
      limits: { events: 10, pendingEvents: 5, simulatedMs: 100 },
    });
    const handler = few.register(() => void few.schedule(1, handler, 0));
    few.schedule(0, handler, 0);
    expect(() => few.run(101)).toThrow(UserError);
    expect(() => few.run(50)).toThrow('more than 10 events');
    const crowded = new Simulation({ seed: 's', limits: { pendingEvents: 5 } });
    const idle = crowded.register(() => {});
    for (let count = 0; count < 5; count++) crowded.schedule(1, idle, 0);
    expect(() => crowded.schedule(1, idle, 0)).toThrow('more than 5 pendingEvents');
  });

  test('a limit that is no bound is refused', () => {
    expect(() => new Simulation({ seed: 's', limits: { events: 0 } })).toThrow('limit events');
  });
});

// The fingerprint: equal for equal runs, different for anything that differs.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  feedArrivals,
  QueueStation,
  renewalGaps,
  sampler,
  Simulation,
} from '../../engine/index.ts';
import { Fingerprint } from '../../engine/fingerprint.ts';

interface Change {
  readonly seed?: string;
  readonly replication?: number;
  readonly untilMs?: number;
  readonly extraDraw?: boolean;
  readonly extraEvent?: boolean;
}

function runOnce(change: Change = {}): string {
  const { seed = 'seed', replication = 0, untilMs = 500 } = change;
  const simulation = new Simulation({ seed, replication });
  const service = simulation.stream('service');
  const draw = sampler({ kind: 'exponential', mean: 3 }, service);
  const station = new QueueStation(simulation, { name: 'q', servers: 2, onEnd: () => {} });
  const gaps = renewalGaps({ kind: 'exponential', mean: 2 }, simulation.stream('arrivals'));
  feedArrivals(simulation, gaps, (index) => station.arrive(index, draw()));
  const late = simulation.register(() => {});
  if (change.extraEvent === true) simulation.schedule(untilMs / 2, late, 0);
  simulation.run(untilMs);
  if (change.extraDraw === true) service();
  return simulation.fingerprint();
}

test('the same run has the same fingerprint, of sixteen hexadecimal digits', () => {
  expect(runOnce()).toMatch(/^[0-9a-f]{16}$/);
  expect(runOnce()).toBe(runOnce());
});

test('another seed, replication, horizon, event or draw gives another fingerprint', () => {
  const changes: Change[] = [
    { seed: 'seed2' },
    { replication: 1 },
    { untilMs: 501 },
    { extraDraw: true },
    { extraEvent: true },
  ];
  const prints = [runOnce(), ...changes.map(runOnce)];
  expect(new Set(prints).size).toBe(prints.length);
});

test('asking for the fingerprint changes nothing', () => {
  const asked = new Simulation({ seed: 's' });
  const unasked = new Simulation({ seed: 's' });
  const draw = asked.stream('x');
  unasked.stream('x');
  expect(asked.fingerprint()).toBe(asked.fingerprint());
  expect(draw()).toBe(unasked.stream('x')());
});

test('no small change of one event in a trace goes unnoticed', () => {
  const event = fc.tuple(fc.double({ noNaN: true, min: 0, max: 1e9 }), fc.nat(60), fc.integer());
  fc.assert(
    fc.property(
      fc.array(event, { minLength: 1, maxLength: 20 }),
      fc.nat(19),
      fc.nat(2),
      (events, at, part) => {
        const print = (trace: readonly (readonly [number, number, number])[]): string => {
          const fingerprint = new Fingerprint();
          for (const [timeMs, handler, argument] of trace)
            fingerprint.add(timeMs, handler, argument);
          return fingerprint.print([]);
        };
        const index = at % events.length;
        const changed = events.map(
          ([timeMs, handler, argument], position): [number, number, number] =>
            position === index
              ? [
                  timeMs + (part === 0 ? 1e-6 : 0),
                  handler + (part === 1 ? 1 : 0),
                  (argument + (part === 2 ? 1 : 0)) | 0,
                ]
              : [timeMs, handler, argument],
        );
        expect(print(changed)).not.toBe(print(events));
        if (events.length > 1 && JSON.stringify(events[0]) !== JSON.stringify(events[1])) {
          const [first, second, ...rest] = events as [
            [number, number, number],
            [number, number, number],
          ];
          expect(print([second, first, ...rest])).not.toBe(print(events));
        }
      },
    ),
    { numRuns: 500 },
  );
});

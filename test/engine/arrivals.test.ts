// Arrival processes: rates, traces, feeding and stopping.
import { describe, expect, test } from 'vitest';
import { UserError } from '../../engine/failure.ts';
import {
  arrivalTimes,
  cumulative,
  feedArrivals,
  makeStream,
  poissonGaps,
  renewalGaps,
  Simulation,
  traceGaps,
} from '../../engine/index.ts';
import { kolmogorovDistance, kolmogorovLimit } from '../oracles/kolmogorov.ts';

describe('Poisson arrivals', () => {
  test('come at their rate, uniformly over the horizon', () => {
    const horizonMs = 1e6;
    const times = arrivalTimes(poissonGaps(20, makeStream('s', 0, 'arrivals')), horizonMs);
    expect(Math.abs(times.length - 20_000)).toBeLessThan(4 * Math.sqrt(20_000));
    expect(kolmogorovDistance([...times], (x) => x / horizonMs)).toBeLessThan(kolmogorovLimit);
    const gaps = Array.from(times, (atMs, index) => atMs - (times[index - 1] ?? 0));
    const distance = kolmogorovDistance(gaps, (x) =>
      cumulative({ kind: 'exponential', mean: 50 }, x),
    );
    expect(distance).toBeLessThan(kolmogorovLimit);
  });

  test('of rate zero never come', () => {
    expect(arrivalTimes(poissonGaps(0, makeStream('s', 0, 'x')), 1e9)).toHaveLength(0);
    expect(() => poissonGaps(-1, makeStream('s', 0, 'unused'))).toThrow(UserError);
  });
});

test('renewal arrivals have the gaps of their law', () => {
  const times = arrivalTimes(
    renewalGaps({ kind: 'constant', value: 2.5 }, makeStream('s', 0, 'unused')),
    10,
  );
  expect([...times]).toEqual([2.5, 5, 7.5]);
});

describe('a trace', () => {
  test('is played back to the last arrival, ties included, counted from the instant it is fed', () => {
    const simulation = new Simulation({ seed: 's' });
    simulation.run(100);
    const seen: [number, number][] = [];
    feedArrivals(simulation, traceGaps([0, 3, 3, 7]), (index) =>
      seen.push([index, simulation.nowMs]),
    );
    simulation.run(1000);
    expect(seen).toEqual([
      [0, 100],
      [1, 103],
      [2, 103],
      [3, 107],
    ]);
  });

  test('that goes back in time is a mistake with its place', () => {
    const gaps = traceGaps([1, 5, 4]);
    gaps();
    gaps();
    expect(gaps).toThrow('arrival 2 of the trace is at 4 ms, before 5 ms; sort the trace by time');
  });

  test('stops when it is told to', () => {
    const simulation = new Simulation({ seed: 's' });
    const seen: number[] = [];
    const feed = feedArrivals(simulation, traceGaps([1, 2, 3]), (index) => {
      seen.push(index);
      if (index === 1) feed.stop();
    });
    simulation.run(10);
    expect(seen).toEqual([0, 1]);
  });
});

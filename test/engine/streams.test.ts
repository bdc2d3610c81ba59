// Arrival processes that are no renewal: their means, by law of large numbers, and what they refuse.
import { describe, expect, it } from 'vitest';
import {
  arrivalTimes,
  batchedGaps,
  makeStream,
  modulatedGaps,
  traceGaps,
  varyingGaps,
} from '../../engine/index.ts';

describe('arrivals at a changing rate', () => {
  it('are as many as the rate says, where it is high and where it is low', () => {
    const rate = (atMs: number): number => 1 + Math.sin((2 * Math.PI * atMs) / 100);
    const times = arrivalTimes(varyingGaps(rate, 2, makeStream('varying', 0, 'a')), 100_000);
    // The rate's integral over a period is 100, four fifths and a bit of it in the first half.
    const firstHalf = times.filter((atMs) => atMs % 100 < 50).length;
    expect(Math.abs(times.length - 100_000)).toBeLessThan(5 * Math.sqrt(100_000));
    const share = 0.5 + 1 / Math.PI;
    expect(Math.abs(firstHalf / times.length - share)).toBeLessThan(
      5 * Math.sqrt((share * (1 - share)) / times.length),
    );
  });

  it('never exceed their peak', () => {
    const gaps = varyingGaps((atMs) => 1 + atMs, 2, makeStream('beyond', 0, 'a'));
    expect(() => arrivalTimes(gaps, 100)).toThrow('with a peak of 2');
  });
});

describe('modulated arrivals', () => {
  it('come at the rate of the phase, for as long as it lasts', () => {
    const phases = [
      { ratePerMs: 40, changesPerMs: [0, 0.1] },
      { ratePerMs: 0, changesPerMs: [0.3, 0] },
    ];
    const times = arrivalTimes(modulatedGaps(phases, makeStream('phases', 0, 'a')), 100_000);
    // Three quarters of the time in the first phase; bursts make the count spread far more than Poisson's.
    expect(times.length / 100_000 / 30).toBeGreaterThan(0.97);
    expect(times.length / 100_000 / 30).toBeLessThan(1.03);
    const pauses = times.filter((atMs, at) => at > 0 && atMs - (times[at - 1] ?? 0) > 5).length;
    // Each phase of silence lasts longer than 5 ms with e^-1.5; arrivals 0.025 ms apart add next to nothing.
    expect(pauses / (100_000 * 0.075 * Math.exp(-1.5))).toBeGreaterThan(0.85);
    expect(pauses / (100_000 * 0.075 * Math.exp(-1.5))).toBeLessThan(1.15);
  });

  it('end in a phase that is silent for ever', () => {
    const gaps = modulatedGaps(
      [
        { ratePerMs: 1, changesPerMs: [0, 1] },
        { ratePerMs: 0, changesPerMs: [0, 0] },
      ],
      makeStream('silent', 0, 'a'),
    );
    expect(arrivalTimes(gaps, 1e9).length).toBeLessThan(100);
  });
});

describe('batches', () => {
  it('come together, at the times of the process', () => {
    const sizes = [2, 1, 3];
    let next = 0;
    const gaps = batchedGaps(traceGaps([5, 6, 9]), () => sizes[next++ % 3] ?? 1);
    expect([...arrivalTimes(gaps, 100)]).toEqual([5, 5, 6, 9, 9, 9]);
    expect(() => batchedGaps(traceGaps([1]), () => 0)()).toThrow('a batch of 0');
  });
});

// Streams must be reproducible, independent of each other, and uniform. Seeds are fixed: a verdict never changes.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hashUniform, makeHashUniform, makeStream, Simulation } from '../../engine/index.ts';
import { correlation, kolmogorovDistance, kolmogorovLimit } from '../oracles/kolmogorov.ts';

const uniform = (x: number): number => x;

function draws(name: string, count: number, replication = 0): number[] {
  const stream = makeStream('seed', replication, name);
  return Array.from({ length: count }, stream);
}

describe('named streams', () => {
  test('depend on seed, replication and name, and on nothing else', () => {
    const first = (seed: string, replication: number, name: string): number =>
      makeStream(seed, replication, name)();
    expect(first('a', 0, 'x')).toBe(first('a', 0, 'x'));
    const others = [
      first('a', 0, 'x'),
      first('b', 0, 'x'),
      first('a', 1, 'x'),
      first('a', 0, 'y'),
      first('', 0, 'ax'),
      first('a0', 0, 'x'),
    ];
    expect(new Set(others).size).toBe(others.length);
  });

  test('asking for another stream, or drawing from it, does not shift a stream', () => {
    const alone = new Simulation({ seed: 's' });
    const crowded = new Simulation({ seed: 's' });
    const expected = Array.from({ length: 50 }, alone.stream('service'));
    crowded.stream('earlier')();
    const service = crowded.stream('service');
    const actual = Array.from({ length: 50 }, () => {
      crowded.stream('between')();
      return service();
    });
    expect(actual).toEqual(expected);
  });

  test('asking again for a stream continues it', () => {
    const simulation = new Simulation({ seed: 's' });
    const first = simulation.stream('x')();
    expect(simulation.stream('x')()).not.toBe(first);
    expect(simulation.stream('x')).toBe(simulation.stream('x'));
  });

  test('are uniform, without correlation from one draw to the next', () => {
    const sample = draws('uniform', 50_000);
    expect(kolmogorovDistance(sample, uniform)).toBeLessThan(kolmogorovLimit);
    for (const lag of [1, 2, 3, 10]) {
      const coefficient = correlation(sample.slice(0, -lag), sample.slice(lag));
      expect(Math.abs(coefficient) * Math.sqrt(sample.length)).toBeLessThan(4);
    }
  });

  test('of neighbouring names and replications are uncorrelated, from the first draw on', () => {
    const firsts = Array.from({ length: 4000 }, (_, index) => draws(`shard-${index}`, 3)).flatMap(
      ([first = 0, second = 0]) => [{ first, second }],
    );
    const column = firsts.map(({ first }) => first);
    expect(kolmogorovDistance(column, uniform)).toBeLessThan(kolmogorovLimit);
    const bound = 4 / Math.sqrt(column.length);
    expect(Math.abs(correlation(column.slice(1), column.slice(0, -1)))).toBeLessThan(bound);
    expect(
      Math.abs(
        correlation(
          column,
          firsts.map(({ second }) => second),
        ),
      ),
    ).toBeLessThan(bound);
    const a = draws('service', 20_000, 1);
    const b = draws('service', 20_000, 2);
    expect(Math.abs(correlation(a, b))).toBeLessThan(4 / Math.sqrt(a.length));
  });
});

describe('hashed uniforms', () => {
  test('are functions of their arguments, strictly between 0 and 1', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.string(),
        fc.nat(Number.MAX_SAFE_INTEGER),
        (seed, name, index) => {
          const value = hashUniform(seed, name, index);
          expect(value).toBe(makeHashUniform(seed, name)(index));
          expect(value).toBeGreaterThan(0);
          expect(value).toBeLessThan(1);
        },
      ),
    );
  });

  test('tell seeds from names, and indices beyond 32 bits apart', () => {
    expect(hashUniform('ab', 'c', 1)).not.toBe(hashUniform('a', 'bc', 1));
    expect(hashUniform('a', 'b', 5)).not.toBe(hashUniform('a', 'b', 5 + 2 ** 32));
    expect(hashUniform('a', 'b', 5 + 2 ** 32)).not.toBe(hashUniform('a', 'b', 5 + 2 ** 33));
  });

  const sequences: [string, (step: number) => number][] = [
    ['consecutive indices', (step) => step],
    ['every 64th index', (step) => 64 * step],
    ['indices far out', (step) => 2 ** 40 + 3 * step],
  ];
  test.each(sequences)('are uniform and uncorrelated over %s', (_, indexOf) => {
    const hash = makeHashUniform('seed', 'demand');
    const sample = Array.from({ length: 40_000 }, (_item, step) => hash(indexOf(step)));
    expect(kolmogorovDistance(sample, uniform)).toBeLessThan(kolmogorovLimit);
    const bound = 4 / Math.sqrt(sample.length);
    for (const lag of [1, 2, 4, 8, 64]) {
      expect(Math.abs(correlation(sample.slice(0, -lag), sample.slice(lag)))).toBeLessThan(bound);
    }
  });

  test('of different names at the same index are uncorrelated, and so are their last bits', () => {
    const [a, b] = [makeHashUniform('seed', 'cpu-1'), makeHashUniform('seed', 'cpu-2')];
    const left = Array.from({ length: 40_000 }, (_, index) => a(index));
    const right = Array.from({ length: 40_000 }, (_, index) => b(index));
    const bound = 4 / Math.sqrt(left.length);
    expect(Math.abs(correlation(left, right))).toBeLessThan(bound);
    const fine = left.map((value) => (value * 2 ** 30) % 1);
    expect(kolmogorovDistance(fine, uniform)).toBeLessThan(kolmogorovLimit);
    expect(Math.abs(correlation(fine, left))).toBeLessThan(bound);
  });
});

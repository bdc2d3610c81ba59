// Quantities: exact cases for every unit, the round trip as a property, and texts that must not be read.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeDimension, formatQuantity, parseQuantity } from '../../twin/units.ts';
import type { Dimension } from '../../twin/units.ts';

const dimensions: readonly Dimension[] = [
  'duration',
  'rate',
  'size',
  'price',
  'share',
  'bandwidth',
  'count',
];

describe('parseQuantity', () => {
  it.each<[Dimension, string, number]>([
    ['duration', '250ms', 250],
    ['duration', '1.5s', 1500],
    ['duration', '200us', 0.2],
    ['duration', '10m', 600_000],
    ['duration', '2h', 7_200_000],
    ['duration', '1d', 86_400_000],
    ['duration', '-5ms', -5],
    ['duration', '2e3 ms', 2000],
    ['rate', '1200/s', 1200],
    ['rate', '90/m', 1.5],
    ['rate', '3600/h', 1],
    ['size', '300B', 300],
    ['size', '16MiB', 16_777_216],
    ['size', '2TiB', 2_199_023_255_552],
    ['price', '$0.29/h', 0.29],
    ['share', '50%', 0.5],
    ['share', '7%', 0.07],
    ['count', '20000 rows', 20_000],
    ['count', '3rows', 3],
  ])('reads the %s %s as %d', (dimension, text, value) => {
    expect(parseQuantity(dimension, text)).toBe(value);
  });

  it.each<[Dimension, string]>([
    ['duration', '250'],
    ['duration', 'ms'],
    ['duration', '250 MS'],
    ['duration', '1e400ms'],
    ['duration', '$5ms'],
    ['duration', '0x10ms'],
    ['rate', '1200'],
    ['size', '16MB'],
    ['price', '0.29/h'],
    ['price', '$0.29'],
    ['share', '0.5'],
    ['count', '20000'],
    ['count', '5 row'],
    ['share', 'NaN%'],
    ['share', 'constructor'],
  ])('does not read the %s "%s"', (dimension, text) => {
    expect(parseQuantity(dimension, text)).toBeNull();
  });

  it('answers any text with a finite number or null', () => {
    fc.assert(
      fc.property(fc.constantFrom(...dimensions), fc.string(), (dimension, text) => {
        const value = parseQuantity(dimension, text);
        expect(value === null || Number.isFinite(value)).toBe(true);
      }),
    );
  });
});

describe('formatQuantity', () => {
  it.each<[Dimension, number, string]>([
    ['duration', 0, '0ms'],
    ['duration', 90_000, '90s'],
    ['duration', 60_000, '1m'],
    ['duration', 2.1, '2.1ms'],
    ['duration', 0.25, '250us'],
    ['duration', 300, '300ms'],
    ['duration', 86_400_000, '1d'],
    ['rate', 40, '40/s'],
    ['size', 300, '300B'],
    ['size', 4_294_967_296, '4GiB'],
    ['price', 0.29, '$0.29/h'],
    ['share', 0.07, '7%'],
    ['share', -0.5, '-50%'],
  ])('writes the %s %d as %s', (dimension, value, text) => {
    expect(formatQuantity(dimension, value)).toBe(text);
  });

  it('writes what parseQuantity reads back as exactly the same number', () => {
    const value = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e300, max: 1e300 });
    const friendly = fc.integer({ min: 0, max: 10_000_000 }).map((count) => count / 1000);
    fc.assert(
      fc.property(
        fc.constantFrom(...dimensions),
        fc.oneof(value, friendly),
        (dimension, number) => {
          const text = formatQuantity(dimension, number);
          expect(parseQuantity(dimension, text), text).toBe(number === 0 ? 0 : number);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('describeDimension', () => {
  it('names an example and every unit', () => {
    expect(describeDimension('duration')).toBe(
      'a duration such as 250ms (units: us, ms, s, m, h, d)',
    );
    expect(describeDimension('share')).toBe('a share such as 50% (unit: %)');
  });
});

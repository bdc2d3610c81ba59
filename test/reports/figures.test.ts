import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  changeCell,
  forecastPhrase,
  formatChange,
  formatCount,
  formatDate,
  formatInterval,
  formatNumber,
  formatValue,
  plural,
} from '../../reports/figures.ts';
import { forecast } from './fixture-parts.ts';

/** Figures hold a no-break space before their unit; tests are easier to read without. */
const plain = (text: string): string => text.replaceAll('\u00A0', ' ');

describe('a figure', () => {
  it('has three significant digits and its unit', () => {
    expect(plain(formatValue(34.2345, 'ms'))).toBe('34.2 ms');
    expect(plain(formatValue(0.43217, '/s'))).toBe('0.432/s');
    expect(plain(formatValue(1234.5, '/s'))).toBe('1,230/s');
    expect(plain(formatValue(0.043, ''))).toBe('4.30 %');
    expect(plain(formatValue(0.29, 'USD'))).toBe('$0.290');
    expect(plain(formatValue(0.11, 'cores'))).toBe('0.110 cores');
    expect(plain(formatValue(0.000_384, 'ms/row'))).toBe('0.384 µs/row');
    expect(plain(formatValue(0, 'ms'))).toBe('0 ms');
  });

  it('changes from milliseconds to seconds where three digits would not do', () => {
    expect(plain(formatValue(999.4, 'ms'))).toBe('999 ms');
    expect(plain(formatValue(999.6, 'ms'))).toBe('1.00 s');
    expect(plain(formatValue(72_500, 'ms'))).toBe('72.5 s');
  });

  it('changes from bytes to their multiples likewise', () => {
    const written = [235, 999.4, 999.6, 40_000, 1.07e8, 3e12].map((bytes) =>
      plain(formatValue(bytes, 'bytes')),
    );
    expect(written).toEqual(['235 bytes', '999 bytes', '1.00 kB', '40.0 kB', '107 MB', '3,000 GB']);
    expect(plain(formatValue(1.07e8, 'bytes/s'))).toBe('107 MB/s');
    expect(plain(formatInterval([1.01e8, 1.15e8], 'bytes/s', 1.07e8))).toBe('101–115 MB/s');
  });

  it('stays within half a unit of the third digit of the value, whatever the value', () => {
    const values = fc.double({ min: 1e-2, max: 1e9, noNaN: true });
    fc.assert(
      fc.property(values, fc.constantFrom('/s', 'B', 'cores'), (value, unit) => {
        const shown = Number(plain(formatValue(value, unit)).replaceAll(/[^\d.]/g, ''));
        expect(Math.abs(shown - value)).toBeLessThanOrEqual(value * 0.005 + 1e-12);
      }),
    );
  });

  it('never shows an exponent, a negative zero or a missing number', () => {
    const values = fc.double({ min: -1e12, max: 1e12, noNaN: true });
    fc.assert(
      fc.property(values, fc.constantFrom('ms', '', '/s', 'USD'), (value, unit) => {
        const shown = formatChange(value, unit);
        expect(shown).not.toMatch(/e|NaN|undefined|Infinity|-/);
        expect(shown).not.toMatch(/^[+−]\D*0?(?:\.0*)?\D*$/);
      }),
    );
  });
});

describe('an interval', () => {
  it('shares unit and decimals with the value that it surrounds', () => {
    expect(plain(formatInterval([431.2, 1612], 'ms', 480))).toBe('431–1,610 ms');
    expect(plain(formatInterval([851, 1040], 'ms', 1010))).toBe('0.85–1.04 s');
    expect(plain(formatInterval([0.0301, 0.0512], '', 0.04))).toBe('3.01–5.12 %');
  });

  it('spells the range out when an end is negative, since a minus next to a dash is misread', () => {
    expect(plain(formatInterval([-115, -112], 'ms', -114))).toBe('−115 to −112 ms');
    expect(plain(formatInterval([-3, 4], 'ms', 0))).toBe('−3.00 to 4.00 ms');
  });

  it('is one figure when it is a point, and two when only its digits agree', () => {
    expect(plain(formatInterval([68, 68], 'ms', 68))).toBe('68.0 ms');
    expect(plain(formatInterval([67.99, 68.01], 'ms', 68))).toBe('68.0–68.0 ms');
    expect(plain(formatInterval([0, 0], 'ms', 0))).toBe('0 ms');
  });
});

it('a change shows its sign and no sign when nothing changed', () => {
  expect(plain(formatChange(68.94, 'ms'))).toBe('+68.9 ms');
  expect(plain(formatChange(-68.94, 'ms'))).toBe('−68.9 ms');
  expect(plain(formatChange(-1e-9, 'ms'))).toBe('0 ms');
  expect(plain(changeCell({ mean: -2, ci95: [-3, -1] }, 'ms').detail ?? '')).toBe(
    '−3.00 to −1.00 ms',
  );
});

it('a forecast in a sentence is its median and its 90 % interval', () => {
  expect(plain(forecastPhrase(forecast(500, 0.1), 'ms'))).toBe('500 ms (90 %: 450–560 ms)');
});

it('a number without a unit is never rounded to nothing', () => {
  expect([0, 1e-9, -3.456e-7, 0.0123, 1234].map(formatNumber)).toEqual([
    '0',
    '1.00e−9',
    '−3.46e−7',
    '0.0123',
    '1,230',
  ]);
});

it('counts keep every digit and nouns follow them', () => {
  expect(formatCount(1_234_567)).toBe('1,234,567');
  expect([plural(1, 'tenant'), plural(4, 'tenant')]).toEqual(['1 tenant', '4 tenants']);
});

it('dates are shown to the minute, other text as it is', () => {
  expect(formatDate('2026-11-23T07:42:10.512Z')).toBe('2026-11-23 07:42 UTC');
  expect(formatDate('last spring')).toBe('last spring');
});

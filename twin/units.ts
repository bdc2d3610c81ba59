// Quantities as people write them ("250ms", "1200/s", "16MiB", "$0.29/h", "50%") and as the program holds them (plain
// numbers in one base unit per dimension). The only parser and the only formatter; ranges are the schemas' business.
import { assert } from '../engine/failure.ts';

/** What a quantity measures. Base units: ms, requests per second, bytes, US dollars per hour, a fraction of 1, bytes per second. */
export type Dimension = 'duration' | 'rate' | 'size' | 'price' | 'share' | 'bandwidth' | 'count';

/** One unit in base units: `multiplier · 10^exponent`. Powers of ten are apart because they can be shifted exactly. */
interface Unit {
  readonly suffix: string;
  readonly exponent: number;
  readonly multiplier: number;
}

/** Units ascend; `prefix` stands before the number. */
interface DimensionKind {
  readonly noun: string;
  readonly example: string;
  readonly prefix: string;
  readonly units: readonly Unit[];
}

const kinds: Readonly<Record<Dimension, DimensionKind>> = {
  duration: {
    noun: 'a duration',
    example: '250ms',
    prefix: '',
    units: [
      unit('us', -3),
      unit('ms', 0),
      unit('s', 3),
      unit('m', 4, 6),
      unit('h', 5, 36),
      unit('d', 5, 864),
    ],
  },
  rate: {
    noun: 'a rate',
    example: '1200/s',
    prefix: '',
    units: [unit('/h', 0, 1 / 3600), unit('/m', 0, 1 / 60), unit('/s', 0)],
  },
  size: {
    noun: 'a size',
    example: '16MiB',
    prefix: '',
    units: ['B', 'KiB', 'MiB', 'GiB', 'TiB'].map((suffix, index) => unit(suffix, 0, 1024 ** index)),
  },
  price: { noun: 'a price', example: '$0.29/h', prefix: '$', units: [unit('/h', 0)] },
  bandwidth: {
    noun: 'a bandwidth',
    example: '10MB/s',
    prefix: '',
    // Networks count in powers of ten, and in bits as often as in bytes.
    units: [
      unit('B/s', 0),
      unit('kbit/s', 0, 125),
      unit('kB/s', 3),
      unit('Mbit/s', 3, 125),
      unit('MB/s', 6),
      unit('Gbit/s', 6, 125),
      unit('GB/s', 9),
    ],
  },
  count: { noun: 'a number of rows', example: '20000 rows', prefix: '', units: [unit(' rows', 0)] },
  share: { noun: 'a share', example: '50%', prefix: '', units: [unit('%', -2)] },
};

const quantityPattern = /^(-?)(\$?)(\d+(?:\.\d+)?(?:e[+-]?\d+)?) ?([a-zA-Z/%]*)$/;

/**
 * The number in base units, or null when the text is not a finite quantity of this dimension. A sign is read, not
 * judged: whether `-5ms` makes sense is for the caller to say.
 */
export function parseQuantity(dimension: Dimension, text: string): number | null {
  const { prefix, units } = kinds[dimension];
  const [, sign, dollar, digits, suffix] = quantityPattern.exec(text.trim()) ?? [];
  const found = units.find((candidate) => candidate.suffix.trim() === suffix);
  if (digits === undefined || dollar !== prefix || found === undefined) return null;
  const value = Number(shiftDecimal(digits, found.exponent)) * found.multiplier;
  if (!Number.isFinite(value)) return null;
  return sign === '-' ? 0 - value : value;
}

/** The shortest text with a count of at least 1 that reads back as exactly this finite number; the larger unit wins a tie. */
export function formatQuantity(dimension: Dimension, value: number): string {
  assert(Number.isFinite(value), `${value} is a finite quantity`);
  const { prefix, units } = kinds[dimension];
  const head = (value < 0 ? '-' : '') + prefix;
  const size = Math.abs(value);
  if (size === 0) return `${prefix}0${decimalUnit(units).suffix}`;
  const exact = units
    .map(({ suffix, exponent, multiplier }) => {
      const count = Number(shiftDecimal(String(size / multiplier), -exponent));
      return { count, text: `${head}${count}${suffix}` };
    })
    .filter(({ text }) => parseQuantity(dimension, text) === value);
  // Nobody says 0.3s for 300ms.
  const whole = exact.filter(({ count }) => count >= 1);
  const shortest = (whole.length > 0 ? whole : exact).reduceRight<string | undefined>(
    (best, { text }) => (best === undefined || text.length < best.length ? text : best),
    undefined,
  );
  return shortest ?? head + exactText(units, size);
}

/** `a duration such as 250ms (units: us, ms, s, m, h, d)`: for messages. */
export function describeDimension(dimension: Dimension): string {
  const { noun, example, units } = kinds[dimension];
  const suffixes = units.map(({ suffix }) => suffix.trim()).join(', ');
  return `${noun} such as ${example} (${units.length === 1 ? 'unit' : 'units'}: ${suffixes})`;
}

/** A unit by powers of ten alone loses nothing: the digits stay and only the exponent moves. */
function exactText(units: readonly Unit[], size: number): string {
  const { exponent, suffix } = decimalUnit(units);
  return shiftDecimal(String(size), -exponent) + suffix;
}

function decimalUnit(units: readonly Unit[]): Unit {
  const decimal = units.filter(({ multiplier }) => multiplier === 1);
  const plain = decimal.find(({ exponent }) => exponent === 0) ?? decimal[0];
  assert(plain !== undefined, 'every dimension has a unit that is a power of ten');
  return plain;
}

/** `shiftDecimal('1.5e3', -2)` is `1.5e1`: multiplies by a power of ten without rounding. */
function shiftDecimal(digits: string, by: number): string {
  const [mantissa = '', exponent = '0'] = digits.split('e');
  return `${mantissa}e${Number(exponent) + by}`;
}

function unit(suffix: string, exponent: number, multiplier = 1): Unit {
  return { suffix, exponent, multiplier };
}

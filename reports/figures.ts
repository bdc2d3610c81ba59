// Numbers for people: three significant digits, a unit on every figure, an interval beside every estimate. Reading
// and writing the units of files is another matter and lives in the twin.
import type { Estimate, Forecast, Interval } from '../twin/document.ts';
import type { Cell } from './report.ts';

/** How a group of numbers is written, so that a value and its interval share unit and decimals. */
interface Scale {
  readonly factor: number;
  readonly prefix: string;
  readonly suffix: string;
}

const significantDigits = 3;
const mostDecimals = 4;
/** Between a number and its unit, where no line may break. Formats without such a space print a plain one. */
const gap = '\u00A0';

/** `34.2 ms`, `1.25 s`, `4.3 %` (unit ''), `40.1/s`, `$0.29` (unit 'USD'). */
export function formatValue(value: number, unit: string): string {
  const scale = scaleFor(unit, value);
  return decorate(digits(value * scale.factor, decimalsFor(value * scale.factor)), scale);
}

/** A change with its sign: `+68.9 ms`, `−3.1 ms`, `0 ms`. */
export function formatChange(value: number, unit: string): string {
  const text = formatValue(Math.abs(value), unit);
  if (!/[1-9]/.test(text)) return text;
  return `${value < 0 ? '−' : '+'}${text}`;
}

/** Median of one execution over its 90 % interval. */
export function forecastCell(
  { median, pi90 }: Pick<Forecast, 'median' | 'pi90'>,
  unit: string,
): Required<Pick<Cell, 'text' | 'detail'>> {
  return { text: formatValue(median, unit), detail: formatInterval(pi90, unit, median) };
}

/** Mean change of the ensemble over its 95 % interval. */
export function changeCell({ mean, ci95 }: Estimate, unit: string): Cell {
  return { text: formatChange(mean, unit), detail: formatInterval(ci95, unit, mean) };
}

/** `0.48 s (90${gap}%: 0.43–0.61 s)` for sentences. */
export function forecastPhrase(
  { median, pi90 }: Pick<Forecast, 'median' | 'pi90'>,
  unit: string,
): string {
  return `${formatValue(median, unit)} (90${gap}%: ${formatInterval(pi90, unit, median)})`;
}

/** Three significant digits without a unit, however small: for tolerances and for values whose unit stands elsewhere. */
export function formatNumber(value: number): string {
  if (value !== 0 && Math.abs(value) < 1e-3) {
    return value.toExponential(significantDigits - 1).replaceAll('-', '−');
  }
  return digits(value, decimalsFor(value));
}

/** Share of 1 as `4.3 %`. */
export function formatShare(share: number): string {
  return formatValue(share, '');
}

/** Whole or not, all digits in groups of three: for counts, which must not be rounded. */
export function formatCount(count: number): string {
  return group(String(count)).replace('-', '−');
}

/** `1 tenant`, `4 tenants`. */
export function plural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** The first twelve digits of a digest: enough to compare by eye. */
export function shortDigest(digest: string): string {
  return digest.slice(0, 12);
}

/** `2026-11-23 07:42 UTC` from an ISO time; other text unchanged. */
export function formatDate(text: string): string {
  const [, day, time] = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})\S*Z$/.exec(text) ?? [];
  return day === undefined || time === undefined ? text : `${day} ${time} UTC`;
}

/** `2026-11-23` from an ISO time; other text unchanged. */
export function formatDay(text: string): string {
  return /^(\d{4}-\d{2}-\d{2})T\S*Z$/.exec(text)?.[1] ?? text;
}

/** Writes an interval in the unit and decimals that `reference`, the value it surrounds, is written in. */
export function formatInterval([low, high]: Interval, unit: string, reference: number): string {
  const scale = scaleFor(unit, reference === 0 ? high : reference);
  const widest = Math.max(Math.abs(low), Math.abs(high)) * scale.factor;
  const decimals = decimalsFor(reference === 0 ? widest : reference * scale.factor);
  const ends = [low, high].map((end) => digits(end * scale.factor, decimals));
  // A minus sign next to a dash is misread: spell the range out when an end is negative.
  const joined = ends.some((end) => end.startsWith('−')) ? ends.join(' to ') : ends.join('–');
  const isPoint = low === high || ends.every((end) => end === '0');
  return decorate(isPoint ? (ends[0] ?? '') : joined, scale);
}

function scaleFor(unit: string, value: number): Scale {
  const plain = { factor: 1, prefix: '' };
  switch (unit) {
    case '':
      return { factor: 100, prefix: '', suffix: `${gap}%` };
    case 'USD':
      return { factor: 1, prefix: '$', suffix: '' };
    case 'ms':
      return Math.abs(value) < 999.5
        ? { ...plain, suffix: `${gap}ms` }
        : { factor: 1e-3, prefix: '', suffix: `${gap}s` };
    case 'ms/row':
      return { factor: 1e3, prefix: '', suffix: `${gap}µs/row` };
    case 'bytes':
    case 'bytes/s': {
      const { factor, name } = byteScale(Math.abs(value));
      return { factor, prefix: '', suffix: `${gap}${unit.replace('bytes', name)}` };
    }
    default:
      return { ...plain, suffix: unit.startsWith('/') ? unit : `${gap}${unit}` };
  }
}

/** Decimal multiples, as networks and disks are sold; `bytes` below a thousand. */
function byteScale(bytes: number): { readonly factor: number; readonly name: string } {
  const known = [
    { factor: 1, name: 'bytes' },
    { factor: 1e-3, name: 'kB' },
    { factor: 1e-6, name: 'MB' },
  ];
  // What would be rounded to 1,000 belongs to the next one.
  return known.find(({ factor }) => bytes * factor < 999.5) ?? { factor: 1e-9, name: 'GB' };
}

/** Decimals that leave three significant digits. */
function decimalsFor(value: number): number {
  const rounded = Math.abs(Number(value.toPrecision(significantDigits)));
  if (rounded === 0) return 0;
  const leading = Math.floor(Math.log10(rounded));
  return Math.min(mostDecimals, Math.max(0, significantDigits - 1 - leading));
}

function digits(value: number, decimals: number): string {
  const rounded = decimals === 0 ? Number(value.toPrecision(significantDigits)) : value;
  if (Math.abs(rounded) >= 1e15) return value.toExponential(significantDigits - 1);
  const text = Math.abs(rounded).toFixed(decimals);
  if (Number(text) === 0) return '0';
  return `${rounded < 0 ? '−' : ''}${group(text)}`;
}

function group(text: string): string {
  const [whole = '', fraction] = text.split('.');
  const grouped = whole.replaceAll(/\B(?=(\d{3})+$)/g, ',');
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

function decorate(text: string, { prefix, suffix }: Scale): string {
  return text.startsWith('−') && prefix !== ''
    ? `−${prefix}${text.slice(1)}${suffix}`
    : `${prefix}${text}${suffix}`;
}

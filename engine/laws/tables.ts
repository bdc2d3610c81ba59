// Laws that are tables: measured quantiles (empirical) and ranked popularity (Zipf). A value is found by binary
// search, so a draw costs the logarithm of the table's length.
import { faultUnless, type DistributionOf, type Law } from './law.ts';

type Empirical = DistributionOf<'empirical'>;

/** Largest index from 0 to length − 2 with table[index] ≤ wanted: the segment that holds it. */
function segmentOf(table: ArrayLike<number>, wanted: number): number {
  let low = 0;
  let high = table.length - 2;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((table[middle] ?? Infinity) <= wanted) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The point at `wanted` on the line through the segment that holds it. */
function interpolate(from: readonly number[], to: readonly number[], wanted: number): number {
  const segment = segmentOf(from, wanted);
  const left = from[segment] ?? 0;
  const right = from[segment + 1] ?? left;
  const below = to[segment] ?? 0;
  const above = to[segment + 1] ?? below;
  return right === left ? above : below + ((wanted - left) / (right - left)) * (above - below);
}

function isIncreasing(values: readonly number[], strictly: boolean): boolean {
  return values.every((value, index) => {
    const previous = values[index - 1] ?? -Infinity;
    return Number.isFinite(value) && (strictly ? value > previous : value >= previous);
  });
}

function faultOfTable({ levels, values }: Empirical): ReturnType<typeof faultUnless> {
  const spansAll = levels[0] === 0 && levels.at(-1) === 1;
  return (
    faultUnless(levels.length >= 2, 'levels', levels, 'must have two levels or more') ??
    faultUnless(
      spansAll && isIncreasing(levels, true),
      'levels',
      levels,
      'must rise from 0 to 1',
    ) ??
    faultUnless(values.length === levels.length, 'values', values, 'must have a value per level') ??
    faultUnless(isIncreasing(values, false), 'values', values, 'must not fall')
  );
}

/** Between two levels the law is uniform, so its moments are sums of uniform ones. */
function tableMoment({ levels, values }: Empirical, order: 1 | 2): number {
  let sum = 0;
  for (let index = 1; index < levels.length; index++) {
    const weight = (levels[index] ?? 0) - (levels[index - 1] ?? 0);
    const low = values[index - 1] ?? 0;
    const high = values[index] ?? 0;
    sum += weight * (order === 1 ? (low + high) / 2 : (low * low + low * high + high * high) / 3);
  }
  return sum;
}

export const empirical: Law<Empirical> = {
  fault: faultOfTable,
  makeQuantile:
    ({ levels, values }) =>
    (u) =>
      interpolate(levels, values, u),
  cumulative: ({ levels, values }, x) => {
    if (x < (values[0] ?? 0)) return 0;
    if (x >= (values.at(-1) ?? 0)) return 1;
    return interpolate(values, levels, x);
  },
  moment: tableMoment,
};

type Zipf = DistributionOf<'zipf'>;

/** P(rank ≤ i + 1) for each i. */
function cumulativeRanks({ count, exponent }: Zipf): Float64Array {
  const table = new Float64Array(count);
  let sum = 0;
  for (let rank = 1; rank <= count; rank++) {
    sum += rank ** -exponent;
    table[rank - 1] = sum;
  }
  return table.map((partial) => partial / sum);
}

/** Ranks are kept in a table: a bound on its size. */
const mostRanks = 1e7;

export const zipf: Law<Zipf> = {
  fault: ({ count, exponent }) =>
    faultUnless(
      Number.isInteger(count) && count > 0 && count <= mostRanks,
      'count',
      count,
      `must be a whole number from 1 to ${mostRanks}`,
    ) ??
    faultUnless(exponent >= 0 && exponent < Infinity, 'exponent', exponent, 'must not be negative'),
  makeQuantile: (document) => {
    const table = cumulativeRanks(document);
    return (u) => {
      let low = 0;
      let high = table.length - 1;
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((table[middle] ?? 1) < u) low = middle + 1;
        else high = middle;
      }
      return low + 1;
    };
  },
  cumulative: (document, x) => {
    if (x < 1) return 0;
    return cumulativeRanks(document)[Math.min(Math.floor(x), document.count) - 1] ?? 1;
  },
  moment: ({ count, exponent }, order) => {
    let weights = 0;
    let sum = 0;
    for (let rank = 1; rank <= count; rank++) {
      weights += rank ** -exponent;
      sum += rank ** (order - exponent);
    }
    return sum / weights;
  },
};

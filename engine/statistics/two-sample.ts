// Two samples against each other without a law: Mann–Whitney's test of a shift, and Kolmogorov–Smirnov's of any difference.
// Both count exactly, which takes n·m steps and no tables; neither corrects for ties, which continuous measurements lack.
import { median } from 'simple-statistics';
import { assert } from '../failure.ts';

export interface ShiftTest {
  /** Pairs in which the first sample's value is the larger one. */
  readonly u: number;
  /** P(U ≤ u), P(U ≥ u), and twice the smaller of them, when both samples are of one law. */
  readonly pLess: number;
  readonly pGreater: number;
  readonly pTwoSided: number;
  /** By how much the first sample is larger: the median of all differences (Hodges and Lehmann 1963). */
  readonly shift: number;
}

/** Mann and Whitney's test (1947), exact for samples without ties; half a pair for each tie there is. */
export function shiftTest(first: readonly number[], second: readonly number[]): ShiftTest {
  const [n, m] = [first.length, second.length];
  assert(n > 0 && m > 0, 'a test of two samples needs two samples');
  const differences = first.flatMap((x) => second.map((y) => x - y));
  const u = differences.reduce((sum, by) => sum + (by > 0 ? 1 : by === 0 ? 0.5 : 0), 0);
  const chances = shiftChances(n, m);
  const total = (from: number, to: number): number =>
    chances.slice(from, to).reduce((sum, chance) => sum + chance, 0);
  const pLess = total(0, Math.floor(u) + 1);
  const pGreater = total(Math.ceil(u), n * m + 1);
  const pTwoSided = Math.min(1, 2 * Math.min(pLess, pGreater));
  return { u, pLess, pGreater, pTwoSided, shift: median(differences) };
}

/**
 * P(U = u) for u from 0 to n·m. Of the largest of all values one in n + m chances says that it is the first sample's, which
 * then wins m pairs; what remains is the same with one value less.
 */
function shiftChances(n: number, m: number): readonly number[] {
  let rows: number[][] = Array.from({ length: m + 1 }, () => [1]);
  for (let i = 1; i <= n; i++) {
    const next: number[][] = [[1]];
    for (let j = 1; j <= m; j++) {
      const [won, lost] = [rows[j] ?? [], next[j - 1] ?? []];
      next.push(
        Array.from(
          { length: i * j + 1 },
          (_, u) => ((won[u - j] ?? 0) * i + (lost[u] ?? 0) * j) / (i + j),
        ),
      );
    }
    rows = next;
  }
  return rows[m] ?? [];
}

export interface DifferenceTest {
  /** The largest distance between the two empirical distribution functions. */
  readonly distance: number;
  /** P(a distance at least as large), when both samples are of one law without ties. */
  readonly p: number;
}

/** Kolmogorov and Smirnov's test: all orders of n + m values are equally likely, and those that stay closer are counted. */
export function differenceTest(
  first: readonly number[],
  second: readonly number[],
): DifferenceTest {
  const [n, m] = [first.length, second.length];
  assert(n > 0 && m > 0, 'a test of two samples needs two samples');
  const distance = largestDistance(first, second);
  // Distances are multiples of 1 / (n·m); half of that tells them apart whatever is lost in rounding.
  const limit = distance - 0.5 / (n * m);
  let row = Float64Array.from({ length: m + 1 }, () => 0);
  for (let i = 0; i <= n; i++) {
    const next = new Float64Array(m + 1);
    for (let j = 0; j <= m; j++) {
      if (Math.abs(i / n - j / m) > limit) continue;
      if (i === 0 && j === 0) next[j] = 1;
      else next[j] = ((row[j] ?? 0) * i + (j > 0 ? (next[j - 1] ?? 0) * j : 0)) / (i + j);
    }
    row = next;
  }
  return { distance, p: Math.min(1, Math.max(0, 1 - (row[m] ?? 0))) };
}

function largestDistance(first: readonly number[], second: readonly number[]): number {
  const [a, b] = [first, second].map((values) => values.toSorted((x, y) => x - y));
  assert(a !== undefined && b !== undefined, 'two samples');
  let [i, j, distance] = [0, 0, 0];
  while (i < a.length && j < b.length) {
    const value = Math.min(a[i] ?? 0, b[j] ?? 0);
    while (i < a.length && (a[i] ?? 0) <= value) i++;
    while (j < b.length && (b[j] ?? 0) <= value) j++;
    distance = Math.max(distance, Math.abs(i / a.length - j / b.length));
  }
  return distance;
}

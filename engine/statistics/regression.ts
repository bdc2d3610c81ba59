// A straight line through measurements that are noisy in proportion to their size and now and then far off, because
// something else got in the way. Least squares of relative residuals over the points that fit best (least trimmed squares,
// Rousseeuw 1984), with bootstrap intervals.
import { assert } from '../failure.ts';
import type { RandomStream } from '../random.ts';
import { centralInterval } from './intervals.ts';

export interface Line {
  readonly intercept: number;
  readonly slope: number;
}

/** One measurement: a size and what it took, both above zero. */
export type Point = readonly [size: number, took: number];

/** Rounds of trimming and fitting again; each lowers the sum of the kept squares, and few are needed. */
const concentrationRounds = 20;

/**
 * Trimming again ends at the nearest best line, which from one start alone can be one that leans on an outlier. So it
 * begins at lines through pairs of points too, and goes on from those that look best after a few rounds (FAST-LTS,
 * Rousseeuw and Van Driessen 2006).
 */
const startingPairs = 60;
const startingRounds = 2;
const finalists = 5;

/** A resample's line lies near the one through all points, so that few rounds lead from there to it. */
const resampleRounds = 4;

/** Changes smaller than this, relative to the line, are rounding. */
const settled = 1e-12;

/**
 * The line through the `keep` share of points that lie nearest to it, relative to its height, the others being taken for
 * accidents; neither number below zero. Needs two different sizes.
 */
export function trimmedLine(points: readonly Point[], keep: number): Line {
  assert(hasTwoSizes(points), 'a line needs two different sizes');
  const lowest = (lines: readonly Line[], rounds: number): Line[] =>
    lines
      .map((line) => concentrate(points, line, { keep, rounds }))
      .map((line) => ({ line, sum: keptSquares(points, line, keep) }))
      .toSorted((a, b) => a.sum - b.sum)
      .map(({ line }) => line);
  const starts = [proportionalLine(points), ...linesThroughPairs(points)];
  const [best] = lowest(lowest(starts, startingRounds).slice(0, finalists), concentrationRounds);
  assert(best !== undefined, 'there is a line to start from');
  return best;
}

/** Central 90 % intervals of both numbers of `trimmedLine`, from resamples of the points. */
export function lineIntervals(
  points: readonly Point[],
  stream: RandomStream,
  { keep, resamples = 200 }: { readonly keep: number; readonly resamples?: number },
): Readonly<Record<keyof Line, [number, number]>> {
  const start = trimmedLine(points, keep);
  const lines: Line[] = [];
  for (let resample = 0; resample < resamples; resample++) {
    const drawn = points.map(() => points[Math.floor(stream() * points.length)] as Point);
    if (!hasTwoSizes(drawn)) continue;
    lines.push(concentrate(drawn, start, { keep, rounds: resampleRounds }));
  }
  return {
    intercept: centralInterval(
      lines.map(({ intercept }) => intercept),
      0.9,
    ),
    slope: centralInterval(
      lines.map(({ slope }) => slope),
      0.9,
    ),
  };
}

function concentrate(
  points: readonly Point[],
  start: Line,
  { keep, rounds }: { readonly keep: number; readonly rounds: number },
): Line {
  const kept = keptCount(points, keep);
  let line = start;
  for (let round = 0; round < rounds; round++) {
    const distances = Float64Array.from(points, (point) => distance(point, line));
    const farthest = distances.toSorted()[kept - 1] ?? Infinity;
    const nearest = points.filter((_, index) => (distances[index] ?? 0) <= farthest);
    const before = line;
    const next = weightedLine(nearest, (size) => 1 / heightAt(before, size) ** 2);
    line = hasTwoSizes(nearest) ? next : before;
    const isStill = Math.abs(line.slope - before.slope) <= settled * before.slope;
    if (isStill && Math.abs(line.intercept - before.intercept) <= settled * before.intercept) break;
  }
  return line;
}

function hasTwoSizes(points: readonly Point[]): boolean {
  return points.some(([size]) => size !== points[0]?.[0]);
}

/** What concentrating lowers: the sum of squares over the points that are kept. */
function keptSquares(points: readonly Point[], line: Line, keep: number): number {
  const squares = Float64Array.from(points, (point) => distance(point, line) ** 2).toSorted();
  return squares.subarray(0, keptCount(points, keep)).reduce((sum, square) => sum + square, 0);
}

function keptCount(points: readonly Point[], keep: number): number {
  return Math.max(2, Math.ceil(keep * points.length));
}

/** Through points that are half of all sizes apart, so that noise turns the lines little. */
function linesThroughPairs(points: readonly Point[]): readonly Line[] {
  const bySize = points.toSorted(([a], [b]) => a - b);
  const half = bySize.length >> 1;
  const count = Math.min(half, startingPairs);
  return Array.from({ length: count }, (_, pair) => Math.floor((pair * half) / count))
    .map((at) => [bySize[at], bySize[at + half]] as [Point, Point])
    .filter(hasTwoSizes)
    .map((pair) => weightedLine(pair, () => 1));
}

/** Proportional to size, by the median ratio: no outlier moves it. */
function proportionalLine(points: readonly Point[]): Line {
  const ratios = points.map(([size, took]) => took / size).toSorted((a, b) => a - b);
  return { intercept: 0, slope: ratios[ratios.length >> 1] ?? 0 };
}

function weightedLine(points: readonly Point[], weightOf: (size: number) => number): Line {
  let [weights, sizes, tooks] = [0, 0, 0];
  for (const [size, took] of points) {
    const weight = weightOf(size);
    weights += weight;
    sizes += weight * size;
    tooks += weight * took;
  }
  const [meanSize, meanTook] = [sizes / weights, tooks / weights];
  let [squares, products] = [0, 0];
  for (const [size, took] of points) {
    const weight = weightOf(size);
    squares += weight * (size - meanSize) ** 2;
    products += weight * (size - meanSize) * (took - meanTook);
  }
  const slope = squares === 0 ? 0 : Math.max(0, products / squares);
  const intercept = meanTook - slope * meanSize;
  if (intercept >= 0) return { intercept, slope };
  return throughOrigin(points, weightOf);
}

function throughOrigin(points: readonly Point[], weightOf: (size: number) => number): Line {
  let [squares, products] = [0, 0];
  for (const [size, took] of points) {
    squares += weightOf(size) * size * size;
    products += weightOf(size) * size * took;
  }
  return { intercept: 0, slope: products / squares };
}

function heightAt({ intercept, slope }: Line, size: number): number {
  return Math.max(Number.MIN_VALUE, intercept + slope * size);
}

function distance([size, took]: Point, line: Line): number {
  const height = heightAt(line, size);
  return Math.abs(took - height) / height;
}

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
  return concentrate(points, startingLine(points), { keep, rounds: concentrationRounds });
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
  const kept = Math.max(2, Math.ceil(keep * points.length));
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

/** Proportional to size, by the median ratio: no outlier moves it. */
function startingLine(points: readonly Point[]): Line {
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

// From repeated short measurements to one calibrated parameter: its median, how sure that is, how well reality repeats
// itself, and the whole distribution as quantiles. Pure arithmetic; what was measured is the experiments' business.
import { geometricMean, linearRegression } from 'simple-statistics';
import { assert } from '../../engine/failure.ts';
import { meanInterval } from '../../engine/statistics/intervals.ts';
import {
  loadFactor,
  quantileLevels,
  type Calibrated,
  type LoadLaw,
} from '../../twin/estate/calibration.ts';

/** 95 % quantile of the normal distribution, for the two-sided 90 % interval of a rank. */
const normal95 = 1.645;

/** What one session can tell of a parameter. */
export type Observed = Omit<Calibrated, 'sessionCv' | 'measuredAt' | 'unit'>;

/** Fewest repetitions that a law with two unknowns may rest on. */
const fewestForLaw = 4;

/**
 * Summarises repetitions, each with at least one observation in milliseconds. The interval of the median is the hull of
 * two: of the ranks (binomial, as if all observations were independent) and of the medians of the repetitions
 * (Student's t), because repetitions often differ by more than their observations explain. With the load of each
 * repetition in wake-ups per second, what follows from the load is told apart first, as a law of the medians.
 */
export function summariseRepetitions(
  repetitions: readonly (readonly number[])[],
  loadsPerSec: readonly number[] = [],
): Observed {
  assert(
    repetitions.length > 0 && repetitions.every((one) => one.length > 0),
    'every repetition observed something',
  );
  const load = fitLoad(repetitions.map(medianOf), loadsPerSec);
  const alike = repetitions.map((one, index) => {
    const factor = loadFactor(load, loadsPerSec[index] ?? 0);
    return one.map((observation) => observation / factor);
  });
  const sorted = alike.flat().toSorted((a, b) => a - b);
  const value = quantileAt(sorted, 0.5);
  const medians = alike.map(medianOf);
  return {
    load,
    value,
    n: sorted.length,
    interval90: medianInterval(sorted, value, medians),
    repetitions: repetitions.length,
    repetitionCv: variation(medians),
    spreadCv: variation(alike.map(spreadOf)),
    quantiles: quantileLevels.map((level) => quantileAt(sorted, level)),
  };
}

/** The same where each repetition is one observation. */
export function summariseSingles(values: readonly number[]): Observed {
  return summariseRepetitions(values.map((value) => [value]));
}

/** Least squares over the time between wake-ups; null where repetitions or loads are too few, or no law holds at all loads. */
function fitLoad(medians: readonly number[], loadsPerSec: readonly number[]): LoadLaw | null {
  const isTold = loadsPerSec.length === medians.length && medians.length >= fewestForLaw;
  const [lowestPerSec, highestPerSec] = [Math.min(...loadsPerSec), Math.max(...loadsPerSec)];
  if (!isTold || lowestPerSec <= 0 || lowestPerSec === highestPerSec) return null;
  const points = medians.map((median, index) => [1 / (loadsPerSec[index] ?? 1), median]);
  const { m: perGap, b: busy } = linearRegression(points);
  const idlePerSec = perGap / busy;
  // Nothing takes no time at much load, nor next to none at little.
  if (!(busy > 0) || idlePerSec < -lowestPerSec / 2) return null;
  const referencePerSec = geometricMean([...loadsPerSec]);
  return { referencePerSec, idlePerSec, lowestPerSec, highestPerSec };
}

function medianOf(observations: readonly number[]): number {
  return quantileAt(
    observations.toSorted((a, b) => a - b),
    0.5,
  );
}

/** From the median to the 95 % quantile; 0 for one observation alone. */
function spreadOf(observations: readonly number[]): number {
  const sorted = observations.toSorted((a, b) => a - b);
  return quantileAt(sorted, 0.95) - quantileAt(sorted, 0.5);
}

/** The value at rank p·(n − 1), interpolated between neighbours (type 7 of Hyndman & Fan). */
function quantileAt(sorted: readonly number[], p: number): number {
  const rank = p * (sorted.length - 1);
  const below = sorted[Math.floor(rank)] ?? 0;
  const above = sorted[Math.ceil(rank)] ?? below;
  return below + (above - below) * (rank - Math.floor(rank));
}

function medianInterval(
  sorted: readonly number[],
  median: number,
  medians: readonly number[],
): [number, number] {
  const n = sorted.length;
  const half = (normal95 * Math.sqrt(n)) / 2;
  const low = sorted[Math.max(0, Math.floor((n - 1) / 2 - half))] ?? median;
  const high = sorted[Math.min(n - 1, Math.ceil((n - 1) / 2 + half))] ?? median;
  if (medians.length < 2) return [low, high];
  const between = meanInterval(medians, 0.9);
  const halfWidth = (between.high - between.low) / 2;
  return [Math.max(0, Math.min(low, median - halfWidth)), Math.max(high, median + halfWidth)];
}

/** Standard deviation over mean; 0 for one value alone. */
function variation(values: readonly number[]): number {
  const { sd, mean } = meanInterval(values);
  return mean === 0 ? 0 : sd / mean;
}

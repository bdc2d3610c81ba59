// A forecast of one execution held against what one execution showed: inside or not, how far off, and how good. The
// same three questions for the verification of one run and for the record of many.
import { quantileCrps } from '../engine/statistics/scores.ts';
import type { Forecast, Interval } from './document.ts';

export function isInside(value: number, [low, high]: Interval): boolean {
  return value >= low && value <= high;
}

/** (predicted − measured) / measured: positive when the prediction was too high; null when nothing was measured to divide by. */
export function relativeError(predicted: number, measured: number): number | null {
  if (measured === 0) return predicted === 0 ? 0 : null;
  return (predicted - measured) / measured;
}

/** Continuous ranked probability score on the levels that a forecast states, in the unit of the metric. */
export function crpsOf({ median, pi50, pi80, pi90, pi95 }: Forecast, measured: number): number {
  return quantileCrps(
    [
      [0.025, pi95[0]],
      [0.05, pi90[0]],
      [0.1, pi80[0]],
      [0.25, pi50[0]],
      [0.5, median],
      [0.75, pi50[1]],
      [0.9, pi80[1]],
      [0.95, pi90[1]],
      [0.975, pi95[1]],
    ],
    measured,
  );
}

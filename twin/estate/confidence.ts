// How sure a calibrated parameter is, as the deviations of two lognormal factors (one for all of it, one for the
// distances from its median), what each deviation is made of, and what more repetitions would do about it. The
// rehearsals of a prediction draw from these laws; what they do to a forecast is asked in scenarios/explain.ts.
import { probit } from 'simple-statistics';
import { studentQuantile } from '../../engine/statistics/intervals.ts';
import type { Calibrated } from './calibration.ts';

/** Standard normal quantile of 95 %: half of a 90 % interval in standard deviations. */
const z90 = 1.6449;

/** How far a default may be off on another machine (log scale): a factor of two either way in 95 % of cases. */
const defaultDeviation = Math.log(2) / 2;

/** No rehearsal is of a machine that nobody has seen: draws are kept within the middle 99 %. */
const drawnShare = 0.99;

/** More repetitions than these are advised to nobody. */
const mostRepetitions = 1_000;

/** `location` scales a whole parameter, `spread` the distances of single observations from its median. */
export const factorNames = ['location', 'spread'] as const;
export type FactorName = (typeof factorNames)[number];

/** What the deviation of a parameter's location is made of, as shares of its value (standard deviations). */
export interface Deviations {
  /** Of the estimated median: shrinks with observations and repetitions. */
  readonly sampling: number;
  /** Between repetitions of one session: reality's own, known the better the more repetitions there are. */
  readonly repetition: number;
  /** Between sessions: no repetition shrinks it. */
  readonly session: number;
}

/** null for a parameter that was never measured: only the default's own deviation is there. */
export function deviationsOf(calibrated: Calibrated): Deviations {
  const { value, interval90, repetitionCv, sessionCv } = calibrated;
  const sampling = value > 0 ? (interval90[1] - interval90[0]) / 2 / z90 / value : 0;
  return { sampling, repetition: repetitionCv, session: sessionCv };
}

/**
 * Farthest that one rehearsal takes a parameter, up or down. One stall during a short calibration makes the repetitions
 * differ by orders of magnitude, and a heavy tail of that would rehearse a machine that stands still for minutes.
 */
const farthestFactor = 5;

/** Standard deviation of the logarithm of a factor, before the tails of few repetitions. */
export function deviationOf(calibrated: Calibrated | undefined, factor: FactorName): number {
  if (calibrated === undefined) return factor === 'location' ? defaultDeviation : 0;
  if (factor === 'spread') return calibrated.spreadCv;
  const { sampling, repetition, session } = deviationsOf(calibrated);
  return Math.hypot(sampling, repetition, session);
}

/**
 * The factor that a uniform `u` in [0, 1) stands for: lognormal, with Student's t instead of the normal law where the
 * deviation is itself known from few repetitions only.
 */
export function factorAt(
  calibrated: Calibrated | undefined,
  factor: FactorName,
  u: number,
): number {
  return bounded(deviationOf(calibrated, factor) * drawAt(freedomOf(calibrated), u));
}

/** Standard deviation of the logarithm of a parameter's location, tails of few repetitions included. */
export function uncertaintyOf(calibrated: Calibrated | undefined): number {
  return drawnDeviation(deviationOf(calibrated, 'location'), freedomOf(calibrated));
}

/**
 * How many repetitions in all would halve the uncertainty of a parameter's location; null when none would, because what
 * is left is reality's own variation between repetitions or sessions. Sampling error shrinks with the square root of the
 * repetitions, the tails of Student's law with their number, the variation itself not at all.
 */
export function repetitionsToHalve(calibrated: Calibrated): number | null {
  const target = uncertaintyOf(calibrated) / 2;
  const { repetitions } = calibrated;
  const reaches = (count: number): boolean => uncertaintyAfter(calibrated, count) <= target;
  if (!reaches(mostRepetitions)) return null;
  let [tooFew, enough] = [repetitions, mostRepetitions];
  while (enough - tooFew > 1) {
    const middle = Math.floor((tooFew + enough) / 2);
    if (reaches(middle)) enough = middle;
    else tooFew = middle;
  }
  return enough;
}

/** The uncertainty that any number of repetitions leaves. */
export function leastUncertainty(calibrated: Calibrated): number {
  return uncertaintyAfter(calibrated, Math.max(mostRepetitions, calibrated.repetitions));
}

/** The uncertainty that `repetitions` of them would be expected to leave. */
export function uncertaintyAfter(calibrated: Calibrated, repetitions: number): number {
  const { sampling, repetition, session } = deviationsOf(calibrated);
  const shrunk = sampling * Math.sqrt(calibrated.repetitions / repetitions);
  const freedom = freedomOf({ ...calibrated, repetitions });
  return drawnDeviation(Math.hypot(shrunk, repetition, session), freedom);
}

type Repeated = Pick<Calibrated, 'repetitions' | 'load'>;

/** Degrees of freedom of the repetitions; a law of the load takes one more. Infinity: the normal law. */
function freedomOf(calibrated: Repeated | undefined): number {
  if (calibrated === undefined) return Infinity;
  const freedom = calibrated.repetitions - (calibrated.load === null ? 1 : 2);
  return freedom >= 1 ? freedom : Infinity;
}

/** How far the next repetition lies from the mean of the former, in their standard deviations. */
function drawAt(freedom: number, u: number): number {
  const level = (1 - drawnShare) / 2 + drawnShare * u;
  return freedom < Infinity ? studentQuantile(level, freedom) : probit(level);
}

function bounded(logFactor: number): number {
  return Math.min(farthestFactor, Math.max(1 / farthestFactor, Math.exp(logFactor)));
}

/** Standard deviation of the logarithm of factors with this deviation, by the midpoint rule. */
function drawnDeviation(deviation: number, freedom: number): number {
  const draws = drawsOf(freedom);
  const squares = draws.reduce((sum, draw) => sum + Math.log(bounded(deviation * draw)) ** 2, 0);
  return Math.sqrt(squares / draws.length);
}

/** Draws at evenly spaced levels: the same for every parameter with as many repetitions. */
function drawsOf(freedom: number): readonly number[] {
  const known = evenDraws.get(freedom);
  if (known !== undefined) return known;
  const points = 200;
  const draws = Array.from({ length: points }, (_, point) =>
    drawAt(freedom, (point + 0.5) / points),
  );
  evenDraws.set(freedom, draws);
  return draws;
}

const evenDraws = new Map<number, readonly number[]>();

// The parameters of one simulated run: the calibrated (or default) value with its distribution of single observations,
// and, for a rehearsal of one execution, a factor per parameter that stands for what calibration does not know.
import { probit } from 'simple-statistics';
import type { RandomStream } from '../../engine/random.ts';
import { studentQuantile } from '../../engine/statistics/intervals.ts';
import {
  loadFactor,
  quantileLevels,
  type Calibrated,
  type Calibration,
} from '../estate/calibration.ts';
import {
  parameterKinds,
  parameterPaths,
  type Parameter,
  type ParameterPath,
} from '../parameters.ts';

/** Standard normal quantile of 95 %: half of a 90 % interval in standard deviations. */
const z90 = 1.6449;

/** Single observations of a parameter that was never measured spread about its default by this coefficient of variation. */
const defaultObservationCv = 0.3;

/** How far the default itself may be off on another machine (log scale): a factor of two either way in 95 % of cases. */
const defaultUncertainty = Math.log(2) / 2;

/**
 * Farthest that one rehearsal takes a parameter, up or down. One stall during a short calibration makes the repetitions
 * differ by orders of magnitude, and a heavy tail of that would rehearse a machine that stands still for minutes.
 */
const farthestFactor = 5;

/** What one rehearsal makes of a parameter: `location` scales all of it, `spread` the distances from its median. */
interface Factor {
  readonly location: number;
  readonly spread: number;
}

/** A factor per parameter for one rehearsal; 1 and 1 = as calibrated. */
export type Factors = Readonly<Record<ParameterPath, Factor>>;

/** What the model asks for its numbers. */
export interface ParameterSet {
  /** The value that a uniform `u` in [0, 1) stands for, in the parameter's unit. */
  draw(path: ParameterPath, u: number): number;
}

/** Parameters from an overlay (null: all defaults) at a load, each scaled by its factor. */
export function makeParameterSet(
  calibration: Calibration | null,
  factors: Factors,
  requestsPerSec = 0,
): ParameterSet {
  const tables = new Map(
    parameterPaths.map((path) => {
      const table = quantilesOf(path, calibration?.parameters[path]);
      const { location, spread } = factors[path];
      const atLoad = loadFactor(calibration?.parameters[path]?.load ?? null, requestsPerSec);
      return [path, scaled(table, { location: location * atLoad, spread })] as const;
    }),
  );
  return { draw: (path, u) => interpolate(tables.get(path) ?? [], u) };
}

/** No uncertainty: every parameter as calibrated. */
export const neutralFactors: Factors = Object.fromEntries(
  parameterPaths.map((path) => [path, { location: 1, spread: 1 }]),
) as Record<ParameterPath, Factor>;

/**
 * One draw of what calibration leaves open: its own interval, what changes between repetitions and what changes between
 * sessions, as two lognormal factors per parameter. Parameters without calibration spread by what a default may be off on another machine.
 */
export function drawFactors(
  calibration: Calibration | null,
  streamOf: (name: string) => RandomStream,
): Factors {
  const entries = parameterPaths.map((path) => {
    const calibrated = calibration?.parameters[path];
    const stream = streamOf(`calibration/${path}`);
    const location = factorOf(uncertaintyOf(calibrated) * studentDraw(calibrated, stream));
    const spread = factorOf((calibrated?.spreadCv ?? 0) * studentDraw(calibrated, stream));
    return [path, { location, spread }] as const;
  });
  return Object.fromEntries(entries) as Record<ParameterPath, Factor>;
}

/** The origin of every parameter, for the prediction document. */
export function describeParameters(calibration: Calibration | null): Parameter[] {
  return parameterPaths.map((path) => {
    const { unit, defaultValue, source } = parameterKinds[path];
    const calibrated = calibration?.parameters[path];
    if (calibrated === undefined || calibration === null) {
      return { path, value: defaultValue, unit, origin: 'default', source };
    }
    const { value, n, interval90 } = calibrated;
    const date = calibration.createdAt;
    return {
      path,
      value,
      unit,
      origin: 'calibrated',
      source: calibration.method,
      n,
      date,
      interval90,
    };
  });
}

function quantilesOf(path: ParameterPath, calibrated: Calibrated | undefined): readonly number[] {
  if (calibrated !== undefined) return calibrated.quantiles;
  const { defaultValue } = parameterKinds[path];
  return quantileLevels.map(
    (level) => defaultValue * Math.exp(defaultObservationCv * normalQuantile(level)),
  );
}

function factorOf(logFactor: number): number {
  return Math.min(farthestFactor, Math.max(1 / farthestFactor, Math.exp(logFactor)));
}

function uncertaintyOf(calibrated: Calibrated | undefined): number {
  if (calibrated === undefined) return defaultUncertainty;
  const { value, interval90, repetitionCv, sessionCv } = calibrated;
  const relativeError = value > 0 ? (interval90[1] - interval90[0]) / 2 / z90 / value : 0;
  return Math.hypot(relativeError, repetitionCv, sessionCv);
}

function scaled(table: readonly number[], { location, spread }: Factor): readonly number[] {
  const median = interpolate(table, 0.5);
  return table.map((value) => location * Math.max(0, median + spread * (value - median)));
}

/** The value at a level, on straight lines between the tabulated ones. */
function interpolate(table: readonly number[], level: number): number {
  let above = 1;
  while (above < quantileLevels.length - 1 && (quantileLevels[above] ?? 1) < level) above++;
  const [low, high] = [quantileLevels[above - 1] ?? 0, quantileLevels[above] ?? 1];
  const [below, over] = [table[above - 1] ?? 0, table[above] ?? 0];
  return below + ((level - low) / (high - low)) * (over - below);
}

/**
 * How far the next repetition lies from the mean of the former, in their standard deviations: Student's t, because the
 * standard deviation of few repetitions is itself uncertain. Kept within the middle 99 %, so that no rehearsal is of a
 * machine that nobody has seen.
 */
function studentDraw(calibrated: Calibrated | undefined, stream: RandomStream): number {
  const level = 0.005 + 0.99 * stream();
  const fitted = calibrated?.load == null ? 1 : 2;
  const freedom = (calibrated?.repetitions ?? Infinity) - fitted;
  return freedom >= 1 && freedom < Infinity ? studentQuantile(level, freedom) : probit(level);
}

/** Normal quantile, cut to the 2.5 % and 97.5 % points so that a table has a least and a largest value. */
function normalQuantile(level: number): number {
  return probit(Math.min(0.975, Math.max(0.025, level)));
}

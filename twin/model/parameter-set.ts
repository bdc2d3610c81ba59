// The parameters of one simulated run: the calibrated (or default) value with its distribution of single observations,
// and, for a rehearsal of one execution, a factor per parameter that stands for what calibration does not know.
import { probit } from 'simple-statistics';
import type { RandomStream } from '../../engine/random.ts';
import type { Calibrated, Calibration } from '../estate/calibration.ts';
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

/** The 21 levels (0 %, 5 %, … 100 %) at which a distribution is tabulated. */
const levels = Array.from({ length: 21 }, (_, index) => index / 20);

/** Factor per parameter for one rehearsal; 1 = the calibrated value itself. */
export type Factors = Readonly<Record<ParameterPath, number>>;

/** What the model asks for its numbers. */
export interface ParameterSet {
  /** The value that a uniform `u` in [0, 1) stands for, in the parameter's unit. */
  draw(path: ParameterPath, u: number): number;
}

/** Parameters from an overlay (null: all defaults), each scaled by its factor. */
export function makeParameterSet(calibration: Calibration | null, factors: Factors): ParameterSet {
  const tables = new Map(
    parameterPaths.map((path) => {
      const table = quantilesOf(path, calibration?.parameters[path]);
      return [path, table.map((value) => value * factors[path])] as const;
    }),
  );
  return {
    draw(path, u) {
      const table = tables.get(path) ?? [];
      const at = u * (table.length - 1);
      const low = Math.floor(at);
      const below = table[low] ?? 0;
      const above = table[low + 1] ?? below;
      return below + (at - low) * (above - below);
    },
  };
}

/** No uncertainty: every parameter as calibrated. */
export const neutralFactors: Factors = Object.fromEntries(
  parameterPaths.map((path) => [path, 1]),
) as Record<ParameterPath, number>;

/**
 * One draw of what calibration leaves open: its own interval and the spread between repetitions, as a lognormal factor
 * per parameter. Parameters without calibration spread by what a default may be off on another machine.
 */
export function drawFactors(
  calibration: Calibration | null,
  streamOf: (name: string) => RandomStream,
): Factors {
  const entries = parameterPaths.map((path) => {
    const sigma = uncertaintyOf(calibration?.parameters[path]);
    return [path, Math.exp(sigma * standardNormal(streamOf(`calibration/${path}`)))] as const;
  });
  return Object.fromEntries(entries) as Record<ParameterPath, number>;
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
  return levels.map(
    (level) => defaultValue * Math.exp(defaultObservationCv * normalQuantile(level)),
  );
}

function uncertaintyOf(calibrated: Calibrated | undefined): number {
  if (calibrated === undefined) return defaultUncertainty;
  const { value, interval90, repetitionCv } = calibrated;
  const relativeError = value > 0 ? (interval90[1] - interval90[0]) / 2 / z90 / value : 0;
  return Math.hypot(relativeError, repetitionCv);
}

/** Box–Muller from two uniforms. */
function standardNormal(stream: RandomStream): number {
  return Math.sqrt(-2 * Math.log(1 - stream())) * Math.cos(2 * Math.PI * stream());
}

/** Normal quantile, cut to the 2.5 % and 97.5 % points so that a table has a least and a largest value. */
function normalQuantile(level: number): number {
  return probit(Math.min(0.975, Math.max(0.025, level)));
}

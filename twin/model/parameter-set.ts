// The parameters of one simulated run: the calibrated (or default) value with its distribution of single observations,
// and, for a rehearsal of one execution, a factor per parameter that stands for what calibration does not know.
import { probit } from 'simple-statistics';
import type { RandomStream } from '../../engine/random.ts';
import {
  loadFactor,
  quantileLevels,
  sessionOf,
  type Calibrated,
  type Calibration,
} from '../estate/calibration.ts';
import type { CalibrationDoubts } from '../estate/calibration-doubts.ts';
import type { Estate } from '../estate/estate.ts';
import { neededParameters } from '../estate/needed-parameters.ts';
import { factorAt, type FactorName } from '../estate/confidence.ts';
import {
  parameterKinds,
  parameterPaths,
  type Parameter,
  type ParameterPath,
} from '../parameters.ts';

/** Single observations of a parameter that was never measured spread about its default by this coefficient of variation. */
const defaultObservationCv = 0.3;

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
  /** The median where somebody measured the parameter, else null: then the estate may say it better than a default. */
  measured(path: ParameterPath): number | null;
}

/** Parameters from an overlay (null: all defaults) at a load, each scaled by its factor. */
export function makeParameterSet(
  calibration: Calibration | null,
  factors: Factors,
  wakeUpsPerSec = 0,
): ParameterSet {
  const tables = new Map(
    parameterPaths.map((path) => {
      const table = quantilesOf(path, calibration?.parameters[path]);
      const { location, spread } = factors[path];
      const atLoad = loadFactor(calibration?.parameters[path]?.load ?? null, wakeUpsPerSec);
      return [path, scaled(table, { location: location * atLoad, spread })] as const;
    }),
  );
  const draw = (path: ParameterPath, u: number): number => interpolate(tables.get(path) ?? [], u);
  return {
    draw,
    measured: (path) => (calibration?.parameters[path] === undefined ? null : draw(path, 0.5)),
  };
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
    const location = factorAt(calibrated, 'location', stream());
    const spread = factorAt(calibrated, 'spread', stream());
    return [path, { location, spread }] as const;
  });
  return Object.fromEntries(entries) as Record<ParameterPath, Factor>;
}

/** One factor of one parameter at a level of its law; everything else as calibrated. */
export interface Variation {
  readonly path: ParameterPath;
  readonly factor: FactorName;
  /** In [0, 1); 0.5 is the calibrated value. */
  readonly level: number;
}

/** The factors of a rehearsal in which only one is uncertain, for asking what it does to a forecast. */
export function variedFactors(calibration: Calibration | null, variation: Variation): Factors {
  const { path, factor, level } = variation;
  const varied = factorAt(calibration?.parameters[path], factor, level);
  return { ...neutralFactors, [path]: { ...neutralFactors[path], [factor]: varied } };
}

/**
 * The origin of every parameter that predictions of an estate rest on, for the prediction document, with the doubts about
 * those that were measured.
 */
export function describeParameters(
  estate: Pick<Estate, 'fleets' | 'tiers'>,
  calibration: Calibration | null,
  doubts: CalibrationDoubts = {},
): Parameter[] {
  return neededParameters(estate).map((path) => {
    const calibrated = calibration?.parameters[path];
    if (calibrated === undefined || calibration === null) return assumed(path, estate);
    const { unit } = parameterKinds[path];
    const { value, n, interval90, measuredAt: date } = calibrated;
    const doubted = doubts[path];
    const { origin, method } = sessionOf(calibration, calibrated);
    return {
      path,
      value,
      unit,
      origin: origin === 'experiments' ? 'calibrated' : 'production statistics',
      source: method,
      n,
      date,
      interval90,
      ...(doubted === undefined ? {} : { doubts: [...doubted] }),
    };
  });
}

/** A parameter that nobody measured: as the estate says it, or else its default. */
function assumed(
  path: ParameterPath,
  { fleets, tiers }: Pick<Estate, 'fleets' | 'tiers'>,
): Parameter {
  const { unit, defaultValue, source } = parameterKinds[path];
  const tierId = fleets[0]?.shards[0]?.primary.tier;
  const tier = tiers.find(({ id }) => id === tierId);
  if (path !== 'cpu.cores' || tier === undefined) {
    return { path, value: defaultValue, unit, origin: 'default', source };
  }
  return {
    path,
    value: tier.vcpus,
    unit,
    origin: 'given',
    source: `tier ${tier.id} of the estate`,
  };
}

function quantilesOf(path: ParameterPath, calibrated: Calibrated | undefined): readonly number[] {
  if (calibrated !== undefined) return calibrated.quantiles;
  const { defaultValue } = parameterKinds[path];
  return quantileLevels.map(
    (level) => defaultValue * Math.exp(defaultObservationCv * normalQuantile(level)),
  );
}

function scaled(table: readonly number[], { location, spread }: Factor): readonly number[] {
  const median = interpolate(table, 0.5);
  return table.map((value) => location * Math.max(0, median + spread * (value - median)));
}

/** The value at a level, on straight lines between the tabulated ones. */
function interpolate(table: readonly number[], level: number): number {
  // Most levels are every 5 %, so that the search can begin next to its end.
  let above = Math.max(1, Math.floor(level * 20));
  while (above < quantileLevels.length - 1 && (quantileLevels[above] ?? 1) < level) above++;
  const [low, high] = [quantileLevels[above - 1] ?? 0, quantileLevels[above] ?? 1];
  const [below, over] = [table[above - 1] ?? 0, table[above] ?? 0];
  return below + ((level - low) / (high - low)) * (over - below);
}

/** Normal quantile, cut to the 2.5 % and 97.5 % points so that a table has a least and a largest value. */
function normalQuantile(level: number): number {
  return probit(Math.min(0.975, Math.max(0.025, level)));
}

// Many metrics → one score. Every repetition is one execution that is held against the forecast by itself; errors and
// widths are of a metric as a whole. What a metric cannot say (no value to divide by, one repetition only) it leaves out.
import { mean, median, sampleStandardDeviation } from 'simple-statistics';
import { normalQuantile } from '../../engine/special.ts';
import { shareInterval } from '../../engine/statistics/scores.ts';
import type { Interval } from '../document.ts';
import { crpsOf, isInside, relativeError } from '../forecast.ts';
import type { ScoredMetric } from './case.ts';
import type { MetricFamily } from './families.ts';
import { sharpTimes } from './goals.ts';
import type { Coverage, Rival, Score } from './record.ts';

/** The intervals of a forecast that the record keeps count of. */
const levels = [
  [0.5, 'pi50'],
  [0.8, 'pi80'],
  [0.9, 'pi90'],
] as const;

/** A metric of a whole record needs more than a metric of its own: how its family repeats itself. */
export type Repeatabilities = ReadonlyMap<MetricFamily, number>;

/** The score of these metrics, valid or not. */
export function tally(metrics: readonly ScoredMetric[], repeat: Repeatabilities): Score {
  const valid = metrics.filter((one) => one.valid);
  const uncertain = valid.filter((one) => !isCertain(one));
  const widths = uncertain.flatMap((one) => widthOf(one, repeat.get(one.family) ?? 0) ?? []);
  return {
    metrics: valid.length,
    invalid: metrics.length - valid.length,
    certain: valid.length - uncertain.length,
    medianError: medianOrNull(valid.flatMap((one) => absoluteError(one) ?? [])),
    coverage: levels.map(([level, name]) => coverageAt(level, name, uncertain)),
    sharp: { metrics: widths.filter((width) => width <= sharpTimes).length, of: widths.length },
    width: medianOrNull(widths),
    crps: meanOrNull(valid.flatMap((one) => relativeCrps(one) ?? [])),
    lastValue: rivalOf(valid, ({ naive }) => naive.lastValue),
    textbook: rivalOf(valid, ({ naive }) => naive.textbook),
    repeatability: medianOrNull(valid.flatMap((one) => variationOf(one) ?? [])),
  };
}

/** Per family the median coefficient of variation between the repetitions of a metric. */
export function repeatabilities(metrics: readonly ScoredMetric[]): Repeatabilities {
  const groups = Map.groupBy(
    metrics.filter(({ valid }) => valid),
    ({ family }) => family,
  );
  return new Map(
    [...groups].map(([family, own]) => [
      family,
      medianOrNull(own.flatMap((one) => variationOf(one) ?? [])) ?? 0,
    ]),
  );
}

/** Predicted median against the median of the repetitions, absolute and relative; null when nothing was to divide by. */
export function absoluteError({ forecast, measured }: ScoredMetric): number | null {
  const error = relativeError(forecast.median, median([...measured]));
  return error === null ? null : Math.abs(error);
}

/** A forecast of one number that came true every time: there is nothing an interval could have missed. */
function isCertain({ forecast: { pi95 }, measured }: ScoredMetric): boolean {
  return pi95[0] === pi95[1] && measured.every((value) => value === pi95[0]);
}

function coverageAt(
  level: number,
  name: (typeof levels)[number][1],
  metrics: readonly ScoredMetric[],
): Coverage {
  const of = metrics.reduce((sum, { measured }) => sum + measured.length, 0);
  const inside = metrics.reduce(
    (sum, { forecast, measured }) =>
      sum + measured.filter((value) => isInside(value, forecast[name])).length,
    0,
  );
  // Repetitions of a metric share what its forecast could not know, so they are no independent trials; metrics are nearer.
  const trials = metrics.filter(({ measured }) => measured.length > 0).length;
  const interval95 = shareInterval(of === 0 ? 0 : (inside / of) * trials, trials);
  return { level, inside, of, interval95 };
}

/** Two-sided 90 % of a normal law, in standard deviations. */
const spread90 = 2 * normalQuantile(0.95);

/**
 * Width of the 90 % interval in multiples of what nobody can predict: how far 90 % of repetitions lie apart (by the
 * repeatability of the family, since a metric has few repetitions), or 90 % of fresh traces in the twin, whichever is more.
 */
function widthOf(
  { forecast, freshSpread90, measured }: ScoredMetric,
  repeatability: number,
): number | null {
  const repeated = spread90 * repeatability * Math.abs(median([...measured]));
  const unit = Math.max(repeated, freshSpread90 ?? 0);
  return unit === 0 ? null : lengthOf(forecast.pi90) / unit;
}

function lengthOf([low, high]: Interval): number {
  return high - low;
}

function relativeCrps({ forecast, measured }: ScoredMetric): number | null {
  const scale = Math.abs(median([...measured]));
  return scale === 0 ? null : mean(measured.map((value) => crpsOf(forecast, value))) / scale;
}

/** A naive forecast is one number, of which the CRPS is the absolute error. */
function rivalOf(
  metrics: readonly ScoredMetric[],
  naiveOf: (metric: ScoredMetric) => number | null,
): Rival | null {
  const pairs = metrics.flatMap((one) => {
    const model = relativeCrps(one);
    const naive = naiveOf(one);
    if (model === null || naive === null) return [];
    const scale = Math.abs(median([...one.measured]));
    return [{ model, naive: mean(one.measured.map((value) => Math.abs(naive - value))) / scale }];
  });
  if (pairs.length === 0) return null;
  return {
    metrics: pairs.length,
    model: mean(pairs.map(({ model }) => model)),
    naive: mean(pairs.map(({ naive }) => naive)),
  };
}

/** Coefficient of variation between repetitions; null for one repetition, or about zero. */
function variationOf({ measured }: ScoredMetric): number | null {
  if (measured.length < 2) return null;
  const about = Math.abs(mean([...measured]));
  return about === 0 ? null : sampleStandardDeviation([...measured]) / about;
}

function medianOrNull(values: readonly number[]): number | null {
  return values.length === 0 ? null : median([...values]);
}

function meanOrNull(values: readonly number[]): number | null {
  return values.length === 0 ? null : mean([...values]);
}

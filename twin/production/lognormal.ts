// A parameter from means and deviations instead of single observations: a lognormal law is assumed, whose median and
// sigma follow from both, and windows of the observation are its repetitions.
import { probit } from 'simple-statistics';
import { assert } from '../../engine/failure.ts';
import { meanInterval } from '../../engine/statistics/intervals.ts';
import { quantileLevels, type Calibrated } from '../estate/calibration.ts';

/** What one window tells of a duration: how often, its mean and the standard deviation of single ones. */
export interface Moments {
  readonly n: number;
  readonly mean: number;
  readonly deviation: number;
}

/** 95 % quantile of the normal law, for two-sided 90 % intervals. */
const z90 = 1.6449;

/** Tables end where one observation in two hundred lies beyond: nothing is known of the law further out. */
const [leastLevel, mostLevel] = [0.005, 0.995];

/** Median and sigma (of the logarithm) of the lognormal law with these moments (Johnson, Kotz & Balakrishnan, ch. 14). */
export function lognormalFrom({ mean, deviation }: Pick<Moments, 'mean' | 'deviation'>): {
  readonly median: number;
  readonly sigma: number;
} {
  const cv = mean > 0 ? deviation / mean : 0;
  return { median: mean / Math.sqrt(1 + cv * cv), sigma: Math.sqrt(Math.log1p(cv * cv)) };
}

/** The moments of all windows together. */
export function pool(windows: readonly Moments[]): Moments {
  const n = windows.reduce((sum, window) => sum + window.n, 0);
  if (n === 0) return { n: 0, mean: 0, deviation: 0 };
  const mean = windows.reduce((sum, window) => sum + window.n * window.mean, 0) / n;
  const squares = windows.reduce(
    (sum, window) => sum + window.n * (window.deviation ** 2 + (window.mean - mean) ** 2),
    0,
  );
  return { n, mean, deviation: Math.sqrt(squares / n) };
}

/** The moments of a sum of two independent durations. */
export function addMoments(first: Moments, second: Moments): Moments {
  return {
    n: Math.min(first.n, second.n),
    mean: first.mean + second.mean,
    deviation: Math.hypot(first.deviation, second.deviation),
  };
}

/** A calibrated parameter of windows with at least one observation each; each window is a repetition. */
export function calibratedFrom(
  windows: readonly Moments[],
  unit: Calibrated['unit'],
): Omit<Calibrated, 'measuredAt' | 'sessionCv'> {
  assert(windows.length > 0 && windows.every(({ n }) => n > 0), 'every window observed something');
  const all = pool(windows);
  const { median, sigma } = lognormalFrom(all);
  const laws = windows.map(lognormalFrom);
  const medians = laws.map((law) => law.median);
  const halfWidth = Math.max(
    (z90 * all.deviation) / Math.sqrt(all.n),
    windows.length > 1 ? z90Between(medians) : 0,
  );
  return {
    load: null,
    value: median,
    unit,
    n: all.n,
    interval90: [Math.max(0, median - halfWidth), median + halfWidth],
    repetitions: windows.length,
    repetitionCv: variation(medians),
    // From the median to the 95 % quantile, as calibration by experiments has it.
    spreadCv: variation(laws.map((law) => law.median * Math.expm1(z90 * law.sigma))),
    quantiles: quantileLevels.map((level) => {
      const within = Math.min(mostLevel, Math.max(leastLevel, level));
      return median * Math.exp(sigma * probit(within));
    }),
  };
}

/** Half the width of the 90 % interval of the mean of the windows' medians. */
function z90Between(medians: readonly number[]): number {
  const { low, high } = meanInterval(medians, 0.9);
  return (high - low) / 2;
}

function variation(values: readonly number[]): number {
  const { sd, mean } = meanInterval(values);
  return mean > 0 ? sd / mean : 0;
}

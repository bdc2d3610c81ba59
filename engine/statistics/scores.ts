// Scores of forecasts that are held against what happened: the continuous ranked probability score of a forecast given
// by quantiles, the Brier score of a forecast given by a probability with Murphy's decomposition, and the interval of
// a share that coverage is told with.
import { assert } from '../failure.ts';
import { normalQuantile } from '../special.ts';

/** One quantile of a forecast: the outcome is at most `value` with probability `level`. */
export type ForecastQuantile = readonly [level: number, value: number];

/**
 * Continuous ranked probability score, in the unit of the outcome: the smaller the better, the absolute error when the
 * forecast is one number. By the quantile decomposition: twice the integral of the pinball loss over all levels
 * (Gneiting and Raftery 2007, sec. 4.2), by the trapezoidal rule on the levels given, which must ascend within (0, 1);
 * beyond the outermost two the quantile is taken to stay where it is.
 */
export function quantileCrps(quantiles: readonly ForecastQuantile[], outcome: number): number {
  const [first, last] = [quantiles.at(0), quantiles.at(-1)];
  assert(first !== undefined && last !== undefined, 'a forecast states at least one quantile');
  const levels: readonly ForecastQuantile[] = [[0, first[1]], ...quantiles, [1, last[1]]];
  const loss = levels.map(([level, value]) =>
    outcome < value ? (1 - level) * (value - outcome) : level * (outcome - value),
  );
  let area = 0;
  for (let index = 1; index < levels.length; index++) {
    const width = (levels[index]?.[0] ?? 0) - (levels[index - 1]?.[0] ?? 0);
    assert(width >= 0, 'the levels of a forecast ascend');
    area += (width * ((loss[index] ?? 0) + (loss[index - 1] ?? 0))) / 2;
  }
  return 2 * area;
}

/** An event that was forecast with a probability, and whether it happened. */
export interface ForecastEvent {
  readonly probability: number;
  readonly happened: boolean;
}

/** `brier` = `reliability` − `resolution` + `uncertainty`; the smaller `brier` and `reliability`, the larger `resolution`, the better. */
export interface BrierScore {
  readonly n: number;
  readonly brier: number;
  readonly reliability: number;
  readonly resolution: number;
  readonly uncertainty: number;
}

/**
 * Mean squared error of probabilities (Brier 1950) with the decomposition of Murphy (1973). Events are grouped by equal
 * probabilities, which makes the decomposition an identity; there must be at least one.
 */
export function brierScore(events: readonly ForecastEvent[]): BrierScore {
  const n = events.length;
  assert(n > 0, 'no event has no score');
  const base = shareHappened(events);
  let brier = 0;
  let reliability = 0;
  let resolution = 0;
  for (const [probability, group] of Map.groupBy(events, (one) => one.probability)) {
    const seen = shareHappened(group);
    for (const { happened } of group) brier += (probability - (happened ? 1 : 0)) ** 2;
    reliability += group.length * (probability - seen) ** 2;
    resolution += group.length * (seen - base) ** 2;
  }
  return {
    n,
    brier: brier / n,
    reliability: reliability / n,
    resolution: resolution / n,
    uncertainty: base * (1 - base),
  };
}

/**
 * The interval of a share that `hits` of `n` independent trials leave, by Wilson's score (1927): within [0, 1], and
 * honest for few trials and for shares near 0 and 1. `n` = 0 leaves everything open.
 */
export function shareInterval(hits: number, n: number, level = 0.95): [number, number] {
  assert(hits >= 0 && hits <= n, `${hits} of ${n} is a share`);
  if (n === 0) return [0, 1];
  const z = normalQuantile((1 + level) / 2);
  const share = hits / n;
  const middle = (share + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const half =
    (z / (1 + (z * z) / n)) * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n));
  // At the ends the formula is exact only up to rounding.
  return [hits === 0 ? 0 : Math.max(0, middle - half), hits === n ? 1 : Math.min(1, middle + half)];
}

function shareHappened(events: readonly ForecastEvent[]): number {
  return events.filter(({ happened }) => happened).length / events.length;
}

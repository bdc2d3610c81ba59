// Scores of forecasts that are held against what happened: the continuous ranked probability score of a forecast given
// by quantiles, the Brier score of a forecast given by a probability with Murphy's decomposition, and the interval of
// a share that coverage is told with.
import { assert } from '../failure.ts';
import { incompleteBeta, invertIncreasing, normalCumulative, normalQuantile } from '../special.ts';

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

/**
 * The same score of a forecast given by an ensemble: the members' mean distance from the outcome less half of that from each
 * other. `fair` compares no member with itself, which is the score of a forecast of infinitely many such members.
 */
export function ensembleCrps(members: readonly number[], outcome: number, isFair = false): number {
  const m = members.length;
  assert(m > 0 && (m > 1 || !isFair), 'an ensemble has members, a fair one two');
  const away = members.reduce((sum, member) => sum + Math.abs(member - outcome), 0) / m;
  let apart = 0;
  for (const a of members) for (const b of members) apart += Math.abs(a - b);
  return away - apart / (2 * m * (isFair ? m - 1 : m));
}

/** The same of a normal forecast (Gneiting and others 2005, eq. 5). */
export function normalCrps(mean: number, sd: number, outcome: number): number {
  assert(sd > 0, `a normal law spreads by more than ${sd}`);
  const z = (outcome - mean) / sd;
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  return sd * (z * (2 * normalCumulative(z) - 1) + 2 * density - 1 / Math.sqrt(Math.PI));
}

/** Mean surprise in nats at what happened: infinite when something happened that was given no chance. */
export function logLoss(events: readonly ForecastEvent[]): number {
  assert(events.length > 0, 'no event has no score');
  const losses = events.map(
    ({ probability, happened }) => -Math.log(happened ? probability : 1 - probability),
  );
  return losses.reduce((sum, loss) => sum + loss, 0) / events.length;
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

/** The exact interval of such a share (Clopper and Pearson 1934): never too narrow, for few trials a good deal too wide. */
export function exactShareInterval(hits: number, n: number, level = 0.95): [number, number] {
  assert(hits >= 0 && hits <= n && n > 0, `${hits} of ${n} is a share`);
  const tail = (1 - level) / 2;
  const low =
    hits === 0 ? 0 : invertIncreasing((p) => incompleteBeta(p, hits, n - hits + 1), tail, 0, 1);
  const high =
    hits === n ? 1 : invertIncreasing((p) => incompleteBeta(p, hits + 1, n - hits), 1 - tail, 0, 1);
  return [low, high];
}

function shareHappened(events: readonly ForecastEvent[]): number {
  return events.filter(({ happened }) => happened).length / events.length;
}

// Replications → the numbers of a prediction: estimates of means with 95 % intervals, forecasts of one execution with
// prediction intervals, bands over time.
import {
  centralInterval,
  meanInterval,
  pairedInterval,
  sampleQuantile,
} from '../engine/statistics/intervals.ts';
import type { Step } from '../twin/actions/action.ts';
import { phaseSchema, type Estimate, type Forecast } from '../twin/document.ts';
import { metricKinds, parseMetricId } from '../twin/metrics.ts';
import type { Band, Prediction, PredictedMetric } from '../twin/prediction.ts';
import type { ReplicationResult } from './replication.ts';

/** A forecast of one execution from one value per rehearsal. */
export function forecastOf(values: readonly number[], basis: Forecast['basis']): Forecast {
  return {
    median: sampleQuantile(values, 0.5),
    pi50: centralInterval(values, 0.5),
    pi80: centralInterval(values, 0.8),
    pi90: centralInterval(values, 0.9),
    pi95: centralInterval(values, 0.95),
    basis,
    includes: ['service', 'calibration', 'repetition'],
  };
}

/** Every metric that each replication of both ensembles has; one that is missing somewhere has no honest interval. */
export function summariseMetrics(
  fresh: readonly ReplicationResult[],
  rehearsals: readonly ReplicationResult[],
): PredictedMetric[] {
  const keys = Object.keys(rehearsals[0]?.candidate ?? {}).filter(
    (key) => !key.includes(' step_ms.'),
  );
  return keys.flatMap((key): PredictedMetric[] => {
    const executed = valuesOf(rehearsals.map(({ candidate }) => candidate[key]));
    const candidate = valuesOf(fresh.map((one) => one.candidate[key]));
    if (executed === null || candidate === null) return [];
    // A metric of the action itself (its fence, its duration) is zero where nothing is done.
    const isOfAction = !(key in (fresh[0]?.baseline ?? {}));
    const baseline = isOfAction
      ? candidate.map(() => 0)
      : valuesOf(fresh.map((one) => one.baseline[key]));
    if (baseline === null) return [];
    const space = key.indexOf(' ');
    const phase = phaseSchema.parse(key.slice(0, space));
    const metric = key.slice(space + 1);
    const [low, high] = centralInterval(candidate, 0.9);
    const resolution = resolutionOf(
      metric,
      rehearsals.map(({ phaseMs }) => phaseMs[phase] ?? 0),
    );
    return [
      {
        metric,
        phase,
        unit: metricKinds[parseMetricId(metric).name].unit,
        baseline: estimateOf(meanInterval(baseline)),
        candidate: estimateOf(meanInterval(candidate)),
        delta: estimateOf(pairedInterval(baseline, candidate)),
        forecast: widen(forecastOf(executed, 'trace'), resolution),
        freshSpread90: high - low,
      },
    ];
  });
}

/**
 * The resolution of what is counted. A request that is answered next to a cut may fall on either side of it, and a phase has
 * two cuts, so its count is known to two requests; writes are lost up to one cut, the crash. Other metrics are not counted.
 */
function resolutionOf(metric: string, phaseMs: readonly number[]): number {
  const { name } = parseMetricId(metric);
  if (name === 'lost_writes') return 1;
  if (name !== 'throughput_per_s') return 0;
  const lengthMs = sampleQuantile(phaseMs, 0.5);
  return lengthMs > 0 ? 2_000 / lengthMs : 0;
}

function widen(forecast: Forecast, by: number): Forecast {
  const wider = ([low, high]: readonly [number, number]): [number, number] => [
    Math.max(0, low - by),
    high + by,
  ];
  const { pi50, pi80, pi90, pi95 } = forecast;
  return {
    ...forecast,
    pi50: wider(pi50),
    pi80: wider(pi80),
    pi90: wider(pi90),
    pi95: wider(pi95),
  };
}

/** When each step starts and how long it takes. */
export function summariseSteps(
  steps: readonly Pick<Step, 'id' | 'fenced'>[],
  rehearsals: readonly ReplicationResult[],
): Prediction['steps'] {
  return steps.map(({ id, fenced }) => {
    const seen = rehearsals.flatMap((one) => one.steps.filter(({ step }) => step === id));
    return {
      step: id,
      fenced,
      startMs: forecastOf(
        seen.map(({ startMs }) => startMs),
        'trace',
      ),
      durationMs: forecastOf(
        seen.map(({ durationMs }) => durationMs),
        'trace',
      ),
    };
  });
}

/** Per window the 5 %, 50 % and 95 % quantiles over the rehearsals; null where fewer than half have a value. */
export function summariseBands(rehearsals: readonly ReplicationResult[]): Band[] {
  return (rehearsals[0]?.series ?? []).map(({ metric, stepMs, values }, index) => {
    const windows = values.map((_, window) => {
      const seen = rehearsals.flatMap((one) => one.series[index]?.values[window] ?? []);
      return seen.length * 2 < rehearsals.length ? null : seen;
    });
    const quantile = (level: number): (number | null)[] =>
      windows.map((seen) => (seen === null ? null : sampleQuantile(seen, level)));
    return { metric, stepMs, p05: quantile(0.05), p50: quantile(0.5), p95: quantile(0.95) };
  });
}

function estimateOf({ mean, low, high }: { mean: number; low: number; high: number }): Estimate {
  return { mean, ci95: [low, high] };
}

function valuesOf(values: readonly (number | undefined)[]): readonly number[] | null {
  return values.every((value) => value !== undefined) && values.length > 1 ? values : null;
}

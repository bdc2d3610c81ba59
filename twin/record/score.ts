// One case → its facts for the record: what was forecast, what each undisturbed repetition showed, what naive forecasts
// would have said, and whether there were enough requests for each statistic to mean anything. Judges nothing: scores
// are made of many cases (summary.ts). The rules of validity are fixed here, beforehand and for all cases alike.
import type { Phase } from '../document.ts';
import { checkGates, type GateResult } from '../gates.ts';
import { stepDurations, type Measurement } from '../measurement.ts';
import { metricId, parseMetricId } from '../metrics.ts';
import { onlyFleet } from '../model/platform.ts';
import type { Prediction } from '../prediction.ts';
import type { CaseIdentity, CaseScore, ScoredMetric } from './case.ts';
import { familyOf } from './families.ts';
import { lastValue, textbookForecast } from './naive.ts';
import { OfferedLoad, type Offered } from './offered.ts';

/** A case that was played: everything that was known before, and one measurement per repetition. */
export interface PlayedCase extends Pick<Offered, 'estate' | 'load' | 'actions'> {
  readonly identity: CaseIdentity;
  readonly prediction: Prediction;
  readonly measurements: readonly Measurement[];
  /** Cases of the same campaign that were scored before this one, for the naive forecast "as last time". */
  readonly earlier: readonly CaseScore[];
}

/** Fewest requests of all repetitions together that a statistic of latency may rest on. */
const fewestRequests: Readonly<Record<string, number>> = {
  mean: 200,
  p50: 200,
  p95: 2_000,
  p99: 5_000,
};

/** Fewest requests for a share or a rate, and fewest samples for a quantile of the lag, which is looked at by the clock. */
const fewestForMean = 200;
const fewestSamples: Readonly<Record<string, number>> = { p50: 60, p95: 200 };

/** The facts of a case that was played. `invalid` when a gate failed in every repetition. */
export function scoreCase(played: PlayedCase): CaseScore {
  const { identity, prediction, measurements } = played;
  const gates = measurements.map(({ conditions }) => checkGates(conditions));
  const counting = measurements.filter((_, index) => gates[index]?.every(({ pass }) => pass));
  const disturbed = disturbance(gates);
  const offered = new OfferedLoad({
    ...played,
    plays: identity.plays,
    parameters: prediction.parameters,
  });
  return {
    schema: 'premortem/case/v1',
    ...identity,
    prediction: prediction.digest,
    status: counting.length === 0 ? 'invalid' : 'scored',
    reason: counting.length === 0 ? disturbed : '',
    gates,
    classKinds: [...new Set(onlyFleet(played.estate).classes.map(({ kind }) => kind))],
    writesPerSec: offered.writesPerSec(),
    metrics: forecastsOf(prediction, identity.plays).map((one) =>
      scoreMetric(one, { played, counting, disturbed, offered }),
    ),
    slos: prediction.slos.map((slo) => ({
      ...slo,
      broken: valuesOf(counting, slo).map(({ value }) => value > slo.limitMs),
    })),
    exact: prediction.exact.map(({ claim, value }) => {
      const measured = measurements.map(
        (one) => one.exact.find((fact) => fact.claim === claim)?.value ?? null,
      );
      // A claim that nobody could check does not hold: silence proves nothing.
      const holds = measured.length > 0 && measured.every((fact) => fact === value);
      return { claim, predicted: value, measured, holds };
    }),
  };
}

/** A case that could not be played to its end. It stays in the record with its reason. */
export function failedCase(
  identity: CaseIdentity,
  reason: string,
  prediction: Prediction | null = null,
): CaseScore {
  return {
    schema: 'premortem/case/v1',
    ...identity,
    prediction: prediction?.digest ?? null,
    status: 'failed',
    reason,
    gates: [],
    classKinds: [],
    writesPerSec: null,
    metrics: [],
    slos: [],
    exact: [],
  };
}

type Forecasted = Pick<ScoredMetric, 'metric' | 'phase' | 'unit' | 'forecast' | 'freshSpread90'>;

/** Faults that last as long as they are told to, which is no forecast. */
const leased = ['pause-replay', 'limit-bandwidth'];

/**
 * Everything that the prediction forecasts: metrics, and durations of steps as the metrics that they are measured as. Where
 * nothing but a leased fault is played, how long it lasts is given, and being right about it proves nothing.
 */
function forecastsOf({ metrics, steps }: Prediction, plays: readonly string[]): Forecasted[] {
  const isLease = plays.length > 0 && plays.every((play) => leased.includes(play));
  const all = [
    ...metrics.map(({ metric, phase, unit, forecast, freshSpread90 }) => ({
      metric,
      phase,
      unit,
      forecast,
      freshSpread90,
    })),
    ...steps.map(({ step, durationMs }) => ({
      metric: metricId('step_ms', 'value', { step }),
      phase: 'all' as const,
      unit: 'ms',
      forecast: durationMs,
      freshSpread90: null,
    })),
  ];
  if (!isLease) return all;
  return all.filter(
    ({ metric }) => !['step_ms', 'duration_ms'].includes(parseMetricId(metric).name),
  );
}

interface Scoring {
  readonly played: PlayedCase;
  readonly counting: readonly Measurement[];
  readonly disturbed: string;
  readonly offered: OfferedLoad;
}

function scoreMetric(
  forecasted: Forecasted,
  { played, counting, disturbed, offered }: Scoring,
): ScoredMetric {
  const { metric, phase } = forecasted;
  const family = familyOf(metric, (id) => offered.class(id)?.kind);
  const operation = offered.class(parseMetricId(metric).labels['class'] ?? '');
  const values = valuesOf(counting, { metric, phase });
  const n = values.reduce((sum, one) => sum + one.n, 0);
  const reason =
    counting.length === 0
      ? disturbed
      : values.length === 0
        ? 'not measured in any repetition'
        : tooFew(metric, n);
  return {
    ...forecasted,
    family,
    serviceMs: operation === undefined ? null : offered.serviceMs(operation),
    measured: values.map(({ value }) => value),
    n,
    valid: reason === '',
    reason,
    naive: {
      lastValue: lastValue({ metric, phase, family }, played.identity, played.earlier),
      textbook: textbookForecast(offered, metric, phase),
    },
  };
}

/** Why so few requests cannot carry the statistic, or nothing. */
function tooFew(metric: string, n: number): string {
  const { name, stat } = parseMetricId(metric);
  const isLag = name.startsWith('lag_');
  const fewest =
    name === 'latency_ms'
      ? fewestRequests[stat]
      : isLag
        ? fewestSamples[stat]
        : stat === 'mean'
          ? fewestForMean
          : 0;
  if (n >= (fewest ?? 0)) return '';
  return `fewer ${isLag ? 'samples' : 'requests'} than ${stat} needs`;
}

function valuesOf(
  measurements: readonly Measurement[],
  { metric, phase }: { readonly metric: string; readonly phase: Phase },
): { value: number; n: number }[] {
  return measurements.flatMap((one): { value: number; n: number }[] => {
    const found = one.values.find((value) => value.metric === metric && value.phase === phase);
    if (found !== undefined) return [found];
    const { name, labels } = parseMetricId(metric);
    const stepMs =
      name === 'step_ms' ? stepDurations(one.steps).get(labels['step'] ?? '') : undefined;
    return stepMs === undefined ? [] : [{ value: stepMs, n: 1 }];
  });
}

/** The gates that failed, each once, as words. */
function disturbance(gates: readonly (readonly GateResult[])[]): string {
  if (gates.length === 0) return 'no repetition was measured';
  const failed = gates.flat().filter(({ pass }) => !pass);
  const words = new Map(failed.map(({ gate, why }) => [gate, why]));
  return [...words].map(([gate, why]) => `gate ${gate}: ${why}`).join('; ');
}

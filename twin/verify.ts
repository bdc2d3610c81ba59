// Verification: one prediction held against one measurement of the same trace. Statistical metrics are confirmed when
// the measured value lies in the 90 % interval of one execution, refuted when outside, invalid when a gate says that
// the host disturbed the measurement; exact claims are always judged.
import { z } from 'zod';
import { digestOf } from '../engine/digest.ts';
import { UserError } from '../engine/failure.ts';
import { digestSchema, intervalSchema, phaseSchema } from './document.ts';
import { crpsOf, isInside, relativeError } from './forecast.ts';
import { checkGates, type GateResult } from './gates.ts';
import { stepDurations, type Measurement } from './measurement.ts';
import type { Prediction } from './prediction.ts';

const verdictSchema = z.enum(['confirmed', 'refuted', 'invalid']);

/** Its digest covers the two digests that it compares, so it cannot be attached to another pair. */
export const verificationSchema = z.strictObject({
  schema: z.literal('premortem/verification/v1'),
  prediction: digestSchema,
  measurement: digestSchema,
  gates: z.array(
    z.strictObject({
      gate: z.string(),
      limit: z.number(),
      value: z.number().nullable(),
      unit: z.string(),
      pass: z.boolean(),
      why: z.string(),
    }),
  ),
  metrics: z.array(
    z.strictObject({
      metric: z.string(),
      phase: phaseSchema,
      unit: z.string(),
      median: z.number(),
      pi90: intervalSchema,
      measured: z.number(),
      n: z.int().nonnegative(),
      verdict: verdictSchema,
      reason: z.string(),
      relativeError: z.number().nullable(),
      crps: z.number().nullable(),
    }),
  ),
  steps: z.array(
    z.strictObject({
      step: z.string(),
      predictedMs: z.strictObject({ median: z.number(), pi90: intervalSchema }),
      measuredMs: z.number(),
      verdict: verdictSchema,
      relativeError: z.number().nullable(),
    }),
  ),
  exact: z.array(
    z.strictObject({
      claim: z.string(),
      predicted: z.number(),
      measured: z.number().nullable(),
      verdict: z.enum(['confirmed', 'refuted']),
    }),
  ),
  verdict: verdictSchema,
});
export type Verification = z.infer<typeof verificationSchema>;
type MetricVerdict = Verification['metrics'][number];

/** Fewest requests, or looks at a standby, that a statistic of one phase may rest on before its verdict counts. */
const fewestRequests: Readonly<Record<string, number>> = { p50: 20, mean: 20, p95: 60, p99: 300 };

/**
 * Share of statistical metrics that a correct model may still see outside of its 90 % intervals before the whole is called
 * refuted: twice the expected tenth, since metrics of one run share their disturbances.
 */
const refutedShareAllowed = 0.2;

/** Compares. Throws a UserError when the measurement played another trace than the one predicted. */
export function verify(prediction: Prediction, measurement: Measurement): Verification {
  if (prediction.trace !== measurement.trace) {
    throw new UserError('refused', {
      message: 'the measurement played another request trace than the prediction was made for',
      remedy: 'verify a run against the prediction that its plan is bound to',
    });
  }
  const gateResults = checkGates(measurement.conditions);
  const metrics = prediction.metrics.flatMap((predicted): MetricVerdict[] => {
    const measured = measurement.values.find(
      ({ metric, phase }) => metric === predicted.metric && phase === predicted.phase,
    );
    if (measured === undefined) return [];
    return [judgeMetric(predicted, measured, gateResults)];
  });
  const steps = judgeSteps(prediction, measurement, gateResults);
  const exact = judgeExact(prediction, measurement);
  return {
    schema: 'premortem/verification/v1',
    prediction: prediction.digest,
    measurement: digestOf(measurement),
    gates: gateResults,
    metrics,
    steps,
    exact,
    verdict: overall(metrics, exact, gateResults),
  };
}

function judgeMetric(
  predicted: Prediction['metrics'][number],
  measured: Measurement['values'][number],
  gateResults: readonly GateResult[],
): MetricVerdict {
  const { metric, phase, unit, forecast } = predicted;
  const failed = gateResults.find(({ pass }) => !pass);
  const stat = /\.([a-z0-9]+)/.exec(metric)?.[1] ?? '';
  const fewest = fewestRequests[stat] ?? 0;
  const observed = metric.startsWith('lag_') ? 'looks' : 'requests';
  const few = /^(?:latency|lag)_/.test(metric) && measured.n < fewest;
  const inside = isInside(measured.value, forecast.pi90);
  const verdict = failed !== undefined || few ? 'invalid' : inside ? 'confirmed' : 'refuted';
  const reason =
    failed !== undefined
      ? `gate ${failed.gate}: ${failed.why}`
      : few
        ? `only ${measured.n} ${observed}; ${stat} needs ${fewest}`
        : inside
          ? 'inside the 90 % interval'
          : 'outside the 90 % interval';
  return {
    metric,
    phase,
    unit,
    median: forecast.median,
    pi90: forecast.pi90,
    measured: measured.value,
    n: measured.n,
    verdict,
    reason,
    relativeError: relativeError(forecast.median, measured.value),
    crps: crpsOf(forecast, measured.value),
  };
}

function judgeSteps(
  prediction: Prediction,
  measurement: Measurement,
  gateResults: readonly GateResult[],
): Verification['steps'] {
  const measured = stepDurations(measurement.steps);
  const isDisturbed = gateResults.some(({ pass }) => !pass);
  return prediction.steps.flatMap(({ step, durationMs }): Verification['steps'] => {
    const measuredMs = measured.get(step);
    if (measuredMs === undefined) return [];
    const inside = isInside(measuredMs, durationMs.pi90);
    return [
      {
        step,
        predictedMs: { median: durationMs.median, pi90: durationMs.pi90 },
        measuredMs,
        verdict: isDisturbed ? 'invalid' : inside ? 'confirmed' : 'refuted',
        relativeError: relativeError(durationMs.median, measuredMs),
      },
    ];
  });
}

function judgeExact(prediction: Prediction, measurement: Measurement): Verification['exact'] {
  return prediction.exact.map(({ claim, value }) => {
    const measured = measurement.exact.find((one) => one.claim === claim)?.value ?? null;
    return {
      claim,
      predicted: value,
      measured,
      // A claim that nobody could check is not confirmed: silence proves nothing.
      verdict: measured === value ? 'confirmed' : 'refuted',
    };
  });
}

function overall(
  metrics: readonly MetricVerdict[],
  exact: Verification['exact'],
  gateResults: readonly GateResult[],
): Verification['verdict'] {
  if (exact.some(({ verdict }) => verdict === 'refuted')) return 'refuted';
  if (gateResults.some(({ pass }) => !pass)) return 'invalid';
  const judged = metrics.filter(({ verdict }) => verdict !== 'invalid');
  if (judged.length === 0) return 'invalid';
  const refuted = judged.filter(({ verdict }) => verdict === 'refuted').length;
  return refuted / judged.length > refutedShareAllowed ? 'refuted' : 'confirmed';
}

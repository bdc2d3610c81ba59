// The prediction document: what an action will do, with two kinds of interval that are never mixed (an estimate of an
// ensemble's mean, a forecast of one execution), the trace it is bound to and the origin of every parameter.
import { z } from 'zod';
import { digestSchema, estimateSchema, forecastSchema, phaseSchema } from './document.ts';
import { parameterSchema } from './parameters.ts';
import { playSchema } from './record/record.ts';

/** One metric in one phase. `forecast` is of the bound trace; `freshSpread90` is the width of the 90 % interval over fresh traces. */
const predictedMetricSchema = z.strictObject({
  metric: z.string(),
  phase: phaseSchema,
  unit: z.string(),
  baseline: estimateSchema,
  candidate: estimateSchema,
  delta: estimateSchema,
  forecast: forecastSchema,
  freshSpread90: z.number().nonnegative(),
});
export type PredictedMetric = z.infer<typeof predictedMetricSchema>;

export const verdictSchema = z.strictObject({
  rule: z.string(),
  domain: z.enum(['durability', 'consistency', 'residency', 'performance', 'cost', 'operational']),
  outcome: z.enum(['pass', 'fail', 'unknown']),
  enforce: z.enum(['block', 'shadow']),
  reason: z.string(),
  numbers: z.record(z.string(), z.number()),
});
export type Verdict = z.infer<typeof verdictSchema>;

/** 100·(1 − Π(1 − weight·value)): monotone in each component and bounded. */
export const riskSchema = z.strictObject({
  score: z.number().min(0).max(100),
  components: z.array(
    z.strictObject({
      name: z.string(),
      value: z.number().min(0).max(1),
      weight: z.number().min(0).max(1),
      evidence: z.string(),
    }),
  ),
});
export type Risk = z.infer<typeof riskSchema>;

const bandSchema = z.strictObject({
  metric: z.string(),
  stepMs: z.number().positive(),
  p05: z.array(z.number().nullable()),
  p50: z.array(z.number().nullable()),
  p95: z.array(z.number().nullable()),
});
export type Band = z.infer<typeof bandSchema>;

/** What became of earlier predictions of the same kinds of actions and faults; null when no record was given. */
const recordLineSchema = z.strictObject({ digest: digestSchema, plays: z.array(playSchema) });

/** Share of the rehearsals in which one execution breaks a promise on latency, in the phase that follows the actions. */
const sloRiskSchema = z.strictObject({
  metric: z.string(),
  phase: phaseSchema,
  limitMs: z.number().positive(),
  probability: z.number().min(0).max(1),
});
export type SloRisk = z.infer<typeof sloRiskSchema>;

/** Share of the rehearsals in which a queue never emptied in the second half of the phase that follows: overload. */
const overloadSchema = z.strictObject({
  class: z.string(),
  region: z.string(),
  shard: z.string(),
  probability: z.number().gt(0).max(1),
});

/** Its digest covers all but `id`, `createdAt`, `digest` and `timings`. */
export const predictionSchema = z.strictObject({
  schema: z.literal('premortem/prediction/v1'),
  id: z.string(),
  createdAt: z.string(),
  digest: digestSchema,
  scenario: z.strictObject({ name: z.string(), why: z.string(), digest: digestSchema }),
  estate: z.strictObject({
    name: z.string(),
    digest: digestSchema,
    calibration: digestSchema.nullable(),
  }),
  seed: z.string(),
  replications: z.int().positive(),
  fingerprint: z.string(),
  version: z.strictObject({ premortem: z.string(), node: z.string() }),
  trace: digestSchema,
  horizonMs: z.number().positive(),
  warmupMs: z.number().nonnegative(),
  actions: z.array(z.string()),
  steps: z.array(
    z.strictObject({
      step: z.string(),
      startMs: forecastSchema,
      durationMs: forecastSchema,
      fenced: z.boolean(),
    }),
  ),
  metrics: z.array(predictedMetricSchema),
  bands: z.array(bandSchema),
  exact: z.array(z.strictObject({ claim: z.string(), value: z.number(), because: z.string() })),
  slos: z.array(sloRiskSchema),
  overloads: z.array(overloadSchema),
  blastRadius: z.strictObject({
    fleets: z.array(z.string()),
    shards: z.array(z.string()),
    tenants: z.array(z.string()),
    trafficShare: z.number().min(0).max(1),
    degradedMs: forecastSchema,
  }),
  cost: z.strictObject({ oneOffUsd: z.number(), perMonthUsd: z.number() }),
  policy: z.array(verdictSchema),
  risk: riskSchema,
  record: recordLineSchema.nullable(),
  parameters: z.array(parameterSchema),
  timings: z.strictObject({ wallMs: z.number().nonnegative() }),
});
export type Prediction = z.infer<typeof predictionSchema>;

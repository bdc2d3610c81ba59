// What one case of a campaign showed: forecasts as they were before, measurements as they were after. Raw facts only, so
// that scores can be computed anew when their definition changes; `score.ts` makes it, `summary.ts` adds cases up.
import { z } from 'zod';
import { digestSchema, forecastSchema, phaseSchema } from '../document.ts';
import { operationKinds } from '../estate/estate.ts';
import { metricFamilies } from './families.ts';

const gateSchema = z.strictObject({
  gate: z.string(),
  limit: z.number(),
  value: z.number().nullable(),
  unit: z.string(),
  pass: z.boolean(),
  why: z.string(),
});

/**
 * One metric in one phase. `measured` has one value per repetition that the host did not disturb; `n` is how many requests
 * (or samples) these rest on together. `naive` are the forecasts that need no twin, null where none makes sense.
 * `serviceMs` is the mean service of the class without links and waiting, null when the metric is not of one class.
 */
const scoredMetricSchema = z.strictObject({
  metric: z.string(),
  phase: phaseSchema,
  unit: z.string(),
  family: z.enum(metricFamilies),
  serviceMs: z.number().nonnegative().nullable(),
  forecast: forecastSchema,
  freshSpread90: z.number().nonnegative().nullable(),
  measured: z.array(z.number()),
  n: z.int().nonnegative(),
  valid: z.boolean(),
  reason: z.string(),
  naive: z.strictObject({
    lastValue: z.number().nullable(),
    textbook: z.number().nullable(),
  }),
});
export type ScoredMetric = z.infer<typeof scoredMetricSchema>;

/**
 * `status`: `invalid` when the host disturbed every repetition, `failed` when the case could not be played to its end;
 * `reason` says why, and is empty for a scored one. `attempt` counts from 1; `plays` names the kinds of its actions and
 * faults. `conditions.utilisation` is the share of its busiest resource that is in use, from 0 to 1; the other
 * conditions are for people. `gates` and `measured` values of exact claims have one entry per repetition, disturbed or not.
 */
export const caseScoreSchema = z.strictObject({
  schema: z.literal('premortem/case/v1'),
  id: z.string(),
  campaign: z.string(),
  seed: z.string(),
  index: z.int().nonnegative(),
  kind: z.string(),
  attempt: z.int().positive(),
  startedAt: z.string(),
  conditions: z.record(z.string(), z.union([z.number(), z.string()])),
  plays: z.array(z.string()),
  prediction: digestSchema.nullable(),
  status: z.enum(['scored', 'invalid', 'failed']),
  reason: z.string(),
  gates: z.array(z.array(gateSchema)),
  classKinds: z.array(z.enum(operationKinds)),
  writesPerSec: z.number().nonnegative().nullable(),
  metrics: z.array(scoredMetricSchema),
  slos: z.array(
    z.strictObject({
      metric: z.string(),
      phase: phaseSchema,
      limitMs: z.number(),
      probability: z.number().min(0).max(1),
      broken: z.array(z.boolean()),
    }),
  ),
  exact: z.array(
    z.strictObject({
      claim: z.string(),
      predicted: z.number(),
      measured: z.array(z.number().nullable()),
      holds: z.boolean(),
    }),
  ),
});
export type CaseScore = z.infer<typeof caseScoreSchema>;

/** What names a case and says where it stands in its campaign. */
export type CaseIdentity = Pick<
  CaseScore,
  'id' | 'campaign' | 'seed' | 'index' | 'kind' | 'attempt' | 'startedAt' | 'conditions' | 'plays'
>;

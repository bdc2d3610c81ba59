// The plan: actions and their steps, bound by digest to everything they were predicted from. A plan never changes; its
// text is the canonical JSON that its digest covers, its id is the beginning of that digest, and where it stands on its
// way (approved, executing, done …) is no part of it but follows from the ledger.
import { z } from 'zod';
import { canonicalText, digestOf, digestOfBytes, type Digest } from '../../engine/digest.ts';
import { UserError, type Mistake } from '../../engine/failure.ts';
import { actionSchema, stepSchema, type Action, type Step } from '../actions/action.ts';
import { shardsOfAction } from '../actions/index.ts';
import { digestSchema, forecastSchema, type Forecast } from '../document.ts';
import type { Estate } from '../estate/estate.ts';
import { parseMetricId, type MetricName } from '../metrics.ts';
import type { Policy } from '../policy/policy.ts';
import type { Prediction } from '../prediction.ts';

/** What a plan is bound to. A change of any of them is a reason not to run it. */
export const boundThings = [
  'scenario',
  'estate',
  'calibration',
  'policy',
  'prediction',
  'trace',
  'topology',
] as const;
export type BoundThing = (typeof boundThings)[number];

const boundSchema = z.strictObject({
  scenario: digestSchema,
  estate: digestSchema,
  calibration: digestSchema.nullable(),
  policy: digestSchema,
  prediction: digestSchema,
  trace: digestSchema,
  topology: digestSchema,
});
export type Bindings = z.infer<typeof boundSchema>;

/** As it is stored: `digest` and `id` are derived, not written. */
const planBodySchema = z.strictObject({
  schema: z.literal('premortem/plan/v1'),
  title: z.string(),
  author: z.strictObject({ name: z.string(), key: digestSchema }),
  submittedAt: z.iso.datetime(),
  /** Both in UTC, as `Date.toISOString` writes it, so that texts compare like times. */
  expiresAt: z.iso.datetime(),
  predictionExpiresAt: z.iso.datetime(),
  bound: boundSchema,
  actions: z.array(actionSchema).nonempty(),
  steps: z.array(stepSchema).nonempty(),
  expected: z.strictObject({
    // Null: the steps hold nobody's requests.
    fenceMs: forecastSchema.nullable(),
    durationMs: forecastSchema,
    costUsd: z.number(),
    risk: z.number().min(0).max(100),
  }),
  approvalsNeeded: z.int().positive(),
  /** Blocking policy rules that the prediction breaks or leaves open. One is enough: no approval lifts it. */
  blockers: z.array(z.string()),
});
type PlanBody = z.infer<typeof planBodySchema>;
export type Plan = PlanBody & { readonly id: string; readonly digest: Digest };

/** What a plan is made of. Digests are those of the documents as they were predicted from. */
export interface PlanParts {
  readonly title: string;
  readonly author: Plan['author'];
  readonly submittedAt: string;
  readonly expiresAt: string;
  readonly predictionExpiresAt: string;
  readonly bound: Bindings;
  readonly policy: Policy;
  readonly prediction: Prediction;
  readonly actions: readonly Action[];
  readonly steps: readonly Step[];
}

/**
 * Binds the parts to a plan. Throws a UserError with every mistake at once when they do not belong together: digests
 * that the prediction does not name, or steps that it did not predict.
 */
export function bindPlan(parts: PlanParts): Plan {
  const { prediction, policy, bound } = parts;
  const mistakes = [...bindingMistakes(bound, prediction), ...stepMistakes(parts)];
  if (mistakes.length > 0) throw new UserError('input', mistakes);
  return planFromBody(
    planBodySchema.parse({
      schema: 'premortem/plan/v1',
      title: parts.title,
      author: parts.author,
      submittedAt: parts.submittedAt,
      expiresAt: parts.expiresAt,
      predictionExpiresAt: parts.predictionExpiresAt,
      bound,
      actions: parts.actions,
      steps: parts.steps,
      expected: {
        fenceMs: parts.steps.some(({ fenced }) => fenced)
          ? forecastOf(prediction, 'fence_ms')
          : null,
        durationMs: forecastOf(prediction, 'duration_ms'),
        costUsd: prediction.cost.oneOffUsd,
        risk: prediction.risk.score,
      },
      approvalsNeeded: approvalsNeeded(policy, prediction.risk.score),
      blockers: blockersOf(prediction),
    }),
  );
}

/** The exact text that is stored and that `digest` covers. */
export function planText(plan: Plan): string {
  const { id: _id, digest: _digest, ...body } = plan;
  return canonicalText(body);
}

/** Reads what `planText` wrote, or null when the text is not a plan. */
export function readPlan(text: string): Plan | null {
  try {
    const result = planBodySchema.safeParse(JSON.parse(text));
    return result.success && canonicalText(result.data) === text ? planFromBody(result.data) : null;
  } catch {
    return null;
  }
}

/** How many people other than the author have to agree. */
export function approvalsNeeded({ operational }: Policy, riskScore: number): number {
  return riskScore >= operational.highRiskScore
    ? Math.max(operational.approvals, operational.approvalsAtHighRisk)
    : operational.approvals;
}

/** The digests of what a prediction rests on; `topology` is of the observed platform. */
export function bindingsOf(documents: {
  readonly scenario: object;
  readonly estate: Estate;
  readonly calibration: Digest | null;
  readonly prediction: Prediction;
  readonly trace: Digest;
  readonly topology: Digest;
}): Bindings {
  const { scenario, estate, calibration, prediction, trace, topology } = documents;
  return {
    scenario: digestOf(scenario),
    estate: digestOf(estate),
    calibration,
    policy: digestOf(estate.policy),
    prediction: digestOf(prediction),
    trace,
    topology,
  };
}

/** The shards that a plan's actions touch. */
export function shardsOf(actions: readonly Action[]): readonly string[] {
  return [...new Set(actions.flatMap(shardsOfAction))].toSorted();
}

function planFromBody(body: PlanBody): Plan {
  const digest = digestOfBytes(canonicalText(body));
  return { ...body, id: `plan-${digest.slice(0, 12)}`, digest };
}

function blockersOf(prediction: Prediction): readonly string[] {
  return prediction.policy
    .filter(({ enforce, outcome }) => enforce === 'block' && outcome !== 'pass')
    .map(({ rule, outcome, reason }) => `${rule} ${outcome}: ${reason}`);
}

function bindingMistakes(bound: Bindings, prediction: Prediction): readonly Mistake[] {
  const named: Partial<Record<BoundThing, Digest | null>> = {
    scenario: prediction.scenario.digest,
    estate: prediction.estate.digest,
    calibration: prediction.estate.calibration,
    trace: prediction.trace,
    prediction: prediction.digest,
  };
  return Object.entries(named)
    .filter(([thing, digest]) => bound[thing as BoundThing] !== digest)
    .map(([thing]) => ({
      message: `the ${thing} is not the one that the prediction was made from`,
      remedy: 'simulate again and plan with what that run used',
    }));
}

function stepMistakes({ steps, prediction }: PlanParts): readonly Mistake[] {
  const planned = steps.map(({ id }) => id).join(' ');
  const predicted = prediction.steps.map(({ step }) => step).join(' ');
  if (planned === predicted) return [];
  return [
    {
      message: `the plan's steps (${planned}) are not the predicted ones (${predicted})`,
      remedy: 'simulate again with the same actions',
    },
  ];
}

function forecastOf(prediction: Prediction, wanted: MetricName): Forecast {
  const found = prediction.metrics.find(({ metric }) => parseMetricId(metric).name === wanted);
  if (found === undefined)
    throw new UserError('input', {
      message: `the prediction does not forecast ${wanted}`,
      remedy: 'simulate a scenario with an action',
    });
  return found.forecast;
}

// The policy document and the built-in default. Rules are data; `evaluate.ts` turns them into verdicts, `risk.ts` uses
// the weights, the workflow asks how many approvals a plan needs.
import { z } from 'zod';

export const policySchema = z.strictObject({
  schema: z.literal('premortem/policy/v1'),
  name: z.string(),
  version: z.int().positive(),
  durability: z.strictObject({ lostAcknowledgedWrites: z.int().nonnegative() }),
  performance: z.strictObject({ fenceMs: z.number().positive() }),
  operational: z.strictObject({
    approvals: z.int().positive(),
    approvalsAtHighRisk: z.int().positive(),
    highRiskScore: z.number().min(0).max(100),
    predictionMaxAgeMs: z.number().positive(),
    calibrationMaxAgeMs: z.number().positive(),
    planLifetimeMs: z.number().positive(),
  }),
  risk: z.strictObject({ weights: z.record(z.string(), z.number().min(0).max(1)) }),
});
export type Policy = z.infer<typeof policySchema>;

/** What holds for an estate that names no policy of its own. */
export const defaultPolicy: Policy = {
  schema: 'premortem/policy/v1',
  name: 'default',
  version: 1,
  durability: { lostAcknowledgedWrites: 0 },
  performance: { fenceMs: 5_000 },
  operational: {
    approvals: 1,
    approvalsAtHighRisk: 2,
    highRiskScore: 60,
    predictionMaxAgeMs: 3_600_000,
    calibrationMaxAgeMs: 7 * 24 * 3_600_000,
    planLifetimeMs: 24 * 3_600_000,
  },
  risk: {
    weights: {
      'policy-break': 0.9,
      'slo-break': 0.5,
      'data-loss': 1,
      'blast-radius': 0.4,
      irreversibility: 0.3,
      'model-distrust': 0.3,
    },
  },
};

// The risk score: 100·(1 − Π(1 − weight·value)) over components in [0, 1], each computed from the ensemble and each with
// its evidence in words. Monotone in every component and bounded; the weights stand in the policy.
import type { Policy } from './policy/policy.ts';
import type { Risk } from './prediction.ts';

export type RiskComponentName =
  | 'policy-break'
  | 'slo-break'
  | 'data-loss'
  | 'blast-radius'
  | 'irreversibility'
  | 'model-distrust';

/** `value` in [0, 1]. */
export interface RiskFinding {
  readonly name: RiskComponentName;
  readonly value: number;
  readonly evidence: string;
}

/** Combines findings; a component without a weight in the policy counts in full, so that forgetting one is never optimistic. */
export function scoreRisk(findings: readonly RiskFinding[], policy: Policy): Risk {
  const components = findings.map(({ name, value, evidence }) => ({
    name,
    value: Math.min(1, Math.max(0, value)),
    weight: policy.risk.weights[name] ?? 1,
    evidence,
  }));
  const safe = components.reduce((product, { value, weight }) => product * (1 - weight * value), 1);
  return { score: 100 * (1 - safe), components };
}

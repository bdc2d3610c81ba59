// Policy rules as pure functions from the ensemble's findings to verdicts. First cut: durability and performance; the
// operational rules (approvals, ages) are asked by the workflow when they matter.
import type { Policy } from './policy.ts';
import type { Verdict } from '../prediction.ts';

/** One value per replication. */
export interface PolicyEvidence {
  readonly lostAcknowledgedWrites: readonly number[];
  readonly fenceMs: readonly number[];
}

/** Largest probability of breaking a rule that still passes it. */
const acceptedProbability = 0.05;

/** A verdict per rule; without any replication the outcome is unknown. */
export function evaluatePolicy(policy: Policy, evidence: PolicyEvidence): Verdict[] {
  return [
    judge(evidence.lostAcknowledgedWrites, policy.durability.lostAcknowledgedWrites, {
      rule: 'durability.lost-acknowledged-writes',
      domain: 'durability',
      what: (limit) => `at most ${limit} acknowledged writes lost`,
      accepted: 0,
    }),
    judge(evidence.fenceMs, policy.performance.fenceMs, {
      rule: 'performance.fence',
      domain: 'performance',
      what: (limit) => `requests held for at most ${limit} ms`,
      accepted: acceptedProbability,
    }),
  ];
}

interface Rule {
  readonly rule: string;
  readonly domain: Verdict['domain'];
  readonly what: (limit: number) => string;
  readonly accepted: number;
}

function judge(
  values: readonly number[],
  limit: number,
  { rule, domain, what, accepted }: Rule,
): Verdict {
  const broken = values.filter((value) => value > limit).length;
  const probability = values.length === 0 ? Number.NaN : broken / values.length;
  const outcome = values.length === 0 ? 'unknown' : probability > accepted ? 'fail' : 'pass';
  const reason =
    values.length === 0
      ? `${what(limit)}: no replication showed it`
      : `${what(limit)}: broken in ${broken} of ${values.length} simulated executions`;
  const numbers = {
    limit,
    ...(values.length === 0 ? {} : { probability, worst: Math.max(...values) }),
  };
  return { rule, domain, outcome, enforce: 'block', reason, numbers };
}

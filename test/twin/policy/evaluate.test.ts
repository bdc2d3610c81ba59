// Policy rules: what passes, what fails, and what nobody can know.
import { describe, expect, it } from 'vitest';
import { evaluatePolicy } from '../../../twin/policy/evaluate.ts';
import { defaultPolicy } from '../../../twin/policy/policy.ts';
import { verdictSchema } from '../../../twin/prediction.ts';

const policy = {
  ...defaultPolicy,
  durability: { lostAcknowledgedWrites: 0 },
  performance: { fenceMs: 1_000 },
};

/** Outcome per rule when in `broken` of `of` executions both limits were broken. */
function outcomes(broken: number, of: number): readonly string[] {
  const values = (good: number, bad: number): number[] =>
    Array.from({ length: of }, (_, index) => (index < broken ? bad : good));
  return evaluatePolicy(policy, {
    lostAcknowledgedWrites: values(0, 1),
    fenceMs: values(1_000, 1_000.1),
  }).map(({ outcome }) => outcome);
}

describe('a policy', () => {
  it('passes when every execution keeps its limits, the limit itself included', () => {
    expect(outcomes(0, 20)).toEqual(['pass', 'pass']);
  });

  it('accepts a long fence in one execution of twenty, but the loss of a write in none', () => {
    expect(outcomes(1, 20)).toEqual(['fail', 'pass']);
    expect(outcomes(2, 20)).toEqual(['fail', 'fail']);
  });

  it('knows nothing without executions', () => {
    expect(outcomes(0, 0)).toEqual(['unknown', 'unknown']);
  });

  it('says with numbers what it decided', () => {
    const [durability, fence] = evaluatePolicy(policy, {
      lostAcknowledgedWrites: [0, 3],
      fenceMs: [700, 900],
    });
    expect(durability).toEqual({
      rule: 'durability.lost-acknowledged-writes',
      domain: 'durability',
      outcome: 'fail',
      enforce: 'block',
      reason: 'at most 0 acknowledged writes lost: broken in 1 of 2 simulated executions',
      numbers: { limit: 0, probability: 0.5, worst: 3 },
    });
    expect(fence).toMatchObject({
      rule: 'performance.fence',
      outcome: 'pass',
      reason: 'requests held for at most 1000 ms: broken in 0 of 2 simulated executions',
      numbers: { limit: 1_000, probability: 0, worst: 900 },
    });
  });

  it('gives verdicts of their schema, also when it knows nothing', () => {
    for (const values of [[], [1]]) {
      const evidence = { lostAcknowledgedWrites: values, fenceMs: values };
      for (const verdict of evaluatePolicy(policy, evidence)) {
        expect(verdictSchema.parse(verdict)).toEqual(verdict);
      }
    }
  });
});

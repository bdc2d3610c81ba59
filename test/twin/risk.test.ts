// The risk score: bounded, monotone in each component, and never optimistic about what the policy forgot.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultPolicy, policySchema, type Policy } from '../../twin/policy/policy.ts';
import { riskSchema } from '../../twin/prediction.ts';
import { scoreRisk, type RiskComponentName, type RiskFinding } from '../../twin/risk.ts';

const names = Object.keys(defaultPolicy.risk.weights) as RiskComponentName[];
const share = fc.double({ min: 0, max: 1, noNaN: true });

const cases = fc
  .record({
    values: fc.array(share, { minLength: names.length, maxLength: names.length }),
    weights: fc.array(share, { minLength: names.length, maxLength: names.length }),
  })
  .map(({ values, weights }) => ({
    findings: names.map((name, index) => finding(name, values[index] ?? 0)),
    policy: withWeights(
      Object.fromEntries(names.map((name, index) => [name, weights[index] ?? 0])),
    ),
  }));

function finding(name: RiskComponentName, value: number): RiskFinding {
  return { name, value, evidence: `evidence of ${name}` };
}

function withWeights(weights: Policy['risk']['weights']): Policy {
  return { ...defaultPolicy, risk: { weights } };
}

describe('the risk score', () => {
  it('lies between 0 and 100 and is a document of its schema', () => {
    const property = fc.property(cases, ({ findings, policy }) => {
      const risk = scoreRisk(findings, policy);
      expect(riskSchema.parse(risk)).toEqual(risk);
    });
    fc.assert(property);
  });

  it('never falls when one component rises', () => {
    const property = fc.property(
      cases,
      fc.nat({ max: names.length - 1 }),
      share,
      ({ findings, policy }, index, rise) => {
        const raised = findings.map((one, at) =>
          at === index ? { ...one, value: one.value + (1 - one.value) * rise } : one,
        );
        const [before, after] = [scoreRisk(findings, policy), scoreRisk(raised, policy)];
        expect(after.score).toBeGreaterThanOrEqual(before.score - 1e-9);
      },
    );
    fc.assert(property);
  });

  it('does not depend on the order of its components', () => {
    const property = fc.property(cases, ({ findings, policy }) => {
      expect(scoreRisk(findings.toReversed(), policy).score).toBeCloseTo(
        scoreRisk(findings, policy).score,
        9,
      );
    });
    fc.assert(property);
  });

  it('combines like independent chances to go wrong', () => {
    const policy = withWeights({ 'slo-break': 0.5, 'data-loss': 1 });
    const risk = scoreRisk([finding('slo-break', 0.4), finding('data-loss', 0.25)], policy);
    expect(risk.score).toBeCloseTo(100 * (1 - 0.8 * 0.75), 12);
    expect(risk.components.map(({ name, weight }) => [name, weight])).toEqual([
      ['slo-break', 0.5],
      ['data-loss', 1],
    ]);
  });

  it('is 0 without findings and 100 when something certain counts in full', () => {
    expect(scoreRisk([], defaultPolicy).score).toBe(0);
    expect(scoreRisk([finding('data-loss', 1)], defaultPolicy).score).toBe(100);
  });

  it('counts a component in full when the policy has no weight for it', () => {
    expect(scoreRisk([finding('blast-radius', 0.3)], withWeights({})).score).toBeCloseTo(30, 12);
  });

  it('takes values beyond the scale as its ends', () => {
    const scores = [-3, 0, 1, 7].map(
      (value) => scoreRisk([finding('slo-break', value)], defaultPolicy).score,
    );
    expect(scores).toEqual([0, 0, 50, 50]);
  });
});

describe('the default policy', () => {
  it('is a document of its schema', () => {
    expect(policySchema.parse(defaultPolicy)).toEqual(defaultPolicy);
  });
});

// Plans and statements: what binds them, what is refused, and that a text that was touched is not the same plan.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestOfBytes } from '../../../engine/digest.ts';
import { UserError } from '../../../engine/failure.ts';
import { makeStatement, readStatement, statementObjection } from '../../../twin/change/approval.ts';
import {
  approvalsNeeded,
  bindingsOf,
  bindPlan,
  boundThings,
  planText,
  readPlan,
} from '../../../twin/change/plan.ts';
import { keyOf, lab, sample, samplePlan, trace } from './sample.ts';

const other = digestOfBytes('something else');

function bindWith(changes: Partial<Parameters<typeof bindPlan>[0]>): ReturnType<typeof bindPlan> {
  const parts = sample();
  return bindPlan({
    ...parts,
    author: { name: 'ada', key: keyOf('ada') },
    submittedAt: '2030-01-01T12:00:00.000Z',
    expiresAt: '2030-01-02T12:00:00.000Z',
    predictionExpiresAt: '2030-01-01T13:00:00.000Z',
    bound: bindingsOf({ ...parts, trace: trace.digest, topology: parts.topology.digest }),
    policy: lab.policy,
    ...changes,
  });
}

function mistakesOf(work: () => unknown): readonly string[] {
  try {
    work();
    return [];
  } catch (error) {
    if (error instanceof UserError) return error.mistakes.map(({ message }) => message);
    throw error;
  }
}

describe('a plan', () => {
  it('is named by the digest of exactly the text that is stored', () => {
    const plan = samplePlan();
    expect(plan.digest).toBe(digestOfBytes(planText(plan)));
    expect(plan.id).toBe(`plan-${plan.digest.slice(0, 12)}`);
    expect(readPlan(planText(plan))).toEqual(plan);
  });

  it('carries the forecasts, the cost and the risk that people approve', () => {
    const { expected } = samplePlan({ costUsd: 0.25, riskScore: 33 });
    expect(expected).toMatchObject({ costUsd: 0.25, risk: 33 });
    expect(expected.fenceMs?.median).toBe(320);
    expect(expected.durationMs.median).toBe(700);
  });

  it.each(['scenario', 'estate', 'calibration', 'prediction', 'trace'] as const)(
    'is refused when the %s is not the one of the prediction',
    (thing) => {
      const bound = { ...samplePlan().bound, [thing]: other };
      expect(mistakesOf(() => bindWith({ bound }))).toEqual([
        `the ${thing} is not the one that the prediction was made from`,
      ]);
    },
  );

  it('names every mistake at once', () => {
    const bound = { ...samplePlan().bound, estate: other, trace: other };
    const steps = sample().steps.slice(1);
    expect(mistakesOf(() => bindWith({ bound, steps }))).toHaveLength(3);
  });

  it('needs more approvals from the high-risk score on, and never fewer', () => {
    const operational = { ...lab.policy.operational, approvals: 1, approvalsAtHighRisk: 2 };
    const policy = { ...lab.policy, operational: { ...operational, highRiskScore: 60 } };
    expect(approvalsNeeded(policy, 59.9)).toBe(1);
    expect(approvalsNeeded(policy, 60)).toBe(2);
    const odd = { ...policy, operational: { ...policy.operational, approvals: 3 } };
    expect(approvalsNeeded(odd, 99)).toBe(3);
  });

  it('is blocked by a blocking rule that fails or is unknown, and by no other', () => {
    const rule = (outcome: 'pass' | 'fail' | 'unknown', enforce: 'block' | 'shadow') => ({
      rule: `${outcome}-${enforce}`,
      domain: 'durability' as const,
      outcome,
      enforce,
      reason: 'because',
      numbers: {},
    });
    const verdicts = (['pass', 'fail', 'unknown'] as const).flatMap((outcome) => [
      rule(outcome, 'block'),
      rule(outcome, 'shadow'),
    ]);
    expect(samplePlan({ verdicts }).blockers).toEqual([
      'fail-block fail: because',
      'unknown-block unknown: because',
    ]);
  });

  it('is never the same plan after a byte of its text was changed', () => {
    const plan = samplePlan();
    const bytes = Buffer.from(planText(plan));
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const touched = Buffer.from(bytes);
        touched[at] = (touched[at] ?? 0) ^ change;
        expect(readPlan(touched.toString('latin1'))?.digest).not.toBe(plan.digest);
      }),
    );
  });
});

describe('a statement about a plan', () => {
  const said = {
    state: 'state-1',
    verdict: 'approve',
    by: 'grace',
    key: keyOf('grace'),
  } as const;
  const signing = { ...said, at: '2030-01-01T12:10:00.000Z', reason: '' };

  it('names the plan and everything it is bound to', () => {
    const plan = samplePlan();
    const { subject, predicate } = makeStatement(plan, signing);
    const named = boundThings.filter((thing) => plan.bound[thing] !== null);
    expect(subject.map(({ name }) => name)).toEqual([plan.id, ...named]);
    expect(predicate).toMatchObject({ expiresAt: plan.expiresAt, costCapUsd: 0.02 });
    expect(statementObjection(makeStatement(plan, signing), plan, said)).toBeNull();
  });

  it('counts for no other plan, state, verdict or signer', () => {
    const plan = samplePlan();
    const statement = makeStatement(plan, signing);
    expect(statementObjection(statement, samplePlan({ epoch: 2 }), said)).toMatch(/another plan/);
    expect(statementObjection(statement, plan, { ...said, state: 'x' })).toMatch(/another state/);
    expect(statementObjection(statement, plan, { ...said, verdict: 'reject' })).toBe(
      'it says approve',
    );
    expect(statementObjection(statement, plan, { ...said, by: 'bob' })).toBe(
      'it was signed by grace',
    );
    expect(statementObjection(statement, plan, { ...said, key: keyOf('bob') })).not.toBeNull();
  });

  it('is not read from anything else', () => {
    expect(readStatement('{}')).toBeNull();
    expect(readStatement('not JSON')).toBeNull();
  });
});

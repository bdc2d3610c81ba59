// The gate's rules one by one: each reason against an execution, in words, and all of them at once.
import { describe, expect, it } from 'vitest';
import { digestOfBytes } from '../../../engine/digest.ts';
import { boundThings } from '../../../twin/change/plan.ts';
import { refusalsOf } from '../../../twin/change/refusals.ts';
import {
  approval,
  approvedBy,
  envelopeOf,
  fairWeather,
  force,
  happen,
  registerWith,
} from './cast.ts';
import { samplePlan } from './sample.ts';

describe('the gate', () => {
  it('has nothing against an approved, fresh and unchanged plan', () => {
    const plan = samplePlan();
    expect(refusalsOf(plan, approvedBy(plan, 'grace'), fairWeather(plan))).toEqual([]);
  });

  it('says who approved and how many are missing', () => {
    const plan = samplePlan({ riskScore: 90 });
    const one = refusalsOf(plan, approvedBy(plan, 'grace'), fairWeather(plan));
    expect(one.map(({ message }) => message)).toEqual([
      'approved by grace only; one more person other than its author ada must approve',
    ]);
    const none = refusalsOf(plan, approvedBy(plan), fairWeather(plan));
    expect(none.map(({ message }) => message)).toEqual([
      'nobody has approved it; 2 more people other than its author ada must approve',
    ]);
  });

  it('counts only approvals whose envelope was verified and has not expired', () => {
    const plan = samplePlan();
    const register = approvedBy(plan, 'grace');
    const unverified = fairWeather(plan, { verified: new Map() });
    expect(refusalsOf(plan, register, unverified).map(({ code }) => code)).toEqual(['approvals']);
    const expired = fairWeather(plan, {
      verified: new Map([
        [envelopeOf(plan, 'grace'), { expiresAt: '2030-01-01T12:29:59.999Z', capUsd: 1 }],
      ]),
    });
    expect(refusalsOf(plan, register, expired).map(({ code }) => code)).toEqual(['approvals']);
  });

  it('counts nobody twice and not the author, even on a ledger that let it happen', () => {
    const plan = samplePlan({ riskScore: 90 });
    const register = approvedBy(plan, 'grace');
    for (const by of ['ada', 'grace']) force(register, approval(plan, by));
    expect(register.plans.get(plan.id)?.state).toBe('approved');
    expect(refusalsOf(plan, register, fairWeather(plan)).map(({ message }) => message)).toEqual([
      'approved by grace only; one more person other than its author ada must approve',
    ]);
  });

  it('refuses what costs more than an approver agreed to', () => {
    const plan = samplePlan();
    const verified = new Map([
      [envelopeOf(plan, 'grace'), { expiresAt: plan.expiresAt, capUsd: 0.01 }],
    ]);
    const refusals = refusalsOf(plan, approvedBy(plan, 'grace'), fairWeather(plan, { verified }));
    expect(refusals.map(({ message }) => message)).toEqual(['it costs more than grace agreed to']);
  });

  it.each(boundThings)('names a changed %s', (thing) => {
    const plan = samplePlan();
    const present = { ...plan.bound, [thing]: digestOfBytes('changed') };
    const refusals = refusalsOf(plan, approvedBy(plan, 'grace'), fairWeather(plan, { present }));
    expect(refusals).toHaveLength(1);
    expect(refusals[0]?.message).toMatch(
      new RegExp(`^the ${thing} changed since the prediction: digest \\w+ is now \\w+$`),
    );
    const unseen = { ...plan.bound, [thing]: undefined };
    expect(
      refusalsOf(plan, approvedBy(plan, 'grace'), fairWeather(plan, { present: unseen })),
    ).toMatchObject([{ message: `the ${thing} could not be looked at` }]);
  });

  it('says what changed where it knows', () => {
    const plan = samplePlan();
    const present = { ...plan.bound, estate: digestOfBytes('changed') };
    const at = fairWeather(plan, {
      present,
      differences: { estate: ['links[0].delayMs 40 → 55'] },
    });
    expect(refusalsOf(plan, approvedBy(plan, 'grace'), at)[0]?.message).toBe(
      'the estate changed since the prediction: links[0].delayMs 40 → 55',
    );
  });

  it('refuses for good after the plan or its prediction has expired, to the millisecond', () => {
    const plan = samplePlan();
    const register = approvedBy(plan, 'grace');
    const codesAt = (now: string): readonly string[] =>
      refusalsOf(plan, register, fairWeather(plan, { now })).map(
        ({ code, lasting }) => `${code} ${lasting}`,
      );
    expect(codesAt('2030-01-01T13:00:00.000Z')).toEqual([]);
    expect(codesAt('2030-01-01T13:00:00.001Z')).toEqual(['prediction-age true']);
    expect(codesAt('2030-01-02T12:00:00.001Z')).toEqual([
      'approvals false',
      'expired true',
      'prediction-age true',
    ]);
  });

  it('refuses a plan that was made for another epoch of the shard map', () => {
    const late = samplePlan({ epoch: 3 });
    expect(refusalsOf(late, approvedBy(late, 'grace'), fairWeather(late))).toMatchObject([
      { code: 'shard-map', lasting: false },
    ]);
    const passed = samplePlan();
    const register = approvedBy(passed, 'grace');
    happen(register, {
      type: 'premortem.shard.assigned',
      subject: 'shard/checkout-0',
      data: { primary: 'checkout-0-eu', epoch: 2 },
    });
    expect(refusalsOf(passed, register, fairWeather(passed))).toMatchObject([
      { code: 'shard-map', lasting: true },
    ]);
  });

  it('tells every reason at once', () => {
    const plan = samplePlan();
    const at = fairWeather(plan, {
      now: '2031-01-01T00:00:00.000Z',
      present: { ...plan.bound, topology: digestOfBytes('changed') },
      damage: ['runs/run-1/trace.bin is gone'],
    });
    const codes = refusalsOf(plan, registerWith(plan), at).map(({ code }) => code);
    expect(codes).toEqual(['tampered', 'approvals', 'expired', 'prediction-age', 'changed']);
  });
});

// The register folded from events: who counts as an approver, where the shard map may go, who may write to a journal.
import { describe, expect, it } from 'vitest';
import { approval, decisionOf, happen, holder, registerWith, started, submission } from './cast.ts';
import { keyOf, samplePlan } from './sample.ts';

describe('the register', () => {
  it('counts an approval once per person and never the author’s', () => {
    const plan = samplePlan({ riskScore: 90 });
    const register = registerWith(plan);
    expect(happen(register, approval(plan, 'ada'))).toMatch(/own approval never counts/);
    expect(happen(register, approval(plan, 'grace'))).toBeNull();
    expect(happen(register, approval(plan, 'grace'))).toBe('grace has approved this plan already');
    expect(register.plans.get(plan.id)?.state).toBe('submitted');
    expect(happen(register, approval(plan, 'edsger'))).toBeNull();
    expect(register.plans.get(plan.id)?.state).toBe('approved');
  });

  it('refuses one key under two names, so that nobody counts twice', () => {
    const register = registerWith(samplePlan());
    expect(
      happen(register, {
        type: 'premortem.identity.registered',
        subject: 'identity/ada-too',
        data: { publicKey: 'ada', fingerprint: keyOf('ada') },
      }),
    ).toBe('this key is registered already, as "ada"');
  });

  it('refuses an approval with a key that is not the registered one', () => {
    const plan = samplePlan();
    const register = registerWith(plan);
    const forged = { ...decisionOf(plan, 'grace'), key: keyOf('mallory') };
    expect(
      happen(register, {
        type: 'premortem.plan.approved',
        subject: `plan/${plan.id}`,
        data: forged,
      }),
    ).toBe('the key is not the one registered for "grace"');
  });

  it('lets the shard map only go forward', () => {
    const register = registerWith(samplePlan());
    const assign = (primary: string, epoch: number): string | null =>
      happen(register, {
        type: 'premortem.shard.assigned',
        subject: 'shard/checkout-0',
        data: { primary, epoch },
      });
    expect(assign('checkout-0-eu', 1)).toMatch(/epoch 1 would go back/);
    expect(assign('checkout-0-eu', 2)).toBeNull();
    expect(assign('checkout-0-us', 1)).toMatch(/is at epoch 2 \(primary checkout-0-eu\)/);
  });

  it('lets only one plan at a time hold a shard', () => {
    const [first, second] = [samplePlan(), samplePlan({}, 'barbara')];
    const register = registerWith(first);
    expect(happen(register, submission(second))).toBeNull();
    for (const plan of [first, second]) happen(register, approval(plan, 'grace'));
    expect(happen(register, started(first))).toBeNull();
    expect(happen(register, started(second))).toBe(`${first.id} is executing on the same shard`);
  });

  it('lets an overtaken executor write nothing more', () => {
    const plan = samplePlan();
    const register = registerWith(plan);
    happen(register, approval(plan, 'grace'));
    happen(register, started(plan));
    const subject = `plan/${plan.id}`;
    const resumed = { type: 'premortem.plan.resumed', subject } as const;
    expect(happen(register, { ...resumed, data: { generation: 2, holder } })).toBeNull();
    expect(
      happen(register, {
        type: 'premortem.plan.halted',
        subject,
        data: { generation: 1, reason: '' },
      }),
    ).toBe('another executor has taken over (generation 2; this one is 1)');
  });

  it('is not complete before every step is done', () => {
    const plan = samplePlan();
    const register = registerWith(plan);
    happen(register, approval(plan, 'grace'));
    happen(register, started(plan));
    const subject = `plan/${plan.id}`;
    expect(
      happen(register, { type: 'premortem.plan.completed', subject, data: { generation: 1 } }),
    ).toBe('not every step is done');
  });
});

// A plan's way through a real state directory: submitted, approved, refused, started; each with its reason.
import { digestOf, digestOfBytes } from '../../engine/digest.ts';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startPlan } from '../../live/governance/execution.ts';
import { checkExecutable } from '../../live/governance/gate.ts';
import {
  approvePlan,
  listPlans,
  loadPlan,
  rejectPlan,
  submitPlan,
} from '../../live/governance/plans.ts';
import type { State } from '../../live/store/state.ts';
import { lab, sample, scenario, topologyFacts } from '../twin/change/sample.ts';
import { failureOf, Place, planned, settle, unchangedWorld } from './place.ts';

let place: Place;
let state: State;
beforeEach(async () => {
  place = new Place();
  state = await place.open();
  await settle(state, 'ada', 'grace', 'edsger');
});
afterEach(() => place.remove());

async function reasons(planId: string, world = unchangedWorld()): Promise<readonly string[]> {
  return (await checkExecutable(state, planId, world)).map(({ message }) => message);
}

describe('submitting', () => {
  it('keeps the plan, its documents and the author’s signature', async () => {
    const { plan, standing } = await planned(state, []);
    expect(standing).toMatchObject({ state: 'submitted', digest: plan.digest, generation: 0 });
    expect(await loadPlan(state, plan.id.slice(0, 9))).toEqual({ plan, standing });
    expect(await listPlans(state)).toEqual([standing]);
    expect(await state.runs.readDocument(standing.run, 'prediction.json')).toEqual(
      sample().prediction,
    );
    const { runs } = await state.ledger.register();
    expect(Object.keys(runs.get(standing.run)?.files ?? {}).toSorted()).toEqual([
      'estate.json',
      'prediction.json',
      'scenario.json',
      'topology.json',
      'trace.bin',
    ]);
  });

  it('appends exactly one event for each transition', async () => {
    const { plan } = await planned(state, ['grace']);
    await startPlan(state, plan.id, unchangedWorld());
    const types = (await state.ledger.events()).map(({ type }) => type);
    expect(types.filter((type) => type.startsWith('premortem.plan.'))).toEqual([
      'premortem.plan.submitted',
      'premortem.plan.approved',
      'premortem.plan.started',
    ]);
  });

  it('needs the author’s own key', async () => {
    const stranger = submitPlan(state, { ...sample(), author: 'mallory' });
    expect(await failureOf(stranger)).toMatchObject({ code: 'missing' });
  });

  it('leaves nothing behind when the documents do not belong together', async () => {
    const before = (await state.ledger.events()).length;
    const estate = { ...lab, why: 'edited since' };
    const failure = await failureOf(submitPlan(state, { ...sample(), estate, author: 'ada' }));
    expect(failure).toEqual({
      code: 'input',
      messages: ['the estate is not the one that the prediction was made from'],
    });
    expect((await state.ledger.events()).length).toBe(before);
  });
});

describe('approving', () => {
  it('takes one other person for an ordinary plan and two for a risky one', async () => {
    const ordinary = await planned(state, ['grace']);
    expect(ordinary.standing.state).toBe('approved');
    const risky = await planned(state, ['grace'], { riskScore: 75 });
    expect(risky.standing.state).toBe('submitted');
    expect((await approvePlan(state, risky.plan.id, 'edsger')).standing.state).toBe('approved');
  });

  it('refuses the author, a second approval and a rejected plan', async () => {
    const { plan } = await planned(state, []);
    const attempt = async (name: string): Promise<string> =>
      (await failureOf(approvePlan(state, plan.id, name))).messages.join();
    expect(await attempt('ada')).toMatch(/author's own approval never counts/);
    await approvePlan(state, plan.id, 'grace');
    expect(await attempt('grace')).toBe('grace has approved this plan already');
    const { standing } = await rejectPlan(state, plan.id, 'edsger', 'not before the weekend');
    expect(standing).toMatchObject({ state: 'rejected', reason: 'not before the weekend' });
    expect(await attempt('edsger')).toMatch(/a plan that is rejected cannot/);
    expect((await reasons(plan.id))[0]).toMatch(/a plan that is rejected cannot start/);
  });

  it('refuses a plan that policy blocks, and so does the gate', async () => {
    const verdicts = [
      {
        rule: 'lost-writes',
        domain: 'durability',
        outcome: 'unknown',
        enforce: 'block',
        reason: 'no standby',
        numbers: {},
      },
    ] as const;
    const { plan } = await planned(state, [], { verdicts });
    const failure = await failureOf(approvePlan(state, plan.id, 'grace'));
    expect(failure).toEqual({
      code: 'refused',
      messages: ['policy blocks this plan: lost-writes unknown: no standby'],
    });
    expect(await reasons(plan.id)).toContain(
      'policy blocks this plan: lost-writes unknown: no standby',
    );
  });

  it('refuses an expired plan', async () => {
    const { plan } = await planned(state, []);
    place.time = '2030-01-02T12:00:00.001Z';
    expect(await failureOf(approvePlan(state, plan.id, 'grace'))).toMatchObject({
      code: 'refused',
      messages: [`${plan.id} expired at 2030-01-02T12:00:00.000Z`],
    });
  });

  it('does not sign what was tampered with', async () => {
    const { plan, standing } = await planned(state, []);
    writeFileSync(join(state.runs.directory(standing.run), 'prediction.json'), '{}');
    expect(await failureOf(approvePlan(state, plan.id, 'grace'))).toMatchObject({ code: 'state' });
  });
});

describe('the gate before an execution', () => {
  it('opens for an approved plan in an unchanged world', async () => {
    const { plan } = await planned(state, ['grace']);
    expect(await reasons(plan.id)).toEqual([]);
    const execution = await startPlan(state, plan.id, unchangedWorld());
    expect(execution.generation).toBe(1);
    expect((await loadPlan(state, plan.id)).standing.state).toBe('executing');
  });

  it('says in words what changed in each document', async () => {
    const { plan } = await planned(state, ['grace']);
    const policy = { ...lab.policy, version: lab.policy.version + 1 };
    const facts = { ...topologyFacts, systemIdentifier: '9999' };
    const world = unchangedWorld({
      scenario: { ...scenario, horizonMs: scenario.horizonMs + 1 },
      estate: { ...lab, policy },
      topology: { digest: digestOf(facts), facts },
    });
    const version = `policy.version ${lab.policy.version} → ${policy.version}`;
    expect(await reasons(plan.id, world)).toEqual([
      `the scenario changed since the prediction: horizonMs ${scenario.horizonMs} → ${scenario.horizonMs + 1}`,
      `the estate changed since the prediction: ${version}`,
      `the policy changed since the prediction: ${version}`,
      'the topology changed since the prediction: systemIdentifier "7312" → "9999"',
    ]);
  });

  it('names the digests where a changed topology tells no facts', async () => {
    const { plan } = await planned(state, ['grace']);
    const digest = digestOfBytes('another topology');
    const world = unchangedWorld({ topology: { digest, facts: null } });
    expect(await reasons(plan.id, world)).toEqual([
      `the topology changed since the prediction: digest ${plan.bound.topology.slice(0, 12)} is now ${digest.slice(0, 12)}`,
    ]);
  });

  it('puts a refusal on the ledger and keeps the plan, when the reason may pass', async () => {
    const { plan } = await planned(state, []);
    const failure = await failureOf(startPlan(state, plan.id, unchangedWorld()));
    expect(failure).toEqual({
      code: 'refused',
      messages: ['nobody has approved it; one more person other than its author ada must approve'],
    });
    expect((await state.ledger.events()).at(-1)?.type).toBe('premortem.plan.refused');
    await approvePlan(state, plan.id, 'grace');
    expect((await startPlan(state, plan.id, unchangedWorld())).generation).toBe(1);
  });

  it('makes a plan stale when the reason cannot pass', async () => {
    const { plan } = await planned(state, ['grace']);
    place.time = '2030-01-01T13:00:00.001Z';
    expect(await failureOf(startPlan(state, plan.id, unchangedWorld()))).toMatchObject({
      code: 'refused',
    });
    expect((await loadPlan(state, plan.id)).standing.state).toBe('stale');
    place.time = '2030-01-01T12:00:00.000Z';
    expect(await failureOf(startPlan(state, plan.id, unchangedWorld()))).toMatchObject({
      code: 'refused',
    });
  });

  it('does not open twice, nor for a second plan on the same shard', async () => {
    const first = await planned(state, ['grace']);
    place.time = '2030-01-01T12:00:01.000Z';
    const second = await planned(state, ['grace']);
    await startPlan(state, first.plan.id, unchangedWorld());
    expect((await reasons(first.plan.id))[0]).toMatch(/a plan that is executing cannot start/);
    expect(await reasons(second.plan.id)).toEqual([
      `${first.plan.id} is executing on the same shard`,
    ]);
  });

  it('starts only one of two processes that ask at the same time', async () => {
    const { plan } = await planned(state, ['grace']);
    const other = await place.open();
    const starts = await Promise.allSettled([
      startPlan(state, plan.id, unchangedWorld()),
      startPlan(other, plan.id, unchangedWorld()),
    ]);
    expect(starts.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  });
});

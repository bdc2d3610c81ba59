// People, a plan and what may happen to them, for tests of the register and of the gate: events as proposals, and
// circumstances in which nothing speaks against a plan.
import { digestOfBytes, type Digest } from '../../../engine/digest.ts';
import type { LedgerBody, Proposal } from '../../../twin/change/events.ts';
import { genesisHash } from '../../../twin/change/ledger-event.ts';
import { shardsOf, type Plan } from '../../../twin/change/plan.ts';
import type { Circumstances } from '../../../twin/change/refusals.ts';
import { objection, RegisterFold } from '../../../twin/change/register.ts';
import { keyOf } from './sample.ts';

export const people = ['ada', 'grace', 'edsger', 'barbara'] as const;
export const holder = { host: 'here', pid: 7, startTime: 'boot:1' };

/** Adds an event if nothing speaks against it; returns what does. */
export function happen(register: RegisterFold, event: Proposal): string | null {
  const against = objection(register, event);
  if (against === null) force(register, event);
  return against;
}

/** Adds an event without asking whether anything speaks against it. */
export function force(register: RegisterFold, event: Proposal): void {
  register.add({
    ...event,
    seq: 1,
    id: 'x',
    actor: 'test',
    at: '2030-01-01T12:00:00.000Z',
    previous: genesisHash,
  } as LedgerBody);
}

export function envelopeOf(plan: Plan, by: string): Digest {
  return digestOfBytes(`${plan.id} approved by ${by}`);
}

export function decisionOf(
  plan: Plan,
  by: string,
): { by: string; key: Digest; attestation: Digest } {
  return { by, key: keyOf(by), attestation: envelopeOf(plan, by) };
}

export function submission(plan: Plan): Proposal {
  return {
    type: 'premortem.plan.submitted',
    subject: `plan/${plan.id}`,
    data: {
      ...decisionOf(plan, plan.author.name),
      plan: plan.digest,
      run: 'run-1',
      approvalsNeeded: plan.approvalsNeeded,
      blocked: plan.blockers.length > 0,
      shards: [...shardsOf(plan.actions)],
      steps: plan.steps.map(({ id }) => id) as [string, ...string[]],
    },
  };
}

export function approval(plan: Plan, by: string): Proposal {
  return {
    type: 'premortem.plan.approved',
    subject: `plan/${plan.id}`,
    data: decisionOf(plan, by),
  };
}

export function started(plan: Plan, generation = 1): Proposal {
  return {
    type: 'premortem.plan.started',
    subject: `plan/${plan.id}`,
    data: { generation, holder },
  };
}

/** A state in which everybody is registered, the shard is at epoch 1 and `plan` was submitted. */
export function registerWith(plan: Plan): RegisterFold {
  const register = new RegisterFold();
  const events: readonly Proposal[] = [
    { type: 'premortem.state.created', subject: 'state/s', data: { key: keyOf('state') } },
    ...people.map((name): Proposal => ({
      type: 'premortem.identity.registered',
      subject: `identity/${name}`,
      data: { publicKey: name, fingerprint: keyOf(name) },
    })),
    { type: 'premortem.run.recorded', subject: 'run/run-1', data: { files: {} } },
    {
      type: 'premortem.shard.assigned',
      subject: 'shard/checkout-0',
      data: { primary: 'checkout-0-us', epoch: 1 },
    },
    submission(plan),
  ];
  for (const event of events) {
    const against = happen(register, event);
    if (against !== null) throw new Error(against);
  }
  return register;
}

/** Circumstances in which nothing speaks against a plan that everybody approved. */
export function fairWeather(plan: Plan, changes: Partial<Circumstances> = {}): Circumstances {
  return {
    now: '2030-01-01T12:30:00.000Z',
    present: plan.bound,
    differences: {},
    verified: new Map(
      people.map((by) => [
        envelopeOf(plan, by),
        { expiresAt: plan.expiresAt, capUsd: plan.expected.costUsd },
      ]),
    ),
    damage: [],
    ...changes,
  };
}

/** The same, and these people approved. */
export function approvedBy(plan: Plan, ...names: readonly string[]): RegisterFold {
  const register = registerWith(plan);
  for (const name of names) {
    const against = happen(register, approval(plan, name));
    if (against !== null) throw new Error(against);
  }
  return register;
}

// Where one plan stands: who agreed, which executor holds it, what its journal says. Each event about a plan is first
// judged (`planObjection`) and then recorded; approval counts distinct keys and never the author's.
import { assert, unreachable } from '../../engine/failure.ts';
import type { Digest } from '../../engine/digest.ts';
import { nameOf, type BodyOf, type Holder, type LedgerBody, type Proposal } from './events.ts';
import {
  compensationObjection,
  journalObjection,
  journalPosition,
  type JournalEntry,
} from './journal.ts';
import { nextState, type PlanMove, type PlanState } from './workflow.ts';
import type { Register } from './register.ts';

/** One signed decision on a plan, by the identity with this key. `attestation` is the digest of the signed envelope. */
export interface Decision {
  readonly by: string;
  readonly key: Digest;
  readonly attestation: Digest;
  readonly at: string;
}

export interface PlanStanding {
  readonly id: string;
  readonly digest: Digest;
  readonly run: string;
  readonly state: PlanState;
  /** Why it is in this state, where a reason was given. */
  readonly reason: string | null;
  readonly submission: Decision;
  readonly approvals: readonly Decision[];
  readonly approvalsNeeded: number;
  readonly rejection: Decision | null;
  readonly blocked: boolean;
  readonly shards: readonly string[];
  readonly steps: readonly string[];
  /** 0 before the first execution; grows whenever another process takes over. */
  readonly generation: number;
  readonly holder: Holder | null;
  readonly journal: readonly JournalEntry[];
}

type PlanEventType = Extract<
  LedgerBody['type'],
  `premortem.plan.${string}` | `premortem.step.${string}`
>;
type PlanEvent = BodyOf<PlanEventType>;
type LaterEvent = Exclude<PlanEvent, BodyOf<'premortem.plan.submitted'>>;
type PlanProposal = Extract<Proposal, { type: PlanEventType }>;
type LaterProposal = Exclude<PlanProposal, { type: 'premortem.plan.submitted' }>;

/** Whether an event is about a plan or one of its steps. */
export function isPlanEvent<E extends { readonly type: LedgerBody['type'] }>(
  event: E,
): event is Extract<E, { readonly type: PlanEventType }> {
  return event.type.startsWith('premortem.plan.') || event.type.startsWith('premortem.step.');
}

/** Plans that hold one of these shards: they are being executed, or stopped half-way. */
export function plansHolding(
  register: Register,
  shards: readonly string[],
  except: string,
): readonly PlanStanding[] {
  return [...register.plans.values()].filter(
    (plan) =>
      plan.id !== except &&
      (plan.state === 'executing' || plan.state === 'stuck') &&
      plan.shards.some((shard) => shards.includes(shard)),
  );
}

/** Why an event about a plan may not happen now, or null when it may. */
export function planObjection(register: Register, event: PlanProposal): string | null {
  const plan = register.plans.get(nameOf(event.subject));
  if (event.type === 'premortem.plan.submitted') {
    if (plan !== undefined) return 'this very plan was submitted already';
    if (!register.runs.has(event.data.run)) return `there is no run ${event.data.run}`;
    return signerObjection(register, event.data);
  }
  if (plan === undefined) return `there is no plan ${nameOf(event.subject)}`;
  return contentObjection(register, plan, event) ?? moveObjection(plan, event);
}

/** The standing after an event that `planObjection` has nothing against. */
export function recordPlanEvent(register: Register, event: PlanEvent): PlanStanding {
  if (event.type === 'premortem.plan.submitted') return newStanding(event);
  const plan = register.plans.get(nameOf(event.subject));
  assert(plan !== undefined, 'an event about an unknown plan was objected to');
  const move = moveOf(plan, event);
  const next = move === null ? { state: plan.state } : nextState(plan.state, move);
  assert('state' in next, 'an impossible move was objected to');
  return { ...plan, ...factsOf(plan, event), state: next.state };
}

function newStanding(event: BodyOf<'premortem.plan.submitted'>): PlanStanding {
  const { plan, run, approvalsNeeded, blocked, shards, steps, by, key, attestation } = event.data;
  return {
    id: nameOf(event.subject),
    digest: plan,
    run,
    state: 'submitted',
    reason: null,
    submission: { by, key, attestation, at: event.at },
    approvals: [],
    approvalsNeeded,
    rejection: null,
    blocked,
    shards,
    steps,
    generation: 0,
    holder: null,
    journal: [],
  };
}

function factsOf(plan: PlanStanding, event: LaterEvent): Partial<PlanStanding> {
  switch (event.type) {
    case 'premortem.plan.approved':
      return { approvals: [...plan.approvals, { ...event.data, at: event.at }] };
    case 'premortem.plan.rejected': {
      const { reason, ...decision } = event.data;
      return { rejection: { ...decision, at: event.at }, reason };
    }
    case 'premortem.plan.invalidated':
      return { reason: event.data.refusals.map(({ message }) => message).join('; ') };
    case 'premortem.plan.started':
    case 'premortem.plan.resumed':
      return { generation: event.data.generation, holder: event.data.holder, reason: null };
    case 'premortem.plan.compensated':
    case 'premortem.plan.halted':
      return { holder: null, reason: event.data.reason };
    case 'premortem.plan.completed':
      return { holder: null };
    case 'premortem.step.journalled':
      return { journal: [...plan.journal, { ...event.data, plan: plan.id, at: event.at }] };
    case 'premortem.plan.refused':
      return {};
    default:
      return unreachable(event);
  }
}

function moveOf(plan: PlanStanding, event: LaterProposal): PlanMove | null {
  switch (event.type) {
    case 'premortem.plan.approved':
      return plan.approvals.length + 1 >= plan.approvalsNeeded ? 'approve' : 'endorse';
    case 'premortem.plan.rejected':
      return 'reject';
    case 'premortem.plan.invalidated':
      return 'invalidate';
    case 'premortem.plan.started':
      return 'start';
    case 'premortem.plan.resumed':
      return 'resume';
    case 'premortem.plan.completed':
      return 'complete';
    case 'premortem.plan.compensated':
      return 'compensate';
    case 'premortem.plan.halted':
      return 'halt';
    case 'premortem.plan.refused':
    case 'premortem.step.journalled':
      return null;
    default:
      return unreachable(event);
  }
}

function moveObjection(plan: PlanStanding, event: LaterProposal): string | null {
  const move = moveOf(plan, event);
  if (move === null) return null;
  const next = nextState(plan.state, move);
  return 'refusal' in next ? next.refusal : null;
}

function contentObjection(
  register: Register,
  plan: PlanStanding,
  event: LaterProposal,
): string | null {
  switch (event.type) {
    case 'premortem.plan.approved':
      return approvalObjection(register, plan, event.data);
    case 'premortem.plan.rejected':
      return signerObjection(register, event.data);
    case 'premortem.plan.started':
    case 'premortem.plan.resumed':
      return takeoverObjection(register, plan, event.data.generation);
    case 'premortem.plan.completed':
      return (
        fenceObjection(plan, event.data.generation) ??
        (journalPosition(plan.steps, plan.journal).kind === 'complete'
          ? null
          : 'not every step is done')
      );
    case 'premortem.plan.compensated':
      return fenceObjection(plan, event.data.generation) ?? compensationObjection(plan.journal);
    case 'premortem.plan.halted':
      return fenceObjection(plan, event.data.generation);
    case 'premortem.step.journalled':
      return (
        fenceObjection(plan, event.data.generation) ??
        journalObjection(plan.steps, plan.journal, event.data)
      );
    case 'premortem.plan.refused':
    case 'premortem.plan.invalidated':
      return null;
    default:
      return unreachable(event);
  }
}

function approvalObjection(
  register: Register,
  plan: PlanStanding,
  { by, key }: { readonly by: string; readonly key: Digest },
): string | null {
  if (by === plan.submission.by || key === plan.submission.key)
    return `${by} is the plan's author; an author's own approval never counts`;
  if (plan.approvals.some((other) => other.by === by || other.key === key))
    return `${by} has approved this plan already`;
  if (plan.blocked) return 'policy blocks this plan; no approval lifts that';
  return signerObjection(register, { by, key });
}

function signerObjection(
  register: Register,
  { by, key }: { readonly by: string; readonly key: Digest },
): string | null {
  const identity = register.identities.get(by);
  if (identity === undefined) return `there is no identity "${by}"`;
  return identity.fingerprint === key ? null : `the key is not the one registered for "${by}"`;
}

function takeoverObjection(
  register: Register,
  plan: PlanStanding,
  generation: number,
): string | null {
  if (generation !== plan.generation + 1)
    return `the next generation of this execution is ${plan.generation + 1}`;
  const other = plansHolding(register, plan.shards, plan.id)[0];
  return other === undefined ? null : `${other.id} is ${other.state} on the same shard`;
}

function fenceObjection(plan: PlanStanding, generation: number): string | null {
  if (plan.state !== 'executing') return `the plan is ${plan.state}, not executing`;
  return generation === plan.generation
    ? null
    : `another executor has taken over (generation ${plan.generation}; this one is ${generation})`;
}

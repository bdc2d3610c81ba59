// An execution's hold on its plan. Starting asks the gate inside the transaction that starts; resuming takes over only
// from a process that is gone. Every journal entry carries the generation of its executor, so one that was overtaken
// cannot write another line.
import { hostname } from 'node:os';
import { assert, UserError } from '../../engine/failure.ts';
import type {
  Evidence,
  Holder,
  JournalState,
  Proposal,
  Refusal,
} from '../../twin/change/events.ts';
import {
  attemptToken,
  journalPosition,
  type JournalEntry,
  type JournalPosition,
} from '../../twin/change/journal.ts';
import type { Plan } from '../../twin/change/plan.ts';
import type { PlanStanding } from '../../twin/change/plan-standing.ts';
import { refusalsOf } from '../../twin/change/refusals.ts';
import type { Register } from '../../twin/change/register.ts';
import { identityOf, isRunning } from '../processes.ts';
import type { State } from '../store/state.ts';
import { gather, type PresentWorld } from './gate.ts';
import { loadPlan } from './plans.ts';

/** This process as the holder of an execution. */
export function thisProcess(): Holder {
  return { host: hostname(), ...identityOf(process.pid) };
}

/**
 * Starts a plan. UserError `refused` with every reason when it may not run; the refusal is on the ledger, and reasons
 * that nothing can lift make the plan stale. UserError `state` when the state itself was tampered with.
 */
export async function startPlan(
  state: State,
  planId: string,
  world: PresentWorld,
  holder: Holder = thisProcess(),
): Promise<Execution> {
  const { plan } = await loadPlan(state, planId);
  const circumstances = await gather(state, plan, world);
  let refusals: readonly Refusal[] = [];
  await state.ledger.append((register) => {
    refusals = refusalsOf(plan, register, circumstances);
    return { event: startOrRefuse(plan, register, refusals, holder), actor: state.actor };
  });
  if (refusals.length > 0)
    throw new UserError(
      'refused',
      refusals.map(({ message }) => ({ message, place: { path: plan.id } })),
    );
  return new Execution(state, plan, 1);
}

/**
 * Takes over an execution that was cut off or got stuck. UserError `refused` while its holder is alive, or when the
 * holder is on another host and nobody here can tell. What changed since it started is no reason: it has to be finished.
 */
export async function resumePlan(
  state: State,
  planId: string,
  holder: Holder = thisProcess(),
): Promise<Execution> {
  const { plan } = await loadPlan(state, planId);
  let generation = 0;
  await state.ledger.append(({ plans }) => {
    const standing = plans.get(plan.id);
    assert(standing !== undefined, 'a plan that was loaded is on the ledger');
    refuseWhileHeld(standing, holder);
    generation = standing.generation + 1;
    return {
      event: {
        type: 'premortem.plan.resumed',
        subject: `plan/${plan.id}`,
        data: { generation, holder },
      },
      actor: state.actor,
    };
  });
  return new Execution(state, plan, generation);
}

/** The journal of a plan whose execution this process holds, and the ways an execution ends. */
export class Execution {
  readonly plan: Plan;
  readonly generation: number;
  readonly #state: State;

  constructor(state: State, plan: Plan, generation: number) {
    this.#state = state;
    this.plan = plan;
    this.generation = generation;
  }

  /** Every entry so far, those of earlier generations included. */
  async entries(): Promise<readonly JournalEntry[]> {
    return (await this.#standing()).journal;
  }

  /** Where to go on. */
  async position(): Promise<JournalPosition> {
    const { steps, journal } = await this.#standing();
    return journalPosition(steps, journal);
  }

  /** To be called, and awaited, before a step is attempted. The token names this attempt. */
  async intent(step: string): Promise<{ readonly attempt: number; readonly token: string }> {
    const last = (await this.entries()).findLast((entry) => entry.step === step);
    return this.#open('intent', step, (last?.attempt ?? 0) + 1);
  }

  async done(step: string, evidence: Evidence = {}): Promise<void> {
    await this.#close('done', step, evidence);
  }

  async failed(step: string, evidence: Evidence = {}): Promise<void> {
    await this.#close('failed', step, evidence);
  }

  /** To be called, and awaited, before a step is undone. From then on no step may begin. */
  async compensating(step: string): Promise<{ readonly attempt: number; readonly token: string }> {
    const last = (await this.entries()).findLast((entry) => entry.step === step);
    return this.#open('compensating', step, last?.attempt ?? 1);
  }

  async compensated(step: string, evidence: Evidence = {}): Promise<void> {
    await this.#close('compensated', step, evidence);
  }

  /** Every step is done. */
  async complete(): Promise<void> {
    const { generation } = this;
    await this.#append({ ...this.#about('premortem.plan.completed'), data: { generation } });
  }

  /** Everything that took effect is undone. */
  async undone(reason: string): Promise<void> {
    const { generation } = this;
    await this.#append({
      ...this.#about('premortem.plan.compensated'),
      data: { generation, reason },
    });
  }

  /** Neither finished nor undone: a person has to look, and may resume. */
  async halt(reason: string): Promise<void> {
    const { generation } = this;
    await this.#append({ ...this.#about('premortem.plan.halted'), data: { generation, reason } });
  }

  async #open(
    state: 'intent' | 'compensating',
    step: string,
    attempt: number,
  ): Promise<{ readonly attempt: number; readonly token: string }> {
    const token = attemptToken(this.plan.id, this.generation, step, attempt);
    await this.#journal({ state, step, attempt, token, evidence: {} });
    return { attempt, token };
  }

  async #close(state: JournalState, step: string, evidence: Evidence): Promise<void> {
    const last = (await this.entries()).findLast((entry) => entry.step === step);
    const attempt = last?.attempt ?? 1;
    const token = attemptToken(this.plan.id, this.generation, step, attempt);
    await this.#journal({ state, step, attempt, token, evidence });
  }

  async #journal(entry: Omit<JournalEntry, 'plan' | 'generation' | 'at'>): Promise<void> {
    await this.#append({
      ...this.#about('premortem.step.journalled'),
      data: { ...entry, generation: this.generation },
    });
  }

  #about<T extends Proposal['type']>(type: T): { type: T; subject: string } {
    return { type, subject: `plan/${this.plan.id}` };
  }

  async #append(event: Proposal): Promise<void> {
    await this.#state.ledger.append(() => ({ event, actor: this.#state.actor }));
  }

  async #standing(): Promise<PlanStanding> {
    const standing = (await this.#state.ledger.register()).plans.get(this.plan.id);
    assert(standing !== undefined, 'an executed plan is on the ledger');
    return standing;
  }
}

function startOrRefuse(
  plan: Plan,
  register: Register,
  refusals: readonly Refusal[],
  holder: Holder,
): Proposal {
  const subject = `plan/${plan.id}`;
  const [first, ...rest] = refusals;
  if (first === undefined)
    return { type: 'premortem.plan.started', subject, data: { generation: 1, holder } };
  const state = register.plans.get(plan.id)?.state;
  const open = state === 'submitted' || state === 'approved';
  const type =
    open && refusals.some(({ lasting }) => lasting)
      ? 'premortem.plan.invalidated'
      : 'premortem.plan.refused';
  return { type, subject, data: { refusals: [first, ...rest] } };
}

function refuseWhileHeld({ id, holder }: PlanStanding, candidate: Holder): void {
  if (holder === null) return;
  const place = { path: id };
  if (holder.host !== candidate.host)
    throw new UserError('refused', {
      message: `an executor on host ${holder.host} (pid ${holder.pid}) holds this plan`,
      place,
      remedy: `resume it on ${holder.host}`,
    });
  if (isRunning(holder))
    throw new UserError('refused', {
      message: `process ${holder.pid} is still executing this plan`,
      place,
      remedy: 'wait for it, or end it first',
    });
}

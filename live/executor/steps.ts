// The executor's loop over the steps of a plan: journal the intent, do it, journal that it is done. Whatever happens in
// between, the journal says where to go on. A failure before the point of no return leads back, one after it stops and
// waits for a person; both end in a state that has a name.
import { assert } from '../../engine/failure.ts';
import type { Step } from '../../twin/actions/action.ts';
import type { Evidence } from '../../twin/change/events.ts';
import { journalPosition, type JournalEntry } from '../../twin/change/journal.ts';
import type { StepEvent } from '../../twin/measurement.ts';
import type { ExecutionJournal } from './journal.ts';

/** How an execution ended. `stuck`: neither finished nor undone; resuming goes on at `step`. */
export type ExecutionOutcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'compensated'; readonly reason: string }
  | { readonly kind: 'stuck'; readonly step: string; readonly reason: string };

/** What does the steps: the real platform, or a test's. */
interface StepPerformer {
  perform(step: Step): Promise<Evidence>;
  undo(step: Step): Promise<Evidence>;
}

export interface StepsContext {
  readonly journal: ExecutionJournal;
  readonly performer: StepPerformer;
  /** The run's time in ms. */
  readonly now: () => number;
  readonly onEvent: (event: StepEvent) => void;
  /** Aborting leads back where that is possible, and to the end where it is not. */
  readonly signal?: AbortSignal;
}

/**
 * Does every step that is not done yet, in order. Rejects only when the journal cannot be written, which includes another
 * executor having taken over: then nothing more may be done, and the journal tells the next one where to begin.
 */
export async function runSteps(
  steps: readonly Step[],
  context: StepsContext,
): Promise<ExecutionOutcome> {
  for (;;) {
    const entries = await context.journal.entries();
    const position = journalPosition(idsOf(steps), entries);
    if (position.kind === 'complete') return { kind: 'done' };
    if (position.kind === 'compensate')
      return leadBack(steps, 'it was being led back when it was interrupted', context);
    const step = steps.find(({ id }) => id === position.step);
    assert(step !== undefined, 'the journal names a step of the plan');
    if (context.signal?.aborted === true && isReversible(steps, entries))
      return leadBack(steps, `interrupted before ${step.id}`, context);
    const failure = await attemptStep(step, context);
    if (failure === null) continue;
    const reason = `${step.id} failed: ${failure}`;
    return step.reversible
      ? leadBack(steps, reason, context)
      : { kind: 'stuck', step: step.id, reason };
  }
}

/** The events of an execution that a former process began, as far as its journal tells. `startedAtEpochMs`: time 0. */
export function eventsOf(
  entries: readonly JournalEntry[],
  startedAtEpochMs: number,
): readonly StepEvent[] {
  const states = {
    intent: 'started',
    done: 'done',
    failed: 'failed',
    compensating: null,
    compensated: 'compensated',
  } as const;
  return entries.flatMap(({ step, state, at, evidence }) => {
    const name = states[state];
    const atMs = Date.parse(at) - startedAtEpochMs;
    return name === null ? [] : [{ step, state: name, atMs, evidence }];
  });
}

/** Can everything that was begun be taken back? */
function isReversible(steps: readonly Step[], entries: readonly JournalEntry[]): boolean {
  const begun = new Set(entries.map(({ step }) => step));
  return steps.every(({ id, reversible }) => reversible || !begun.has(id));
}

/** One attempt; the reason when it failed. Its time holds both journal entries, so that steps follow without gaps. */
async function attemptStep(step: Step, context: StepsContext): Promise<string | null> {
  const { journal, performer } = context;
  tell(context, step, 'started', {});
  await journal.intent(step.id);
  let evidence: Evidence;
  try {
    evidence = await performer.perform(step);
  } catch (error) {
    const reason = reasonOf(error);
    await journal.failed(step.id, { reason });
    tell(context, step, 'failed', { reason });
    return reason;
  }
  await journal.done(step.id, evidence);
  tell(context, step, 'done', evidence);
  return null;
}

/** Undoes what was begun, last step first. */
async function leadBack(
  steps: readonly Step[],
  reason: string,
  context: StepsContext,
): Promise<ExecutionOutcome> {
  const { journal, performer } = context;
  const entries = await journal.entries();
  const begun = steps.filter(({ id }) => {
    const last = entries.findLast((entry) => entry.step === id);
    return last !== undefined && last.state !== 'compensated';
  });
  for (const step of begun.toReversed()) {
    await journal.compensating(step.id);
    let evidence: Evidence;
    try {
      evidence = await performer.undo(step);
    } catch (error) {
      const why = `${reason}; leading back failed at ${step.id}: ${reasonOf(error)}`;
      return { kind: 'stuck', step: step.id, reason: why };
    }
    await journal.compensated(step.id, evidence);
    tell(context, step, 'compensated', evidence);
  }
  return { kind: 'compensated', reason };
}

function tell(
  { now, onEvent }: StepsContext,
  step: Step,
  state: StepEvent['state'],
  evidence: Evidence,
): void {
  onEvent({ step: step.id, state, atMs: now(), evidence });
}

function idsOf(steps: readonly Step[]): readonly string[] {
  return steps.map(({ id }) => id);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

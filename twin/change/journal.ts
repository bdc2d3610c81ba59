// The journal of an execution: what was about to be done and what came of it, step by step. The rules here say which
// entry may follow which, and where an execution that was cut off goes on. Pure; the ledger keeps the entries.
import { assert } from '../../engine/failure.ts';
import type { Evidence, JournalState } from './events.ts';

/** One entry. `token` names one attempt and stays the same in all its entries. */
export interface JournalEntry {
  readonly plan: string;
  readonly generation: number;
  readonly step: string;
  readonly attempt: number;
  readonly state: JournalState;
  readonly token: string;
  readonly evidence: Evidence;
  readonly at: string;
}

/**
 * Where an execution stands. `perform`: `attempt` is the number to use next, `interrupted` says that an earlier attempt
 * began and its end is unknown, so its effect has to be looked up before it is repeated. `compensate`: undoing has
 * begun; `step` is the one whose undoing is open, or null when none is.
 */
export type JournalPosition =
  | {
      readonly kind: 'perform';
      readonly step: string;
      readonly attempt: number;
      readonly interrupted: boolean;
    }
  | { readonly kind: 'compensate'; readonly step: string | null }
  | { readonly kind: 'complete' };

type Candidate = Omit<JournalEntry, 'plan' | 'at' | 'evidence'>;

/** The position after `entries`, for steps in this order. */
export function journalPosition(
  steps: readonly string[],
  entries: readonly JournalEntry[],
): JournalPosition {
  const undoing = entries.filter(isUndoing);
  if (undoing.length > 0) {
    const open = undoing.at(-1);
    return { kind: 'compensate', step: open?.state === 'compensating' ? open.step : null };
  }
  const step = steps.find((id) => lastOf(entries, id)?.state !== 'done');
  if (step === undefined) return { kind: 'complete' };
  const last = lastOf(entries, step);
  return {
    kind: 'perform',
    step,
    attempt: (last?.attempt ?? 0) + 1,
    interrupted: last?.state === 'intent',
  };
}

/** Why `entry` may not come next, or null when it may. */
export function journalObjection(
  steps: readonly string[],
  entries: readonly JournalEntry[],
  entry: Candidate,
): string | null {
  if (!steps.includes(entry.step)) return `the plan has no step ${entry.step}`;
  switch (entry.state) {
    case 'intent':
      return intentObjection(steps, entries, entry);
    case 'done':
    case 'failed':
      return endObjection(entries, entry, 'intent');
    case 'compensating':
      return compensatingObjection(entries, entry);
    case 'compensated':
      return endObjection(entries, entry, 'compensating');
  }
}

/** Why an execution with these entries is not wholly undone, or null when it is. */
export function compensationObjection(entries: readonly JournalEntry[]): string | null {
  const open = stepsOf(entries).find((step) => {
    const state = lastOf(entries, step)?.state;
    return state === 'intent' || state === 'compensating';
  });
  return open === undefined ? null : `step ${open} has no outcome yet`;
}

function intentObjection(
  steps: readonly string[],
  entries: readonly JournalEntry[],
  entry: Candidate,
): string | null {
  const position = journalPosition(steps, entries);
  if (position.kind === 'compensate') return 'the plan is being undone; no step may begin';
  if (position.kind === 'complete') return 'every step is done';
  if (position.step !== entry.step) return `step ${position.step} comes first`;
  if (position.attempt !== entry.attempt) return `the next attempt is number ${position.attempt}`;
  const last = lastOf(entries, entry.step);
  if (position.interrupted && last?.generation === entry.generation)
    return `attempt ${last.attempt} of ${entry.step} has no outcome yet`;
  return null;
}

function endObjection(
  entries: readonly JournalEntry[],
  entry: Candidate,
  opening: 'intent' | 'compensating',
): string | null {
  const last = lastOf(entries, entry.step);
  if (last?.state !== opening) return `step ${entry.step} has no open ${opening} entry`;
  if (last.token !== entry.token || last.generation !== entry.generation)
    return `the open ${opening} entry of ${entry.step} belongs to another attempt`;
  return null;
}

function compensatingObjection(entries: readonly JournalEntry[], entry: Candidate): string | null {
  const last = lastOf(entries, entry.step);
  if (last === undefined) return `step ${entry.step} never began`;
  if (last.state === 'compensated') return `step ${entry.step} is undone already`;
  if (last.state === 'compensating' && last.generation === entry.generation)
    return `undoing ${entry.step} has no outcome yet`;
  if (last.attempt !== entry.attempt) return `attempt ${last.attempt} is the one to undo`;
  const open = entries.filter(isUndoing).at(-1);
  return open?.state === 'compensating' && open.step !== entry.step
    ? `undoing ${open.step} comes first`
    : null;
}

function isUndoing(entry: JournalEntry): boolean {
  return entry.state === 'compensating' || entry.state === 'compensated';
}

function stepsOf(entries: readonly JournalEntry[]): readonly string[] {
  return [...new Set(entries.map(({ step }) => step))];
}

function lastOf(entries: readonly JournalEntry[], step: string): JournalEntry | undefined {
  return entries.findLast((entry) => entry.step === step);
}

/** The token of one attempt: readable, unique within a state directory, and stable when it is asked for again. */
export function attemptToken(plan: string, generation: number, step: string, n: number): string {
  assert(generation > 0 && n > 0, 'generations and attempts count from 1');
  return `${plan}/${generation}/${step}/${n}`;
}

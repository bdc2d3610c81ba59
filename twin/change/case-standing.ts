// Where one case of a campaign stands: its attempts, and of each what was recorded so far. The rules keep the record
// honest: nothing is measured that was not predicted before, a prediction is never made anew for the same attempt, and
// an attempt that was cut off stays counted.
import { assert, unreachable } from '../../engine/failure.ts';
import type { Digest } from '../../engine/digest.ts';
import { nameOf, type BodyOf, type LedgerBody, type Proposal } from './events.ts';
import type { Register } from './register.ts';

/** `prediction`, `score`: digests of the documents, null before they were recorded. */
export interface CaseAttempt {
  readonly attempt: number;
  readonly begunAt: string;
  readonly prediction: Digest | null;
  readonly measurements: readonly Digest[];
  readonly score: Digest | null;
}

/** `name` is `<campaign>-<seed>/<case>`. Attempts are in order, the last one may be unfinished. */
export interface CaseStanding {
  readonly name: string;
  readonly attempts: readonly CaseAttempt[];
}

type CaseEventType = Extract<LedgerBody['type'], `premortem.case.${string}`>;
type CaseEvent = BodyOf<CaseEventType>;
type CaseProposal = Extract<Proposal, { type: CaseEventType }>;

/** Whether an event is about a case of a campaign. */
export function isCaseEvent<E extends { readonly type: LedgerBody['type'] }>(
  event: E,
): event is Extract<E, { readonly type: CaseEventType }> {
  return event.type.startsWith('premortem.case.');
}

/** Why an event about a case may not happen now, or null when it may. */
export function caseObjection(register: Register, event: CaseProposal): string | null {
  const attempts = register.cases.get(nameOf(event.subject))?.attempts ?? [];
  const last = attempts.at(-1);
  const { attempt } = event.data;
  if (event.type === 'premortem.case.begun') {
    const next = attempts.length + 1;
    return attempt === next ? null : `attempt ${next} is the next one, not ${attempt}`;
  }
  if (last?.attempt !== attempt) return `attempt ${attempt} is not the one that was begun last`;
  if (last.score !== null) return `attempt ${attempt} is scored already`;
  switch (event.type) {
    case 'premortem.case.predicted':
      return last.prediction === null ? null : `attempt ${attempt} is predicted already`;
    case 'premortem.case.measured':
      return measurementObjection(last, event.data.repetition);
    case 'premortem.case.scored': {
      const isPlayed = last.prediction !== null && last.measurements.length > 0;
      return event.data.status === 'failed' || isPlayed ? null : 'nothing was measured';
    }
    default:
      return unreachable(event);
  }
}

/** The standing after an event that `caseObjection` has nothing against. */
export function recordCaseEvent(register: Register, event: CaseEvent): CaseStanding {
  const name = nameOf(event.subject);
  const attempts = register.cases.get(name)?.attempts ?? [];
  if (event.type === 'premortem.case.begun') {
    const { attempt } = event.data;
    const begun = { attempt, begunAt: event.at, prediction: null, measurements: [], score: null };
    return { name, attempts: [...attempts, begun] };
  }
  const last = attempts.at(-1);
  assert(last !== undefined, 'an event about a case that was not begun was objected to');
  return { name, attempts: [...attempts.slice(0, -1), changedBy(last, event)] };
}

/** The first attempt that came to an end: the one that counts. */
export function countingAttempt({ attempts }: CaseStanding): CaseAttempt | undefined {
  return attempts.find(({ score }) => score !== null);
}

function measurementObjection(last: CaseAttempt, repetition: number): string | null {
  if (last.prediction === null) return 'nothing is measured before it is predicted';
  const next = last.measurements.length + 1;
  return repetition === next ? null : `repetition ${next} is the next one, not ${repetition}`;
}

function changedBy(
  last: CaseAttempt,
  event: Exclude<CaseEvent, BodyOf<'premortem.case.begun'>>,
): CaseAttempt {
  switch (event.type) {
    case 'premortem.case.predicted':
      return { ...last, prediction: event.data.prediction };
    case 'premortem.case.measured':
      return { ...last, measurements: [...last.measurements, event.data.measurement] };
    case 'premortem.case.scored':
      return { ...last, score: event.data.score };
    default:
      return unreachable(event);
  }
}

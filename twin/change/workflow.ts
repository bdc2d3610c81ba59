// The way of a plan as a table: (state, move) → state. Everything that is not in the table is refused, with a sentence
// that says what is possible instead. Whether a move is deserved (signatures, digests, ages) is decided elsewhere.

export const planStates = [
  'submitted',
  'approved',
  'rejected',
  'stale',
  'executing',
  'done',
  'compensated',
  'stuck',
] as const;
export type PlanState = (typeof planStates)[number];

/** `endorse`: one more approval, others still needed; `approve`: the approval that makes them enough. */
export const planMoves = [
  'endorse',
  'approve',
  'reject',
  'invalidate',
  'start',
  'resume',
  'complete',
  'compensate',
  'halt',
] as const;
export type PlanMove = (typeof planMoves)[number];

/** `stuck` means: neither finished nor undone, and safe to look at; only a resumed executor leads out of it. */
const table: Readonly<Record<PlanState, Readonly<Partial<Record<PlanMove, PlanState>>>>> = {
  submitted: {
    endorse: 'submitted',
    approve: 'approved',
    reject: 'rejected',
    invalidate: 'stale',
  },
  approved: { approve: 'approved', reject: 'rejected', invalidate: 'stale', start: 'executing' },
  rejected: {},
  stale: {},
  executing: {
    resume: 'executing',
    complete: 'done',
    compensate: 'compensated',
    halt: 'stuck',
  },
  done: {},
  compensated: {},
  stuck: { resume: 'executing' },
};

/** Where a move leads, or why it is impossible. */
export function nextState(
  state: PlanState,
  move: PlanMove,
): { readonly state: PlanState } | { readonly refusal: string } {
  const next = table[state][move];
  if (next !== undefined) return { state: next };
  const possible = Object.keys(table[state]);
  const instead =
    possible.length === 0 ? 'nothing more can happen to it' : `possible: ${possible.join(', ')}`;
  return { refusal: `a plan that is ${state} cannot ${move}; ${instead}` };
}

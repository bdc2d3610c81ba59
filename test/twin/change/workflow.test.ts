// The table of a plan's states: what is in it, and that nothing else is possible.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextState, planMoves, planStates, type PlanState } from '../../../twin/change/workflow.ts';

describe('the workflow of a plan', () => {
  it('leads from submission to a finished execution', () => {
    const way = ['endorse', 'approve', 'start', 'halt', 'resume', 'complete'] as const;
    const states: PlanState[] = [];
    let state: PlanState = 'submitted';
    for (const move of way) {
      const next = nextState(state, move);
      if ('refusal' in next) throw new Error(next.refusal);
      state = next.state;
      states.push(state);
    }
    expect(states).toEqual(['submitted', 'approved', 'executing', 'stuck', 'executing', 'done']);
  });

  it('lets a plan start only from approved', () => {
    const from = planStates.filter((state) => 'state' in nextState(state, 'start'));
    expect(from).toEqual(['approved']);
  });

  it('has no way out of rejected, stale, done and compensated', () => {
    const ends = planStates.filter((state) =>
      planMoves.every((move) => 'refusal' in nextState(state, move)),
    );
    expect(ends).toEqual(['rejected', 'stale', 'done', 'compensated']);
  });

  it('says what is possible instead of an impossible move', () => {
    expect(nextState('submitted', 'start')).toEqual({
      refusal:
        'a plan that is submitted cannot start; possible: endorse, approve, reject, invalidate',
    });
    expect(nextState('done', 'start')).toEqual({
      refusal: 'a plan that is done cannot start; nothing more can happen to it',
    });
  });

  it('never reaches executing without having been approved, whatever the moves', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...planMoves), { maxLength: 30 }), (moves) => {
        let state: PlanState = 'submitted';
        let wasApproved = false;
        for (const move of moves) {
          const next = nextState(state, move);
          if ('refusal' in next) continue;
          state = next.state;
          wasApproved ||= state === 'approved';
          if (state === 'executing') expect(wasApproved).toBe(true);
        }
      }),
    );
  });
});

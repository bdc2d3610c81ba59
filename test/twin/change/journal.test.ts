// The journal's rules: order, attempts, fencing by token, undoing; and that any number of crashes leads to the end.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  attemptToken,
  compensationObjection,
  journalObjection,
  journalPosition,
  type JournalEntry,
} from '../../../twin/change/journal.ts';

const steps = ['1-check', '2-hold', '3-stop', '4-release'];

function entry(
  state: JournalEntry['state'],
  step: string,
  attempt = 1,
  generation = 1,
): JournalEntry {
  const token = attemptToken('plan-x', generation, step, attempt);
  return {
    plan: 'plan-x',
    generation,
    step,
    attempt,
    state,
    token,
    evidence: {},
    at: '2030-01-01T12:00:00.000Z',
  };
}

const done = (step: string): readonly JournalEntry[] => [
  entry('intent', step),
  entry('done', step),
];

describe('the journal', () => {
  it('begins with the first step and goes on with the next one', () => {
    expect(journalPosition(steps, [])).toEqual({
      kind: 'perform',
      step: '1-check',
      attempt: 1,
      interrupted: false,
    });
    expect(journalPosition(steps, done('1-check'))).toMatchObject({ step: '2-hold', attempt: 1 });
    expect(journalPosition(steps, steps.flatMap(done))).toEqual({ kind: 'complete' });
  });

  it('refuses a step out of order, a step of no plan and an end without a beginning', () => {
    expect(journalObjection(steps, [], entry('intent', '2-hold'))).toBe('step 1-check comes first');
    expect(journalObjection(steps, [], entry('intent', '9-more'))).toBe(
      'the plan has no step 9-more',
    );
    expect(journalObjection(steps, [], entry('done', '1-check'))).toBe(
      'step 1-check has no open intent entry',
    );
  });

  it('refuses a second beginning within one generation and allows it to the next one', () => {
    const begun = [entry('intent', '1-check')];
    expect(journalObjection(steps, begun, entry('intent', '1-check', 2))).toBe(
      'attempt 1 of 1-check has no outcome yet',
    );
    expect(journalObjection(steps, begun, entry('intent', '1-check', 2, 2))).toBeNull();
    expect(journalPosition(steps, begun)).toMatchObject({ attempt: 2, interrupted: true });
  });

  it('refuses the end of an attempt that belongs to an earlier executor', () => {
    const taken = [entry('intent', '1-check'), entry('intent', '1-check', 2, 2)];
    expect(journalObjection(steps, taken, entry('done', '1-check'))).toBe(
      'the open intent entry of 1-check belongs to another attempt',
    );
    expect(journalObjection(steps, taken, entry('done', '1-check', 2, 2))).toBeNull();
  });

  it('lets a failed step be tried again and a finished one not', () => {
    const failed = [entry('intent', '1-check'), entry('failed', '1-check')];
    expect(journalObjection(steps, failed, entry('intent', '1-check', 2))).toBeNull();
    expect(journalObjection(steps, done('1-check'), entry('intent', '1-check', 2))).toBe(
      'step 2-hold comes first',
    );
  });

  it('allows no step once undoing has begun, and undoes each step once', () => {
    const undoing = [...done('1-check'), ...done('2-hold'), entry('compensating', '2-hold')];
    expect(journalPosition(steps, undoing)).toEqual({ kind: 'compensate', step: '2-hold' });
    expect(journalObjection(steps, undoing, entry('intent', '3-stop'))).toBe(
      'the plan is being undone; no step may begin',
    );
    expect(journalObjection(steps, undoing, entry('compensating', '1-check'))).toBe(
      'undoing 2-hold comes first',
    );
    expect(compensationObjection(undoing)).toBe('step 2-hold has no outcome yet');
    const undone = [...undoing, entry('compensated', '2-hold')];
    expect(journalObjection(steps, undone, entry('compensating', '2-hold'))).toBe(
      'step 2-hold is undone already',
    );
    expect(journalPosition(steps, undone)).toEqual({ kind: 'compensate', step: null });
    expect(compensationObjection(undone)).toBeNull();
  });

  it('does not undo what never began', () => {
    expect(journalObjection(steps, done('1-check'), entry('compensating', '3-stop'))).toBe(
      'step 3-stop never began',
    );
  });

  it('reaches the end after any crashes, with every step done exactly once', () => {
    const life = fc.array(fc.constantFrom('crash', 'fail', 'go'), { maxLength: 40 });
    fc.assert(
      fc.property(life, (fates) => {
        const entries: JournalEntry[] = [];
        const write = (next: JournalEntry): void => {
          expect(journalObjection(steps, entries, next)).toBeNull();
          entries.push(next);
        };
        const fate = [...fates];
        let generation = 1;
        for (;;) {
          const position = journalPosition(steps, entries);
          if (position.kind !== 'perform') break;
          const { step, attempt } = position;
          write(entry('intent', step, attempt, generation));
          const what = fate.shift() ?? 'go';
          if (what === 'crash') generation++;
          else write(entry(what === 'fail' ? 'failed' : 'done', step, attempt, generation));
        }
        expect(journalPosition(steps, entries)).toEqual({ kind: 'complete' });
        expect(entries.filter(({ state }) => state === 'done').map(({ step }) => step)).toEqual(
          steps,
        );
      }),
    );
  });
});

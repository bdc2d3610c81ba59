// The rules of a campaign's record: predicted before measured, each once, nothing forgotten.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestOfBytes } from '../../../engine/digest.ts';
import { countingAttempt } from '../../../twin/change/case-standing.ts';
import type { Proposal } from '../../../twin/change/events.ts';
import { RegisterFold } from '../../../twin/change/register.ts';
import { happen } from './cast.ts';

const subject = 'case/default-1/1-000-steady';
const some = digestOfBytes('a document');

type CaseProposal = Extract<Proposal, { type: `premortem.case.${string}` }>;

const begun = (attempt: number): CaseProposal => ({
  type: 'premortem.case.begun',
  subject,
  data: { attempt, campaign: some, estate: some, scenario: some },
});
const predicted = (attempt: number): CaseProposal => ({
  type: 'premortem.case.predicted',
  subject,
  data: { attempt, calibration: null, prediction: some, trace: some },
});
const measured = (attempt: number, repetition: number): CaseProposal => ({
  type: 'premortem.case.measured',
  subject,
  data: { attempt, repetition, measurement: some },
});
const scored = (attempt: number, status: 'scored' | 'failed' = 'scored'): CaseProposal => ({
  type: 'premortem.case.scored',
  subject,
  data: { attempt, status, score: some },
});

/** A register to which every event was added that the rules allow, and what they had against the others. */
function fold(events: readonly Proposal[]): { register: RegisterFold; refused: string[] } {
  const register = new RegisterFold();
  happen(register, { type: 'premortem.state.created', subject: 'state/x', data: { key: some } });
  const refused = events.flatMap((event) => happen(register, event) ?? []);
  return { register, refused };
}

describe('the record of a case', () => {
  it('holds an attempt from its beginning to its score', () => {
    const { register, refused } = fold([begun(1), predicted(1), measured(1, 1), scored(1)]);
    expect(refused).toEqual([]);
    const standing = register.cases.get('default-1/1-000-steady');
    expect(standing?.attempts).toMatchObject([
      { attempt: 1, prediction: some, measurements: [some], score: some },
    ]);
  });

  it.each<[string, readonly CaseProposal[], string]>([
    ['measured before it is predicted', [begun(1), measured(1, 1)], 'nothing is measured before'],
    ['predicted twice', [begun(1), predicted(1), predicted(1)], 'predicted already'],
    ['scored without a measurement', [begun(1), predicted(1), scored(1)], 'nothing was measured'],
    ['played without having begun', [predicted(1)], 'not the one that was begun last'],
    ['begun over a number', [begun(2)], 'attempt 1 is the next one'],
    ['measured out of order', [begun(1), predicted(1), measured(1, 2)], 'repetition 1 is the next'],
    [
      'written on after its score',
      [begun(1), predicted(1), measured(1, 1), scored(1), measured(1, 2)],
      'scored already',
    ],
    [
      'continued in an attempt that was given up',
      [begun(1), predicted(1), begun(2), measured(1, 1)],
      'not the one that was begun last',
    ],
  ])('is never %s', (_, events, reason) => {
    const { refused } = fold(events);
    expect(refused).toHaveLength(1);
    expect(refused[0]).toContain(reason);
  });

  it('may end without a measurement only as failed', () => {
    expect(fold([begun(1), scored(1, 'failed')]).refused).toEqual([]);
  });

  it('counts the first attempt that came to an end, and keeps the others', () => {
    const { register } = fold([
      begun(1),
      predicted(1),
      begun(2),
      scored(2, 'failed'),
      begun(3),
      scored(3, 'failed'),
    ]);
    const standing = register.cases.get('default-1/1-000-steady');
    expect(standing?.attempts).toHaveLength(3);
    expect(standing === undefined ? null : countingAttempt(standing)?.attempt).toBe(2);
  });

  it('never shows a measurement of an attempt without a prediction, whatever order events come in', () => {
    const event = fc.oneof(
      fc.integer({ min: 1, max: 3 }).map(begun),
      fc.integer({ min: 1, max: 3 }).map(predicted),
      fc
        .tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 }))
        .map(([a, r]) => measured(a, r)),
      fc.integer({ min: 1, max: 3 }).map((attempt) => scored(attempt)),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        const attempts = [...fold(events).register.cases.values()].flatMap((one) => one.attempts);
        for (const { prediction, measurements, score } of attempts) {
          if (measurements.length > 0) expect(prediction).not.toBeNull();
          if (score !== null) expect(measurements.length).toBeGreaterThan(0);
        }
      }),
    );
  });
});

// How far the model is trusted: each part of the distrust can only add, and what nobody knows is never to its credit.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Parameter } from '../../../twin/parameters.ts';
import { modelDistrust, trackRecords } from '../../../twin/record/distrust.ts';
import type { PlayRecord } from '../../../twin/record/record.ts';

function parameter(origin: Parameter['origin'], doubts: readonly string[] = []): Parameter {
  const rest = doubts.length === 0 ? {} : { doubts: [...doubts] };
  return { path: 'write.localMs', value: 1, unit: 'ms', origin, source: 'a test', ...rest };
}

const measured = parameter('calibrated');
const guessed = parameter('default');
const aged = parameter('calibrated', ['measured more than 7d ago']);

function track(changes: Partial<PlayRecord> = {}): PlayRecord {
  return { play: 'promote', cases: 100, inside: 9_000, of: 10_000, medianError: 0, ...changes };
}

function valueOf(parameters: readonly Parameter[], tracks: readonly PlayRecord[] | null): number {
  return modelDistrust(parameters, tracks).value;
}

const tracks = fc
  .record({
    inside: fc.nat(500),
    missed: fc.nat(500),
    medianError: fc.option(fc.double({ min: 0, max: 3, noNaN: true })),
  })
  .map(({ inside, missed, medianError }) => track({ inside, of: inside + missed, medianError }));
const parameters = fc.array(fc.constantFrom(measured, guessed, aged), {
  minLength: 1,
  maxLength: 12,
});

describe('distrust of the model', () => {
  it('is as good as nothing for a measured model whose many forecasts came true as often as promised', () => {
    expect(valueOf([measured, measured], [track()])).toBeLessThan(0.01);
  });

  it('is complete when every parameter is a guess', () => {
    expect(valueOf([guessed], [track()])).toBe(1);
  });

  it('is one half for a measured model without any record', () => {
    expect(valueOf([measured], null)).toBe(0.5);
    expect(valueOf([measured], [track({ inside: 0, of: 0, medianError: null })])).toBe(0.5);
  });

  it('counts a short record for less than a long one of the same quality', () => {
    const values = [10, 100, 1_000].map((of) =>
      valueOf([measured], [track({ inside: of * 0.9, of })]),
    );
    expect(values).toEqual(values.toSorted((a, b) => b - a));
    expect(new Set(values).size).toBe(3);
  });

  it('goes by the least known of the kinds that are played', () => {
    const unknown = track({ play: 'crash', inside: 0, of: 0, medianError: null });
    expect(valueOf([measured], [track(), unknown])).toBe(0.5);
  });

  it('lies between 0 and 1', () => {
    fc.assert(
      fc.property(parameters, fc.option(fc.array(tracks, { maxLength: 3 })), (some, known) => {
        const value = valueOf(some, known);
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('never falls when a forecast less came true, an error grew, or a parameter is doubted or guessed', () => {
    fc.assert(
      fc.property(
        parameters,
        tracks,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (some, one, more) => {
          const before = valueOf(some, [one]);
          const missed = { ...one, inside: Math.max(0, one.inside - 1) };
          const wrong = { ...one, medianError: (one.medianError ?? 0) + more };
          const [first = measured, ...rest] = some;
          const doubted = first.origin === 'default' ? first : aged;
          expect(valueOf(some, [missed])).toBeGreaterThanOrEqual(before);
          expect(valueOf(some, [wrong])).toBeGreaterThanOrEqual(before);
          expect(valueOf([doubted, ...rest], [one])).toBeGreaterThanOrEqual(before - 1e-12);
          expect(valueOf([guessed, ...rest], [one])).toBeGreaterThanOrEqual(before - 1e-12);
          expect(valueOf(some, null)).toBeGreaterThanOrEqual(valueOf(some, [track()]));
        },
      ),
    );
  });

  it('says in words what it rests on', () => {
    const { evidence } = modelDistrust(
      [guessed, aged],
      [track({ inside: 61, of: 70, medianError: 0.021 })],
    );
    expect(evidence).toBe(
      '1 of 2 parameters are defaults that nobody measured here; 1 of 2 parameters are in doubt: measured more than 7d ago; 61 of 70 forecasts of “promote” came true at 90 %, with a median error of 2.1 %',
    );
    expect(modelDistrust([measured], null).evidence).toContain('no record of earlier predictions');
  });
});

describe('the line of a record for a scenario', () => {
  const record = { plays: [track(), track({ play: 'load only', inside: 5, of: 6 })] };

  it('is that of each kind that it plays', () => {
    expect(trackRecords(record, ['promote', 'promote'])).toEqual([track()]);
  });

  it('is that of load alone when it plays nothing', () => {
    expect(trackRecords(record, [])).toEqual([track({ play: 'load only', inside: 5, of: 6 })]);
  });

  it('is one of zeros for what was never played', () => {
    expect(trackRecords(record, ['crash'])).toEqual([
      { play: 'crash', cases: 0, inside: 0, of: 0, medianError: null },
    ]);
  });
});

// Estates with anything in any place: they are read, or the mistakes are told; resolving never throws.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { resolveEstate } from '../../../twin/estate/resolve.ts';
import { labEstateText } from '../../scenarios/library.ts';

describe('data of any shape', () => {
  /** Every place in a plain document. */
  function placesOf(value: unknown, at: readonly (string | number)[] = []): (string | number)[][] {
    if (typeof value !== 'object' || value === null) return [[...at]];
    const inner = Object.entries(value).flatMap(([key, member]) =>
      placesOf(member, [...at, Array.isArray(value) ? Number(key) : key]),
    );
    return [[...at], ...inner];
  }

  function replaced(
    value: unknown,
    [head, ...rest]: readonly (string | number)[],
    by: unknown,
  ): unknown {
    if (head === undefined) return by;
    if (Array.isArray(value)) {
      return value.map((member: unknown, index) =>
        index === head ? replaced(member, rest, by) : member,
      );
    }
    const members = Object.entries(value as object).map(([key, member]) =>
      key === head ? [key, replaced(member, rest, by)] : [key, member],
    );
    return Object.fromEntries(members);
  }

  it('in any place is read or told, with paths that lead to something, and never thrown', () => {
    const data: unknown = parse(labEstateText);
    const places = placesOf(data);
    expect(places.length).toBeGreaterThan(80);
    const anything = fc.oneof(
      fc.jsonValue({ maxDepth: 3 }),
      fc.constantFrom(
        '__proto__',
        'constructor',
        '',
        Number.NaN,
        -0,
        1e308,
        '1e308s',
        '9e-324ms',
        [null],
        {},
      ),
    );
    fc.assert(
      fc.property(fc.constantFrom(...places), anything, (place, value) => {
        const reading = resolveEstate(replaced(data, place, value));
        if (reading.kind === 'read') return;
        expect(reading.findings.length).toBeGreaterThan(0);
        for (const { message } of reading.findings) expect(message).not.toBe('');
      }),
      { numRuns: 1000 },
    );
  });
});

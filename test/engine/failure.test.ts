// Errors and digests: what users read, and what documents are named by.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalText, digestOf, digestOfBytes } from '../../engine/digest.ts';
import {
  assert,
  describeMistake,
  nearestNames,
  unreachable,
  UserError,
} from '../../engine/failure.ts';

describe('mistakes', () => {
  test('are told with file, line, path and remedy, as far as known', () => {
    const place = { file: 'estate.yaml', line: 41, path: 'fleets.a' };
    const told = [
      describeMistake({ message: 'unknown zone "x"', place, remedy: 'zones here: a, b' }),
      describeMistake({ message: 'empty', place: { file: 'estate.yaml' } }),
      describeMistake({ message: 'empty', place: { path: 'fleets' } }),
      describeMistake({ message: 'empty' }),
    ];
    expect(told).toEqual([
      'estate.yaml:41 fleets.a: unknown zone "x"; zones here: a, b',
      'estate.yaml: empty',
      'fleets: empty',
      'empty',
    ]);
  });

  test('one or several make an error, one per line', () => {
    const error = new UserError('input', [{ message: 'first' }, { message: 'second' }]);
    expect([error.code, error.mistakes.length, error.message]).toEqual([
      'input',
      2,
      'first\nsecond',
    ]);
    expect(new UserError('usage', { message: 'only' }).mistakes).toEqual([{ message: 'only' }]);
  });

  test('broken invariants name themselves', () => {
    expect(() => assert(false, 'two is two')).toThrow('invariant broken: two is two');
    expect(() => assert(true, 'two is two')).not.toThrow();
    expect(() => unreachable('odd' as never)).toThrow('unexpected value "odd"');
  });

  test('the nearest names are offered, the closest first, strangers never', () => {
    const zones = ['eu-west-1a', 'eu-west-1b', 'us-east-1a', 'mars'];
    expect(nearestNames('eu-west-1c', zones, 2)).toEqual(['eu-west-1a', 'eu-west-1b']);
    expect(nearestNames('US-EAST-1A', zones)[0]).toBe('us-east-1a');
    expect(nearestNames('zzzz', zones)).toEqual([]);
  });
});

describe('digests', () => {
  test('are SHA-256, known by heart for the empty text', () => {
    expect(digestOfBytes('')).toBe(
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    );
  });

  test('do not depend on the order of keys, nor on when and where a document was made', () => {
    const document = fc.dictionary(fc.string(), fc.jsonValue());
    fc.assert(
      fc.property(document, (content) => {
        const reversed = Object.fromEntries(Object.entries(content).toReversed());
        const outside = { id: 'i', digest: 'd', createdAt: 'now', timings: {}, host: {} };
        expect(digestOf({ ...reversed, ...outside })).toBe(digestOf({ ...content, ...outside }));
        const kept = Object.entries(content).filter(([key]) => !Object.hasOwn(outside, key));
        expect(digestOf({ ...content, ...outside })).toBe(digestOf(Object.fromEntries(kept)));
      }),
      { numRuns: 200 },
    );
  });

  test('tell values apart, nested ones included, and refuse what JSON cannot hold', () => {
    expect(digestOf({ a: { id: 1 } })).not.toBe(digestOf({ a: { id: 2 } }));
    expect(canonicalText({ b: 1, a: [true, null, 'ü'] })).toBe('{"a":[true,null,"ü"],"b":1}');
    expect(() => canonicalText({ a: Number.NaN })).toThrow();
    expect(() => canonicalText({ a: Infinity })).toThrow();
  });
});

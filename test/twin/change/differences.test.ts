// Differences between documents in words.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalText } from '../../../engine/digest.ts';
import { differences } from '../../../twin/change/differences.ts';

describe('differences', () => {
  it('names the path, the old and the new value', () => {
    const before = { links: [{ between: ['a', 'b'], delayMs: 40 }], name: 'lab' };
    const after = { links: [{ between: ['a', 'b'], delayMs: 55 }], name: 'lab' };
    expect(differences(before, after)).toEqual(['links[0].delayMs 40 → 55']);
  });

  it('compares members of lists by their id, so that a new first one is one difference', () => {
    const before = { nodes: [{ id: 'b', zone: 1 }] };
    const after = {
      nodes: [
        { id: 'a', zone: 9 },
        { id: 'b', zone: 1 },
      ],
    };
    expect(differences(before, after)).toEqual(['nodes[a] nothing → {"id":"a","zone":9}']);
  });

  it('tells how many more there are', () => {
    const before = { a: 1, b: 2, c: 3 };
    expect(differences(before, {}, 2)).toEqual(['a 1 → nothing', 'b 2 → nothing', '1 more']);
  });

  it('finds a difference exactly when the canonical texts differ', () => {
    const document = fc.jsonValue({ maxDepth: 3 }).map((value) => ({ value }));
    fc.assert(
      fc.property(document, document, (one, other) => {
        const same = canonicalText(one) === canonicalText(other);
        expect(differences(one, other).length === 0).toBe(same);
      }),
    );
  });
});

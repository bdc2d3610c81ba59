// The chain of the ledger: what is hashed, how links are joined, and that no touched link passes.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalText, digestOfBytes } from '../../../engine/digest.ts';
import type { LedgerBody } from '../../../twin/change/events.ts';
import { genesisHash, readLink, sealEvent } from '../../../twin/change/ledger-event.ts';

const body: LedgerBody = {
  seq: 1,
  id: 'e-1',
  type: 'premortem.shard.assigned',
  subject: 'shard/checkout-0',
  actor: 'ada',
  at: '2030-01-01T12:00:00.000Z',
  data: { primary: 'checkout-0-us', epoch: 1 },
  previous: genesisHash,
};
const start = { seq: 0, hash: genesisHash };

describe('a link of the ledger', () => {
  it('is hashed over the canonical text of all its fields, the id included', () => {
    const link = sealEvent(body);
    const { seq, id, type, subject, actor, at, data, previous } = body;
    const text = canonicalText({ seq, id, type, subject, actor, at, data, previous });
    expect(link).toEqual({ seq: 1, hash: digestOfBytes(text), text });
    expect(readLink(link, start)).toEqual({ ...body, hash: link.hash });
  });

  it('is refused when it is missing, moved, or follows another one', () => {
    const link = sealEvent(body);
    expect(readLink({ ...link, seq: 2 }, start)).toEqual({ fault: 'entry 1 is missing' });
    const moved = { ...link, seq: 5 };
    expect(readLink(moved, { seq: 4, hash: genesisHash })).toEqual({
      fault: 'entry 5 says it is entry 1',
    });
    expect(readLink(link, { seq: 0, hash: digestOfBytes('x') })).toEqual({
      fault: 'entry 1 does not follow entry 0',
    });
  });

  it('is refused when it is hashed rightly but is no event', () => {
    const text = canonicalText({ ...body, type: 'premortem.shard.forgotten' });
    expect(readLink({ seq: 1, hash: digestOfBytes(text), text }, start)).toEqual({
      fault: 'entry 1 is not an event of this version',
    });
  });

  it('is refused after any single character of text or hash was changed', () => {
    const link = sealEvent(body);
    const column = fc.constantFrom('text' as const, 'hash' as const);
    fc.assert(
      fc.property(column, fc.nat(), fc.integer({ min: 32, max: 126 }), (name, place, code) => {
        const at = place % link[name].length;
        const character = String.fromCharCode(code);
        fc.pre(link[name][at] !== character);
        const touched = link[name].slice(0, at) + character + link[name].slice(at + 1);
        expect(readLink({ ...link, [name]: touched }, start)).toHaveProperty('fault');
      }),
    );
  });
});

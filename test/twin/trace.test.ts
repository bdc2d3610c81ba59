// The trace file: what was written is read again to the last bit, and damage never goes unnoticed.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../engine/failure.ts';
import { makeTrace, readTrace, writeTrace, type Trace } from '../../twin/trace.ts';

const traces = fc
  .record({
    seed: fc.string({ unit: 'grapheme' }),
    classes: fc.array(fc.string(), { minLength: 1, maxLength: 4 }),
    tenants: fc.array(fc.string(), { minLength: 1, maxLength: 4 }),
    rows: fc.array(
      fc.record({
        atMs: fc.double({ min: 0, max: 999, noNaN: true }),
        classOf: fc.nat(),
        tenantOf: fc.nat(),
        size: fc.double({ min: 1, max: 1e9, noNaN: true }),
      }),
      { maxLength: 30 },
    ),
  })
  .map(({ seed, classes, tenants, rows }) => {
    const ordered = rows.toSorted((a, b) => a.atMs - b.atMs);
    return makeTrace(
      { seed, horizonMs: 1_000, classes, tenants },
      {
        atMs: Float64Array.from(ordered, ({ atMs }) => atMs),
        classOf: Uint16Array.from(ordered, ({ classOf }) => classOf % classes.length),
        tenantOf: Uint32Array.from(ordered, ({ tenantOf }) => tenantOf % tenants.length),
        size: Float64Array.from(ordered, ({ size }) => size),
      },
    );
  });

/** The message with which a file is refused, or null when it is read. */
function refusalOf(bytes: Uint8Array): string | null {
  try {
    readTrace(bytes, 'runs/1/trace.bin');
    return null;
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
}

const small = makeTrace(
  { seed: '1', horizonMs: 1_000, classes: ['commit'], tenants: ['a', 'b'] },
  {
    atMs: Float64Array.of(1, 2, 3),
    classOf: Uint16Array.of(0, 0, 0),
    tenantOf: Uint32Array.of(0, 1, 0),
    size: Float64Array.of(300, 300, 300),
  },
);

/** The file of a trace whose columns were replaced after it was drawn. */
function fileWith(columns: Partial<Trace>): Uint8Array {
  return writeTrace({ ...small, ...columns });
}

describe('a trace file', () => {
  it('is read as it was written, digest and all', () => {
    const property = fc.property(traces, (trace) => {
      expect(readTrace(writeTrace(trace), 'trace.bin')).toEqual(trace);
    });
    fc.assert(property);
  });

  it('is read from the middle of a larger buffer, too', () => {
    const bytes = writeTrace(small);
    const larger = new Uint8Array(bytes.length + 20).fill(7);
    larger.set(bytes, 5);
    expect(readTrace(larger.subarray(5, 5 + bytes.length), 'trace.bin')).toEqual(small);
  });

  it('is refused when it was cut off anywhere', () => {
    const bytes = writeTrace(small);
    for (let length = 0; length < bytes.length; length++) {
      expect(refusalOf(bytes.subarray(0, length))).toContain('runs/1/trace.bin: not a readable');
    }
    expect(refusalOf(Uint8Array.of(...bytes, 0))).toContain('expected 3 requests');
  });

  it('is refused, or has another digest, when any bit of it was flipped', () => {
    const bytes = writeTrace(small);
    let refused = 0;
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = bytes.slice();
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      if (refusalOf(flipped) === null) {
        expect(readTrace(flipped, 'trace.bin').digest).not.toBe(small.digest);
      } else refused++;
    }
    expect(refused).toBeGreaterThan(bytes.length);
  });

  it.each<[string, Partial<Trace>, string]>([
    ['is not of this kind', { schema: 'premortem/trace/v2' as 'premortem/trace/v1' }, 'header'],
    ['has no list of classes', { classes: 'commit' as unknown as string[] }, 'header'],
    ['has a time that is no number', { atMs: Float64Array.of(1, Number.NaN, 3) }, 'request 1'],
    ['goes back in time', { atMs: Float64Array.of(1, 3, 2) }, 'request 2'],
    ['goes beyond its horizon', { atMs: Float64Array.of(1, 2, 1_000) }, 'request 2'],
    ['names a class that it does not have', { classOf: Uint16Array.of(0, 1, 0) }, 'request 1'],
    ['names a tenant that it does not have', { tenantOf: Uint32Array.of(0, 0, 2) }, 'request 2'],
    ['has a size that is no number', { size: Float64Array.of(Infinity, 1, 1) }, 'request 0'],
  ])('is refused when it %s', (_, columns, where) => {
    expect(refusalOf(fileWith(columns))).toMatch(
      new RegExp(`^runs/1/trace.bin: not a readable trace .*${where}.*premortem plan`),
    );
  });
});

describe('the digest of a trace', () => {
  it('covers the header and every column', () => {
    const { atMs, classOf, tenantOf, size } = small;
    const header = { seed: '1', horizonMs: 1_000, classes: ['commit'], tenants: ['a', 'b'] };
    const columns = { atMs, classOf, tenantOf, size };
    const variants = [
      makeTrace(header, columns),
      makeTrace({ ...header, seed: '2' }, columns),
      makeTrace({ ...header, horizonMs: 1_001 }, columns),
      makeTrace({ ...header, tenants: ['a', 'c'] }, columns),
      makeTrace(header, { ...columns, atMs: Float64Array.of(1, 2, 3.5) }),
      makeTrace(header, { ...columns, tenantOf: Uint32Array.of(0, 1, 1) }),
      makeTrace(header, { ...columns, size: Float64Array.of(300, 301, 300) }),
    ];
    expect(variants[0]?.digest).toBe(small.digest);
    expect(new Set(variants.map(({ digest }) => digest)).size).toBe(variants.length);
  });

  it('is not made of columns of different lengths', () => {
    const columns = { ...small, size: Float64Array.of(1) };
    expect(() => makeTrace(small, columns)).toThrow('equally long');
  });
});

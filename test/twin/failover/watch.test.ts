// What a monitor believes, sign by sign, and the law by which the twin says how long it takes to see a death.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { beginWatch, detectionMs, leaseEndMs, observe } from '../../../twin/failover/watch.ts';

const rules = fc
  .record({
    heartbeatMs: fc.integer({ min: 10, max: 2_000 }),
    beats: fc.integer({ min: 2, max: 9 }),
  })
  .map(({ heartbeatMs, beats }) => ({ heartbeatMs, leaseMs: beats * heartbeatMs }));

describe('a primary that answers', () => {
  it('is trusted however often it is asked, and its lease runs from its last answer', () => {
    fc.assert(
      fc.property(rules, fc.integer({ min: 1, max: 50 }), (rule, beats) => {
        let watch = beginWatch(0);
        for (let beat = 1; beat <= beats; beat++) {
          watch = observe(watch, { kind: 'answer', atMs: beat * rule.heartbeatMs }, rule);
          const almost = leaseEndMs(watch, rule) - 1;
          expect(observe(watch, { kind: 'clock', atMs: almost }, rule).kind).toBe('trusted');
        }
        expect(leaseEndMs(watch, rule)).toBe(beats * rule.heartbeatMs + rule.leaseMs);
      }),
    );
  });
});

describe('a primary that falls silent', () => {
  it('is given up when its lease ends: a lease after its death, less what of a period had passed', () => {
    fc.assert(
      fc.property(
        rules,
        fc.nat(20),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (rule, beats, phase) => {
          let watch = beginWatch(0);
          for (let beat = 1; beat <= beats; beat++) {
            watch = observe(watch, { kind: 'answer', atMs: beat * rule.heartbeatMs }, rule);
          }
          const diedMs = (beats + phase) * rule.heartbeatMs;
          const endMs = leaseEndMs(watch, rule);
          expect(observe(watch, { kind: 'clock', atMs: endMs - 1e-6 }, rule).kind).toBe('trusted');
          expect(observe(watch, { kind: 'clock', atMs: endMs }, rule)).toEqual({
            kind: 'dead',
            sinceMs: endMs,
            sign: 'silence',
          });
          expect(endMs - diedMs).toBeCloseTo(detectionMs('silent', phase, rule), 6);
        },
      ),
    );
  });

  it('is not trusted again when it answers too late', () => {
    const rule = { heartbeatMs: 100, leaseMs: 300 };
    const late = observe(beginWatch(0), { kind: 'answer', atMs: 300 }, rule);
    expect(late).toMatchObject({ kind: 'dead', sign: 'silence' });
    expect(observe(late, { kind: 'answer', atMs: 310 }, rule)).toBe(late);
  });
});

describe('a primary that refuses', () => {
  it('is given up at once', () => {
    const rule = { heartbeatMs: 100, leaseMs: 300 };
    expect(observe(beginWatch(0), { kind: 'refused', atMs: 42 }, rule)).toEqual({
      kind: 'dead',
      sinceMs: 42,
      sign: 'reset',
    });
    expect(detectionMs('reset', 0.3, rule)).toBe(0);
  });
});

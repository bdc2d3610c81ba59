// Clients that send again: when they do, how often, and what they gain.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hedge } from '../../twin/clients/hedge.ts';
import { tryAgain } from '../../twin/clients/retries.ts';

const ms = fc.nat(100);

describe('a client that hedges', () => {
  it('is never slower for it, and asks a second time only after its delay', () => {
    fc.assert(
      fc.property(ms, ms, ms, (delayMs, firstMs, secondMs) => {
        let asked = 0;
        const { answerMs, copies } = hedge(delayMs, firstMs, () => {
          asked++;
          return secondMs;
        });
        expect([copies - 1, asked]).toEqual(firstMs > delayMs ? [1, 1] : [0, 0]);
        expect(answerMs).toBe(firstMs > delayMs ? Math.min(firstMs, delayMs + secondMs) : firstMs);
      }),
    );
  });
});

describe('a client that tries again', () => {
  it('stops at the first success, and after its last retry', () => {
    fc.assert(
      fc.property(fc.nat(5), fc.nat(10), (mostRetries, failures) => {
        let tries = 0;
        const { attempts, isAnswered } = tryAgain(mostRetries, () => tries++ < failures);
        expect(isAnswered).toBe(failures <= mostRetries);
        expect(attempts).toBe(Math.min(failures, mostRetries) + 1);
        expect(tries).toBe(attempts);
      }),
    );
  });
});

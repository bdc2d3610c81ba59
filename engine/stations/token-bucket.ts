// A token bucket: one token per request, refilled steadily up to its depth, full at the beginning. As a policer it refuses who
// finds less than one token; as a shaper it tells them how long to wait, first come first served.
import { assert } from '../failure.ts';

export class TokenBucket {
  readonly #perMs: number;
  readonly #depth: number;
  #tokens: number;
  #sinceMs: number;

  /** `depth` is counted in tokens and at least 1. */
  constructor({ tokensPerMs, depth }: { tokensPerMs: number; depth: number }, nowMs = 0) {
    assert(
      tokensPerMs > 0 && tokensPerMs < Infinity,
      `a bucket is refilled at ${tokensPerMs} a ms`,
    );
    assert(depth >= 1 && depth < Infinity, `a bucket of ${depth} tokens lets nobody pass`);
    this.#perMs = tokensPerMs;
    this.#depth = depth;
    this.#tokens = depth;
    this.#sinceMs = nowMs;
  }

  /** Takes a token if there is one. Times must not decrease. */
  take(nowMs: number): boolean {
    this.#refill(nowMs);
    // What rounding takes of a whole token is no reason to refuse.
    if (this.#tokens < 1 - 1e-9) return false;
    this.#tokens -= 1;
    return true;
  }

  /** Takes the next token, whenever it is there, and says in how many milliseconds that is. */
  reserve(nowMs: number): number {
    this.#refill(nowMs);
    this.#tokens -= 1;
    return this.#tokens >= 0 ? 0 : -this.#tokens / this.#perMs;
  }

  #refill(nowMs: number): void {
    this.#tokens = Math.min(this.#depth, this.#tokens + (nowMs - this.#sinceMs) * this.#perMs);
    this.#sinceMs = nowMs;
  }
}

// A cache whose entries live for a fixed time, and that has room for everything: what a router keeps of its map, and a
// region of values that are seldom written. Whoever writes may tell it; until the word arrives it serves what it has.

/** `fill`: a hit does not make an entry live longer. `request`: every request does. */
export type Renewal = 'fill' | 'request';

export class TtlCache {
  readonly #untilMs: Float64Array;
  readonly #filledMs: Float64Array;
  readonly #ttlMs: number;
  readonly #renewal: Renewal;

  /** For keys 0 … keys − 1, none of which is there at first. */
  constructor({
    keys,
    ttlMs,
    renewal,
  }: {
    readonly keys: number;
    readonly ttlMs: number;
    readonly renewal: Renewal;
  }) {
    this.#untilMs = new Float64Array(keys).fill(-Infinity);
    this.#filledMs = new Float64Array(keys).fill(-Infinity);
    this.#ttlMs = ttlMs;
    this.#renewal = renewal;
  }

  /** True when the key was there and alive. Otherwise it is filled now. Times must not go back. */
  request(key: number, nowMs: number): boolean {
    const isHit = nowMs < (this.#untilMs[key] ?? -Infinity);
    if (!isHit) this.#filledMs[key] = nowMs;
    if (!isHit || this.#renewal === 'request') this.#untilMs[key] = nowMs + this.#ttlMs;
    return isHit;
  }

  /** The next request for the key is a miss. */
  invalidate(key: number): void {
    this.#untilMs[key] = -Infinity;
  }

  /** When what is there was read from its origin: older than a later write. −∞ for a key that never was there. */
  filledMs(key: number): number {
    return this.#filledMs[key] ?? -Infinity;
  }
}

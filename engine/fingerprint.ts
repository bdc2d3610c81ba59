// The fingerprint of a run: a 64-bit hash over every executed event (time, handler, argument) and the next draw of
// every random stream. Two runs with equal fingerprints did the same things in the same order. It proves
// repetition, not integrity: for documents there are digests (digest.ts).

const mixA = 0x85ebca6b;
const mixB = 0xc2b2ae35;

export class Fingerprint {
  #high = 0x9e3779b9;
  #low = 0x7f4a7c15;
  readonly #time = new Float64Array(1);
  readonly #timeWords = new Uint32Array(this.#time.buffer);

  /** Mixes in one event. Order matters. */
  add(timeMs: number, handler: number, argument: number): void {
    this.#time[0] = timeMs;
    const words = this.#timeWords;
    let high = this.#high ^ (words[0] as number) ^ Math.imul(handler, mixB);
    high = Math.imul(high, mixA);
    let low = this.#low ^ (words[1] as number) ^ argument;
    low = Math.imul(low ^ (low >>> 15), mixB);
    // Truncated, so that both halves stay integers for the machine, too.
    this.#high = ((high ^ (high >>> 13)) + low) | 0;
    this.#low = ((low ^ (low >>> 16)) + Math.imul(this.#high, 5)) | 0;
  }

  /** Sixteen hexadecimal digits over the events so far and the given numbers; changes nothing. */
  print(numbers: readonly number[]): string {
    const last = new Fingerprint();
    last.#high = this.#high;
    last.#low = this.#low;
    numbers.forEach((value, index) => last.add(value, index, numbers.length));
    last.add(0, 0, 0);
    return hexOf(last.#high) + hexOf(last.#low);
  }
}

function hexOf(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}

// A link between two places: a pipe that hands over each segment one delay after it was put in, in the order in which
// they were put in, also when the delay changes. All connections of a link share it, like a wire; due times therefore
// never go back and the queue needs no sorting. It knows nothing of sockets.

/** Something on its way. `deliver` must not throw. */
interface Segment {
  readonly dueMs: number;
  readonly deliver: () => void;
}

/** Handed-over segments stay in the array until it is worth moving the rest. */
const compactAfter = 1024;

export class Link {
  #delayMs: number;
  #segments: Segment[] = [];
  #head = 0;
  #lastDueMs = -Infinity;
  readonly #onEarlier: () => void;

  /** `onEarlier` is called when the time of the next delivery came into being. `delayMs` is one way. */
  constructor(delayMs: number, onEarlier: () => void) {
    this.#delayMs = delayMs;
    this.#onEarlier = onEarlier;
  }

  get delayMs(): number {
    return this.#delayMs;
  }

  /** Counts for what is sent from now on; what is under way keeps its time, and nothing overtakes it. */
  set delayMs(delayMs: number) {
    this.#delayMs = delayMs;
  }

  /** When the next segment is due, in the time of `performance.now()`, or null when nothing is under way. */
  get nextDueMs(): number | null {
    return this.#segments[this.#head]?.dueMs ?? null;
  }

  /** Puts a segment in at `nowMs`. Without delay, and with nothing under way, it is handed over at once. */
  send(nowMs: number, deliver: () => void): void {
    const dueMs = Math.max(nowMs + this.#delayMs, this.#lastDueMs);
    this.#lastDueMs = dueMs;
    const idle = this.#head === this.#segments.length;
    if (idle && dueMs <= nowMs) {
      deliver();
      return;
    }
    this.#segments.push({ dueMs, deliver });
    if (idle) this.#onEarlier();
  }

  /** Hands over everything that is due at `nowMs`. */
  deliverDue(nowMs: number): void {
    for (;;) {
      const segment = this.#segments[this.#head];
      if (segment === undefined || segment.dueMs > nowMs) break;
      this.#head++;
      segment.deliver();
    }
    if (this.#head === this.#segments.length) {
      this.#segments = [];
      this.#head = 0;
    } else if (this.#head >= compactAfter) {
      this.#segments = this.#segments.slice(this.#head);
      this.#head = 0;
    }
  }
}

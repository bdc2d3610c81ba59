// A link between two places, in one direction: what is put in leaves as fast as the link carries it, first come, first
// served, and is handed over one delay later. All connections of a link share it, like a wire; due times therefore never go
// back and the queue needs no sorting. It knows nothing of sockets.

/** Something on its way. `deliver` must not throw. */
interface Segment {
  readonly bytes: number;
  readonly delayMs: number;
  readonly deliver: () => void;
  /** When its last byte has left, and when that arrives. */
  leftMs: number;
  dueMs: number;
}

/** Handed-over segments stay in the array until it is worth moving the rest. */
const compactAfter = 1024;

/** Where a link is narrow, what is sent at once arrives in parts: no larger than a packet, or than what leaves in a ms. */
const packetBytes = 1460;

export class Link {
  #delayMs: number;
  #bytesPerMs = Infinity;
  #segments: Segment[] = [];
  #head = 0;
  #lastLeftMs = -Infinity;
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

  /** Counts for what is sent from now on; what is under way keeps its delay, and nothing overtakes it. */
  set delayMs(delayMs: number) {
    this.#delayMs = delayMs;
  }

  /** Largest segment that arrives in one piece; infinite where nothing is held up. */
  get segmentBytes(): number {
    return this.#bytesPerMs === Infinity ? Infinity : Math.max(packetBytes, this.#bytesPerMs);
  }

  /** When the next segment is due, in the time of `performance.now()`, or null when nothing is under way. */
  get nextDueMs(): number | null {
    return this.#segments[this.#head]?.dueMs ?? null;
  }

  /** Carries so much from `nowMs` on; null: everything at once. What has not left yet leaves at the new pace. */
  setBandwidth(bytesPerSec: number | null, nowMs: number): void {
    const bytesPerMs = (bytesPerSec ?? Infinity) / 1_000;
    if (bytesPerMs === this.#bytesPerMs) return;
    const before = this.#bytesPerMs;
    this.#bytesPerMs = bytesPerMs;
    this.#lastLeftMs = Math.min(this.#lastLeftMs, nowMs);
    this.#lastDueMs = -Infinity;
    for (const segment of this.#segments.slice(this.#head)) {
      if (segment.leftMs > nowMs) {
        // Of the one that is leaving, a part has left already.
        const leftBytes = Math.min(segment.bytes, (segment.leftMs - nowMs) * before);
        this.#schedule(segment, nowMs, leftBytes);
      }
      this.#lastDueMs = Math.max(this.#lastDueMs, segment.dueMs);
    }
    this.#onEarlier();
  }

  /** Puts a segment in at `nowMs`. Without delay, and with nothing under way, it is handed over at once. */
  send(nowMs: number, bytes: number, deliver: () => void): void {
    const segment = { bytes, delayMs: this.#delayMs, deliver, leftMs: 0, dueMs: 0 };
    this.#schedule(segment, nowMs, bytes);
    const idle = this.#head === this.#segments.length;
    if (idle && segment.dueMs <= nowMs) {
      deliver();
      return;
    }
    this.#segments.push(segment);
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

  /** Lets the rest of a segment leave after whatever left last, and nothing arrive before that. */
  #schedule(segment: Segment, nowMs: number, leftBytes: number): void {
    segment.leftMs = Math.max(nowMs, this.#lastLeftMs) + leftBytes / this.#bytesPerMs;
    segment.dueMs = Math.max(segment.leftMs + segment.delayMs, this.#lastDueMs);
    this.#lastLeftMs = segment.leftMs;
    this.#lastDueMs = segment.dueMs;
  }
}

// The future event list: which event comes next. A binary heap on typed arrays, ordered by (time, sequence), so
// that events of one instant leave in the order in which they were scheduled. The hottest code of the engine: it
// knows times, sequence numbers and slots, nothing about handlers. Taking the first entry leaves a hole at the
// root; the next push falls into it, which saves half the work when a handler schedules its successor.

const initialCapacity = 1024;

export class EventList {
  #times = new Float64Array(initialCapacity);
  #sequences = new Float64Array(initialCapacity);
  #slots = new Int32Array(initialCapacity);
  #length = 0;
  #rootIsHole = false;

  /** Number of entries. */
  get size(): number {
    return this.#rootIsHole ? this.#length - 1 : this.#length;
  }

  /** Adds an entry. `timeMs` must not be NaN; `sequence` must be new and larger than all before. */
  push(timeMs: number, sequence: number, slot: number): void {
    if (this.#rootIsHole) {
      this.#rootIsHole = false;
      this.#siftDown(0, timeMs, sequence, slot);
      return;
    }
    if (this.#length === this.#times.length) this.#grow();
    this.#siftUp(this.#length++, timeMs, sequence, slot);
  }

  /** Time of the first entry, or Infinity when the list is empty. */
  firstTimeMs(): number {
    if (this.#rootIsHole) this.#fillHole();
    return this.#length === 0 ? Infinity : (this.#times[0] as number);
  }

  /** Removes the first entry and returns its slot, or -1 when the list is empty. */
  takeFirst(): number {
    if (this.#rootIsHole) this.#fillHole();
    if (this.#length === 0) return -1;
    this.#rootIsHole = true;
    return this.#slots[0] as number;
  }

  /**
   * Keeps the entries for whose slot `keep` says yes, in linear time. `keep` is asked once per entry, so it may
   * release what it refuses.
   */
  compact(keep: (slot: number) => boolean): void {
    if (this.#rootIsHole) this.#fillHole();
    let kept = 0;
    for (let from = 0; from < this.#length; from++) {
      const slot = this.#slots[from] as number;
      if (!keep(slot)) continue;
      this.#put(kept++, this.#times[from] as number, this.#sequences[from] as number, slot);
    }
    this.#length = kept;
    for (let at = (kept >> 1) - 1; at >= 0; at--) this.#resift(at);
  }

  #fillHole(): void {
    this.#rootIsHole = false;
    const last = --this.#length;
    if (last > 0) this.#moveDown(0, last);
  }

  #resift(at: number): void {
    this.#moveDown(at, at);
  }

  #moveDown(at: number, from: number): void {
    const timeMs = this.#times[from] as number;
    const sequence = this.#sequences[from] as number;
    this.#siftDown(at, timeMs, sequence, this.#slots[from] as number);
  }

  #put(at: number, timeMs: number, sequence: number, slot: number): void {
    this.#times[at] = timeMs;
    this.#sequences[at] = sequence;
    this.#slots[at] = slot;
  }

  #siftUp(from: number, timeMs: number, sequence: number, slot: number): void {
    const times = this.#times;
    const sequences = this.#sequences;
    const slots = this.#slots;
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      // A pushed entry has the largest sequence, so among equal times it stays below.
      if ((times[parent] as number) <= timeMs) break;
      times[at] = times[parent] as number;
      sequences[at] = sequences[parent] as number;
      slots[at] = slots[parent] as number;
      at = parent;
    }
    times[at] = timeMs;
    sequences[at] = sequence;
    slots[at] = slot;
  }

  #siftDown(from: number, timeMs: number, sequence: number, slot: number): void {
    const times = this.#times;
    const sequences = this.#sequences;
    const slots = this.#slots;
    const length = this.#length;
    let at = from;
    for (let child = 2 * at + 1; child < length; child = 2 * at + 1) {
      let childTime = times[child] as number;
      const right = child + 1;
      if (right < length) {
        const rightTime = times[right] as number;
        const rightIsFirst =
          rightTime < childTime ||
          (rightTime === childTime && (sequences[right] as number) < (sequences[child] as number));
        if (rightIsFirst) {
          child = right;
          childTime = rightTime;
        }
      }
      if (timeMs < childTime) break;
      if (timeMs === childTime && sequence < (sequences[child] as number)) break;
      times[at] = childTime;
      sequences[at] = sequences[child] as number;
      slots[at] = slots[child] as number;
      at = child;
    }
    times[at] = timeMs;
    sequences[at] = sequence;
    slots[at] = slot;
  }

  #grow(): void {
    const capacity = this.#times.length * 2;
    const times = new Float64Array(capacity);
    const sequences = new Float64Array(capacity);
    const slots = new Int32Array(capacity);
    times.set(this.#times);
    sequences.set(this.#sequences);
    slots.set(this.#slots);
    this.#times = times;
    this.#sequences = sequences;
    this.#slots = slots;
  }
}

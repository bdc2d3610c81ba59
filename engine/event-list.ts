// The future event list: which event comes next. A binary heap on typed arrays, ordered by (time, sequence), so
// that events of one instant leave in the order in which they were scheduled. The hottest code of the engine: it
// knows times, sequence numbers and slots, nothing about handlers. Two tricks keep it fast. Sequence numbers stay
// beside the slots, outside the heap, since only ties look at them. And taking the first entry leaves a hole at the
// root, into which the next push falls: half the work when a handler schedules its successor.

const initialCapacity = 1024;

export class EventList {
  /** The heap: entry i has its children at 2i + 1 and 2i + 2. */
  #times = new Float64Array(initialCapacity);
  #slots = new Int32Array(initialCapacity);
  /** Sequence number of the entry in each slot. */
  #sequences = new Float64Array(initialCapacity);
  #length = 0;
  #rootIsHole = false;

  /** Number of entries. */
  get size(): number {
    return this.#rootIsHole ? this.#length - 1 : this.#length;
  }

  /**
   * Adds an entry. `timeMs` must not be NaN, `sequence` must be larger than all before, and `slot` a small integer
   * that no other entry has.
   */
  push(timeMs: number, sequence: number, slot: number): void {
    if (slot >= this.#sequences.length) this.#sequences = grownFloats(this.#sequences, slot);
    this.#sequences[slot] = sequence;
    if (this.#rootIsHole) {
      this.#rootIsHole = false;
      this.#siftDown(0, timeMs, slot);
      return;
    }
    if (this.#length === this.#times.length) this.#growHeap();
    this.#siftUp(this.#length++, timeMs, slot);
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
      this.#times[kept] = this.#times[from] as number;
      this.#slots[kept++] = slot;
    }
    this.#length = kept;
    for (let at = (kept >> 1) - 1; at >= 0; at--) this.#moveDown(at, at);
  }

  #fillHole(): void {
    this.#rootIsHole = false;
    const last = --this.#length;
    if (last > 0) this.#moveDown(0, last);
  }

  #moveDown(at: number, from: number): void {
    this.#siftDown(at, this.#times[from] as number, this.#slots[from] as number);
  }

  #siftUp(from: number, timeMs: number, slot: number): void {
    const times = this.#times;
    const slots = this.#slots;
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const parentTime = times[parent] as number;
      // A pushed entry has the largest sequence, so among equal times it stays below.
      if (parentTime <= timeMs) break;
      times[at] = parentTime;
      slots[at] = slots[parent] as number;
      at = parent;
    }
    times[at] = timeMs;
    slots[at] = slot;
  }

  #siftDown(from: number, timeMs: number, slot: number): void {
    const times = this.#times;
    const slots = this.#slots;
    const length = this.#length;
    let at = from;
    for (let child = 2 * at + 1; child < length; child = 2 * at + 1) {
      let childTime = times[child] as number;
      const right = child + 1;
      if (right < length) {
        const rightTime = times[right] as number;
        if (
          rightTime < childTime ||
          (rightTime === childTime &&
            this.#isEarlier(slots[right] as number, slots[child] as number))
        ) {
          child = right;
          childTime = rightTime;
        }
      }
      if (timeMs < childTime) break;
      if (timeMs === childTime && this.#isEarlier(slot, slots[child] as number)) break;
      times[at] = childTime;
      slots[at] = slots[child] as number;
      at = child;
    }
    times[at] = timeMs;
    slots[at] = slot;
  }

  /** Which of two entries of one instant was scheduled first. */
  #isEarlier(left: number, right: number): boolean {
    return (this.#sequences[left] as number) < (this.#sequences[right] as number);
  }

  #growHeap(): void {
    const slots = new Int32Array(this.#slots.length * 2);
    slots.set(this.#slots);
    this.#slots = slots;
    this.#times = grownFloats(this.#times, this.#times.length);
  }
}

/** A copy at least twice as long that has room for `index`. */
function grownFloats(column: Float64Array, index: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(Math.max(column.length * 2, index + 1));
  larger.set(column);
  return larger;
}

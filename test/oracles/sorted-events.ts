// The event list as anybody would write it: an array, sorted at every look. Slow and obvious, so that the heap can
// be held against it.

interface Entry {
  readonly timeMs: number;
  readonly sequence: number;
  readonly slot: number;
}

export class SortedEvents {
  #entries: Entry[] = [];
  #taken: readonly Entry[] = [];

  get size(): number {
    return this.#entries.length;
  }

  push(timeMs: number, sequence: number, slot: number): void {
    this.#entries.push({ timeMs, sequence, slot });
  }

  timeOf(slot: number): number {
    return this.#entries.concat(this.#taken).find((entry) => entry.slot === slot)?.timeMs ?? NaN;
  }

  takeFirst(untilMs = Infinity): number {
    const [first, ...rest] = this.#sorted();
    if (first === undefined || first.timeMs > untilMs) return -1;
    this.#entries = rest;
    this.#taken = [first];
    return first.slot;
  }

  compact(keep: (slot: number) => boolean): void {
    this.#entries = this.#entries.filter(({ slot }) => keep(slot));
  }

  #sorted(): Entry[] {
    return this.#entries.toSorted((a, b) => a.timeMs - b.timeMs || a.sequence - b.sequence);
  }
}

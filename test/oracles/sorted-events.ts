// The event list as anybody would write it: an array, sorted at every look. Slow and obvious, so that the heap can
// be held against it.

interface Entry {
  readonly timeMs: number;
  readonly sequence: number;
  readonly slot: number;
}

export class SortedEvents {
  #entries: Entry[] = [];

  get size(): number {
    return this.#entries.length;
  }

  push(timeMs: number, sequence: number, slot: number): void {
    this.#entries.push({ timeMs, sequence, slot });
  }

  firstTimeMs(): number {
    return this.#sorted()[0]?.timeMs ?? Infinity;
  }

  takeFirst(): number {
    const [first, ...rest] = this.#sorted();
    this.#entries = rest;
    return first?.slot ?? -1;
  }

  compact(keep: (slot: number) => boolean): void {
    this.#entries = this.#entries.filter(({ slot }) => keep(slot));
  }

  #sorted(): Entry[] {
    return this.#entries.toSorted((a, b) => a.timeMs - b.timeMs || a.sequence - b.sequence);
  }
}

// A first in, first out queue on a ring buffer that grows: what waits in front of a station. An entry has a ticket
// under which it can be read and overwritten while it waits, which is how a customer leaves from the middle.

/** FIFO of values; capacity doubles as needed. */
export class Ring<T> {
  #values: (T | undefined)[] = [];
  #mask = -1;
  #head = 0;
  #tail = 0;

  get length(): number {
    return this.#tail - this.#head;
  }

  /** Appends; the ticket names the entry until it is shifted out. */
  push(value: T): number {
    if (this.#tail - this.#head > this.#mask) this.#grow(value);
    this.#values[this.#tail & this.#mask] = value;
    return this.#tail++;
  }

  /** Removes and returns the oldest value; undefined when empty. */
  shift(): T | undefined {
    if (this.#head === this.#tail) return undefined;
    return this.#values[this.#head++ & this.#mask];
  }

  /** The value under a ticket; undefined when it has been shifted out or never was. */
  at(ticket: number): T | undefined {
    if (ticket < this.#head || ticket >= this.#tail) return undefined;
    return this.#values[ticket & this.#mask];
  }

  /** Overwrites the value under a ticket that is still in the ring. */
  replace(ticket: number, value: T): void {
    this.#values[ticket & this.#mask] = value;
  }

  /** The free half is filled with a real value, so that a ring of numbers stays an array of numbers. */
  #grow(filler: T): void {
    const capacity = Math.max(16, this.#values.length * 2);
    const larger = Array.from({ length: capacity }, (): T | undefined => filler);
    for (let at = this.#head; at < this.#tail; at++) {
      larger[at & (capacity - 1)] = this.#values[at & this.#mask];
    }
    this.#values = larger;
    this.#mask = capacity - 1;
  }
}

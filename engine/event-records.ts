// What is known of each pending event, by slot: 32 bytes side by side, so that whoever looks at one of them has the others in the
// same line of the processor's cache. With a million events pending, time is spent on nothing but such lines.
// Times and sequences are the event list's, handlers, arguments and generations those of the slots; the link is the
// list's while an event is pending, and of the free slots afterwards.
const initialCapacity = 1024;

export class EventRecords {
  capacity = initialCapacity;
  /** Per slot four places: time, sequence, and the memory of four integers. */
  #floats = new Float64Array(initialCapacity << 2);
  /** The same memory, per slot eight places: the two floats, link, handler, argument, generation. */
  #ints = new Int32Array(this.#floats.buffer);

  timeOf(slot: number): number {
    return this.#floats[slot << 2] as number;
  }

  setTime(slot: number, timeMs: number, sequence: number): void {
    this.#floats[slot << 2] = timeMs;
    this.#floats[(slot << 2) + 1] = sequence;
  }

  /** Of two events of one time: was `one` scheduled before `other`? */
  isEarlier(one: number, other: number): boolean {
    return (this.#floats[(one << 2) + 1] as number) < (this.#floats[(other << 2) + 1] as number);
  }

  linkOf(slot: number): number {
    return this.#ints[(slot << 3) + 4] as number;
  }

  setLink(slot: number, link: number): void {
    this.#ints[(slot << 3) + 4] = link;
  }

  handlerOf(slot: number): number {
    return this.#ints[(slot << 3) + 5] as number;
  }

  argumentOf(slot: number): number {
    return this.#ints[(slot << 3) + 6] as number;
  }

  generationOf(slot: number): number {
    return this.#ints[(slot << 3) + 7] as number;
  }

  setHandler(slot: number, handler: number): void {
    this.#ints[(slot << 3) + 5] = handler;
  }

  setArgument(slot: number, argument: number): void {
    this.#ints[(slot << 3) + 6] = argument;
  }

  setGeneration(slot: number, generation: number): void {
    this.#ints[(slot << 3) + 7] = generation;
  }

  /** Makes room for `slot`, at least twice as much as there was. */
  growTo(slot: number): void {
    this.capacity = Math.max(this.capacity * 2, slot + 1);
    const larger = new Float64Array(this.capacity << 2);
    larger.set(this.#floats);
    this.#floats = larger;
    this.#ints = new Int32Array(larger.buffer);
  }
}

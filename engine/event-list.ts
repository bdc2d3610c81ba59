// The future event list: which event comes next. A ladder queue (Tang, Goh and Thng, ACM TOMACS 15, 2005) on typed arrays:
// what is far away lies unsorted on top; when it comes nearer it is dealt into the buckets of a rung, a crowded bucket into
// those of a finer rung, and only the few events of the first bucket are ever sorted. Whatever the number of pending events,
// each is touched a few times between its push and its end. Order is by (time, sequence), so events of one instant leave
// in the order in which they were scheduled. The hottest code of the engine: it knows times, sequence numbers and slots,
// nothing about handlers.
import { filterRange, grownFloats, grownInts } from './columns.ts';
import { Rung } from './rung.ts';
import { sortSlots } from './slot-order.ts';

const initialCapacity = 1024;
const none = -1;

/** More events than this in a bucket are dealt into a finer rung before they are sorted. */
const crowd = 48;
/** Events per bucket that a rung is made for: fewer would fetch more buckets than events. */
const perBucket = 4;
/** A rung divides by thousands at a crowd of thousands; what eight of them could not part are ties or as good as that. */
const mostRungs = 8;

export class EventList {
  /** By slot: time, sequence number, and the next one in its list. */
  #times = new Float64Array(initialCapacity);
  #sequences = new Float64Array(initialCapacity);
  #next = new Int32Array(initialCapacity);
  #size = 0;
  /** Everything later than `#topFromMs`, as a list in no order, and the range of its times. */
  #top = none;
  #topCount = 0;
  #topFromMs = -Infinity;
  #topLeastMs = Infinity;
  #topMostMs = -Infinity;
  /** The coarsest first; each divides what was one bucket of the one before. */
  readonly #rungs: readonly Rung[] = Array.from({ length: mostRungs }, () => new Rung());
  #rungCount = 0;
  /** What comes before everything else, in order, from `#bottomFirst` to `#bottomEnd`. */
  #bottom = new Int32Array(initialCapacity);
  #bottomFirst = 0;
  #bottomEnd = 0;
  /** Time of the last event taken, and those that were pushed for this very time since then. */
  #instantMs = Number.NaN;
  #instant = new Int32Array(initialCapacity);
  #instantFirst = 0;
  #instantEnd = 0;

  /** Number of entries. */
  get size(): number {
    return this.#size;
  }

  /**
   * Adds an entry. `timeMs` must be finite and not before the last one taken, `sequence` must be larger than all before, and
   * `slot` a small integer that no other entry has.
   */
  push(timeMs: number, sequence: number, slot: number): void {
    if (slot >= this.#times.length) this.#growSlots(slot);
    this.#times[slot] = timeMs;
    this.#sequences[slot] = sequence;
    this.#size++;
    if (timeMs > this.#topFromMs) this.#pushTop(timeMs, slot);
    else if (timeMs === this.#instantMs) this.#pushInstant(slot);
    else this.#pushNear(timeMs, slot);
  }

  /** Time of the first entry, or Infinity when the list is empty. */
  firstTimeMs(): number {
    if (this.#bottomFirst === this.#bottomEnd) {
      if (this.#instantFirst < this.#instantEnd) return this.#instantMs;
      if (!this.#refill()) return Infinity;
    }
    const timeMs = this.#times[this.#bottom[this.#bottomFirst] as number] as number;
    return this.#instantFirst < this.#instantEnd && this.#instantMs < timeMs
      ? this.#instantMs
      : timeMs;
  }

  /** Removes the first entry and returns its slot, or -1 when the list is empty. */
  takeFirst(): number {
    const hasInstant = this.#instantFirst < this.#instantEnd;
    if (this.#bottomFirst === this.#bottomEnd) {
      if (hasInstant) return this.#takeInstant();
      if (!this.#refill()) return none;
    }
    const slot = this.#bottom[this.#bottomFirst] as number;
    const timeMs = this.#times[slot] as number;
    // Whatever was pushed for this instant comes after what was there for it before.
    if (hasInstant && this.#instantMs < timeMs) return this.#takeInstant();
    this.#bottomFirst++;
    this.#instantMs = timeMs;
    this.#size--;
    return slot;
  }

  /**
   * Keeps the entries for whose slot `keep` says yes, in linear time. `keep` is asked once per entry, so it may
   * release what it refuses.
   */
  compact(keep: (slot: number) => boolean): void {
    const counted = (slot: number): boolean => {
      const isKept = keep(slot);
      if (!isKept) this.#size--;
      return isKept;
    };
    [this.#top, this.#topCount] = this.#filterList(this.#top, counted);
    for (let index = 0; index < this.#rungCount; index++) {
      const rung = this.#rungs[index] as Rung;
      rung.count = 0;
      for (let bucket = rung.current; bucket < rung.buckets; bucket++) {
        const [first, count] = this.#filterList(rung.firsts[bucket] as number, counted);
        rung.firsts[bucket] = first;
        rung.count += count;
      }
    }
    this.#bottomEnd = filterRange(this.#bottom, this.#bottomFirst, this.#bottomEnd, counted);
    this.#instantEnd = filterRange(this.#instant, this.#instantFirst, this.#instantEnd, counted);
  }

  #pushTop(timeMs: number, slot: number): void {
    this.#next[slot] = this.#top;
    this.#top = slot;
    this.#topCount++;
    if (timeMs < this.#topLeastMs) this.#topLeastMs = timeMs;
    if (timeMs > this.#topMostMs) this.#topMostMs = timeMs;
  }

  /** Into the coarsest rung that has not come past it, or else among what comes next. */
  #pushNear(timeMs: number, slot: number): void {
    for (let index = 0; index < this.#rungCount; index++) {
      const rung = this.#rungs[index] as Rung;
      const place = (timeMs - rung.fromMs) * rung.bucketsPerMs;
      // What lies beyond the last bucket belongs to it, until it was taken: then to what was made of it.
      if (place >= rung.current && rung.current < rung.buckets) {
        rung.put(place, slot, this.#next);
        return;
      }
    }
    this.#pushBottom(timeMs, slot);
  }

  #pushBottom(timeMs: number, slot: number): void {
    const count = this.#bottomEnd - this.#bottomFirst;
    if (count >= 2 * crowd && this.#dealBottom()) {
      this.#pushNear(timeMs, slot);
      return;
    }
    if (this.#bottomEnd === this.#bottom.length) this.#makeRoomAtBottom(count);
    const [times, bottom, first] = [this.#times, this.#bottom, this.#bottomFirst];
    let at = this.#bottomEnd++;
    // It has the largest sequence, so it comes after all entries of its time.
    for (; at > first && (times[bottom[at - 1] as number] as number) > timeMs; at--) {
      bottom[at] = bottom[at - 1] as number;
    }
    bottom[at] = slot;
  }

  #pushInstant(slot: number): void {
    if (this.#instantEnd === this.#instant.length) {
      const count = this.#instantEnd - this.#instantFirst;
      if (count * 2 > this.#instant.length)
        this.#instant = grownInts(this.#instant, this.#instantEnd);
      this.#instant.copyWithin(0, this.#instantFirst, this.#instantEnd);
      this.#instantFirst = 0;
      this.#instantEnd = count;
    }
    this.#instant[this.#instantEnd++] = slot;
  }

  #takeInstant(): number {
    const slot = this.#instant[this.#instantFirst++] as number;
    if (this.#instantFirst === this.#instantEnd) this.#instantFirst = this.#instantEnd = 0;
    this.#size--;
    return slot;
  }

  /** Fills the empty bottom with what comes next; false when there is nothing. */
  #refill(): boolean {
    for (;;) {
      if (this.#rungCount === 0) {
        if (this.#topCount === 0) {
          this.#topFromMs = -Infinity;
          return false;
        }
        if (!this.#dealTop()) return true;
      }
      const rung = this.#rungs[this.#rungCount - 1] as Rung;
      if (rung.count === 0) {
        this.#rungCount--;
        continue;
      }
      const first = rung.takeBucket();
      if (!this.#dealBucket(rung, first)) return true;
    }
  }

  /** Deals everything on top into a first rung. False when it went to the bottom instead: few, or all of one time. */
  #dealTop(): boolean {
    const [first, count, leastMs, mostMs] = [
      this.#top,
      this.#topCount,
      this.#topLeastMs,
      this.#topMostMs,
    ];
    this.#topFromMs = mostMs;
    this.#top = none;
    this.#topCount = 0;
    this.#topLeastMs = Infinity;
    this.#topMostMs = -Infinity;
    if (count > crowd && this.#deal(first, count, leastMs, mostMs)) return true;
    this.#sortIntoBottom(first, count);
    return false;
  }

  /** Deals a crowded bucket into a finer rung. False when it went to the bottom instead. */
  #dealBucket(rung: Rung, first: number): boolean {
    let [count, leastMs, mostMs] = [0, Infinity, -Infinity];
    for (let slot = first; slot !== none; slot = this.#next[slot] as number) {
      const timeMs = this.#times[slot] as number;
      if (timeMs < leastMs) leastMs = timeMs;
      if (timeMs > mostMs) mostMs = timeMs;
      count++;
    }
    rung.count -= count;
    if (count > crowd && this.#deal(first, count, leastMs, mostMs)) return true;
    this.#sortIntoBottom(first, count);
    return false;
  }

  /** A bottom that grew is dealt into a rung, so that pushing into it stays cheap. */
  #dealBottom(): boolean {
    const bottom = this.#bottom;
    const [from, end] = [this.#bottomFirst, this.#bottomEnd];
    const leastMs = this.#times[bottom[from] as number] as number;
    const mostMs = this.#times[bottom[end - 1] as number] as number;
    let first = none;
    for (let at = from; at < end; at++) {
      const slot = bottom[at] as number;
      this.#next[slot] = first;
      first = slot;
    }
    if (!this.#deal(first, end - from, leastMs, mostMs)) return false;
    this.#bottomFirst = this.#bottomEnd = 0;
    return true;
  }

  /** Deals a list into the buckets of a new rung; false when nothing would come of it. */
  #deal(first: number, count: number, leastMs: number, mostMs: number): boolean {
    if (this.#rungCount === mostRungs) return false;
    const rung = this.#rungs[this.#rungCount] as Rung;
    if (!rung.lay(Math.ceil(count / perBucket), leastMs, mostMs)) return false;
    this.#rungCount++;
    const [times, next] = [this.#times, this.#next];
    for (let slot = first; slot !== none;) {
      const following = next[slot] as number;
      rung.put(((times[slot] as number) - leastMs) * rung.bucketsPerMs, slot, next);
      slot = following;
    }
    return true;
  }

  #sortIntoBottom(first: number, count: number): void {
    if (count > this.#bottom.length) this.#bottom = grownInts(this.#bottom, count - 1);
    const bottom = this.#bottom;
    let end = 0;
    for (let slot = first; slot !== none; slot = this.#next[slot] as number) bottom[end++] = slot;
    this.#bottomFirst = 0;
    this.#bottomEnd = end;
    sortSlots(bottom, end, this.#times, this.#sequences);
  }

  #makeRoomAtBottom(count: number): void {
    if (count * 2 > this.#bottom.length) this.#bottom = grownInts(this.#bottom, this.#bottomEnd);
    this.#bottom.copyWithin(0, this.#bottomFirst, this.#bottomEnd);
    this.#bottomFirst = 0;
    this.#bottomEnd = count;
  }

  #filterList(first: number, keep: (slot: number) => boolean): [first: number, count: number] {
    let [kept, count] = [none, 0];
    for (let slot = first; slot !== none;) {
      const following = this.#next[slot] as number;
      if (keep(slot)) {
        this.#next[slot] = kept;
        kept = slot;
        count++;
      }
      slot = following;
    }
    return [kept, count];
  }

  #growSlots(slot: number): void {
    this.#times = grownFloats(this.#times, slot);
    this.#sequences = grownFloats(this.#sequences, slot);
    this.#next = grownInts(this.#next, slot);
  }
}

// The future event list: which event comes next. A ladder queue (Tang, Goh and Thng, ACM TOMACS 15, 2005) on typed arrays:
// what is far away lies unsorted on top; when it comes nearer it is dealt into the buckets of a rung, a crowded bucket into
// those of a finer rung, and only the few events of the first bucket are ever sorted. Whatever the number of pending events,
// each is touched a few times between its push and its end. Order is by (time, sequence), so events of one instant leave
// in the order in which they were scheduled. The hottest code of the engine: it knows times, sequence numbers and slots,
// nothing about handlers.
import { filterRange, grownInts } from './columns.ts';
import { EventRecords } from './event-records.ts';
import { Rung } from './rung.ts';
import { sortFew, sortMany } from './slot-order.ts';

const initialCapacity = 1024;
const none = -1;

/** More events than this in a bucket are dealt into a finer rung before they are sorted. */
const crowd = 48;
/** Events per bucket that a rung is made for: fewer would fetch more buckets than events. */
const perBucket = 2;
/** A rung divides by thousands at a crowd of thousands; what eight of them could not part are ties or as good as that. */
const mostRungs = 8;

export class EventList {
  readonly #records: EventRecords;
  #size = 0;
  /** Everything later than `#topFromMs`, in no order, and the range of its times. An array: whoever walks it knows where to look next. */
  #top = new Int32Array(initialCapacity);
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

  constructor(records = new EventRecords()) {
    this.#records = records;
  }

  /** Number of entries. */
  get size(): number {
    return this.#size;
  }

  /**
   * Adds an entry. `timeMs` must be finite and not before the last one taken, `sequence` must be larger than all before, and
   * `slot` a small integer that no other entry has.
   */
  push(timeMs: number, sequence: number, slot: number): void {
    if (slot >= this.#records.capacity) this.#records.growTo(slot);
    this.#records.setTime(slot, timeMs, sequence);
    this.#size++;
    if (timeMs > this.#topFromMs) this.#pushTop(timeMs, slot);
    else if (timeMs === this.#instantMs) this.#pushInstant(slot);
    else this.#pushNear(timeMs, slot);
  }

  /** Time of an entry that is here or was the last to be taken. */
  timeOf(slot: number): number {
    return this.#records.timeOf(slot);
  }

  /** Removes the first entry, if its time is not later than this, and returns its slot; else, or when there is none, -1. */
  takeFirst(untilMs = Infinity): number {
    const hasInstant = this.#instantFirst < this.#instantEnd;
    if (this.#bottomFirst === this.#bottomEnd) {
      if (hasInstant) return this.#takeInstant(untilMs);
      if (!this.#refill()) return none;
    }
    const slot = this.#bottom[this.#bottomFirst] as number;
    const timeMs = this.#records.timeOf(slot);
    // Whatever was pushed for this instant comes after what was there for it before.
    if (hasInstant && this.#instantMs < timeMs) return this.#takeInstant(untilMs);
    if (timeMs > untilMs) return none;
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
    this.#topCount = filterRange(this.#top, 0, this.#topCount, counted);
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
    if (this.#topCount === this.#top.length) this.#top = grownInts(this.#top, this.#topCount);
    this.#top[this.#topCount++] = slot;
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
        rung.put(place, slot, this.#records);
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
    const [records, bottom, first] = [this.#records, this.#bottom, this.#bottomFirst];
    let at = this.#bottomEnd++;
    // It has the largest sequence, so it comes after all entries of its time.
    for (; at > first; at--) {
      const other = bottom[at - 1] as number;
      if (records.timeOf(other) <= timeMs) break;
      bottom[at] = other;
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

  #takeInstant(untilMs: number): number {
    if (this.#instantMs > untilMs) return none;
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
    const [count, leastMs, mostMs] = [this.#topCount, this.#topLeastMs, this.#topMostMs];
    this.#topFromMs = mostMs;
    this.#topCount = 0;
    this.#topLeastMs = Infinity;
    this.#topMostMs = -Infinity;
    if (count > crowd && this.#addRung(count, leastMs, mostMs)) {
      this.#deal(this.#top, 0, count);
      return true;
    }
    if (count > this.#bottom.length) this.#bottom = grownInts(this.#bottom, count - 1);
    for (let at = 0; at < count; at++) this.#bottom[at] = this.#top[at] as number;
    this.#sortBottom(count);
    return false;
  }

  /** Brings a bucket to the bottom. True when it was a crowd, which was dealt into a finer rung from there. */
  #dealBucket(rung: Rung, first: number): boolean {
    const records = this.#records;
    let [count, leastMs, mostMs] = [0, Infinity, -Infinity];
    for (let slot = first; slot !== none; slot = records.linkOf(slot)) {
      if (count === this.#bottom.length) this.#bottom = grownInts(this.#bottom, count);
      this.#bottom[count++] = slot;
      const timeMs = records.timeOf(slot);
      if (timeMs < leastMs) leastMs = timeMs;
      if (timeMs > mostMs) mostMs = timeMs;
    }
    rung.count -= count;
    if (count > crowd && this.#addRung(count, leastMs, mostMs)) {
      this.#deal(this.#bottom, 0, count);
      return true;
    }
    this.#sortBottom(count);
    return false;
  }

  /** A bottom that grew is dealt into a rung, so that pushing into it stays cheap. */
  #dealBottom(): boolean {
    const [bottom, from, end] = [this.#bottom, this.#bottomFirst, this.#bottomEnd];
    const leastMs = this.timeOf(bottom[from] as number);
    const mostMs = this.timeOf(bottom[end - 1] as number);
    if (!this.#addRung(end - from, leastMs, mostMs)) return false;
    this.#deal(bottom, from, end);
    this.#bottomFirst = this.#bottomEnd = 0;
    return true;
  }

  /** Lays a finer rung for so many slots in this range of times; false when it would part none of them. */
  #addRung(count: number, leastMs: number, mostMs: number): boolean {
    if (this.#rungCount === mostRungs) return false;
    const rung = this.#rungs[this.#rungCount] as Rung;
    if (!rung.lay(Math.ceil(count / perBucket), leastMs, mostMs)) return false;
    this.#rungCount++;
    return true;
  }

  /** Deals slots, from one place to before another, into the buckets of the finest rung. */
  #deal(slots: Int32Array, from: number, end: number): void {
    const records = this.#records;
    const rung = this.#rungs[this.#rungCount - 1] as Rung;
    for (let at = from; at < end; at++) {
      const slot = slots[at] as number;
      rung.put((records.timeOf(slot) - rung.fromMs) * rung.bucketsPerMs, slot, records);
    }
  }

  /** The bottom is the first `count` slots of its column from now on, in order. */
  #sortBottom(count: number): void {
    this.#bottomFirst = 0;
    this.#bottomEnd = count;
    if (count <= crowd) sortFew(this.#bottom, count, this.#records);
    else sortMany(this.#bottom.subarray(0, count), this.#records);
  }

  #makeRoomAtBottom(count: number): void {
    if (count * 2 > this.#bottom.length) this.#bottom = grownInts(this.#bottom, this.#bottomEnd);
    this.#bottom.copyWithin(0, this.#bottomFirst, this.#bottomEnd);
    this.#bottomFirst = 0;
    this.#bottomEnd = count;
  }

  #filterList(first: number, keep: (slot: number) => boolean): [first: number, count: number] {
    const records = this.#records;
    let [kept, count] = [none, 0];
    for (let slot = first; slot !== none;) {
      const following = records.linkOf(slot);
      if (keep(slot)) {
        records.setLink(slot, kept);
        kept = slot;
        count++;
      }
      slot = following;
    }
    return [kept, count];
  }
}

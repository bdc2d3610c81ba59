// One rung of the event list's ladder: buckets of equal width in time, each an unsorted list of slots that is threaded through
// the links of their records. Buckets before `current` have been taken.
import type { EventRecords } from './event-records.ts';

const none = -1;

export class Rung {
  /** First slot of each bucket. */
  firsts = new Int32Array(0);
  buckets = 0;
  current = 0;
  /** Entries in all buckets. */
  count = 0;
  fromMs = 0;
  bucketsPerMs = 0;

  /** Makes it a rung of so many empty buckets for times in this range; false when nothing could tell these times apart. */
  lay(buckets: number, leastMs: number, mostMs: number): boolean {
    const bucketsPerMs = buckets / (mostMs - leastMs);
    if (!(bucketsPerMs < Infinity)) return false;
    if (buckets > this.firsts.length) this.firsts = new Int32Array(buckets);
    this.firsts.fill(none, 0, buckets);
    this.buckets = buckets;
    this.current = 0;
    this.count = 0;
    this.fromMs = leastMs;
    this.bucketsPerMs = bucketsPerMs;
    return true;
  }

  /** Adds a slot at this place, counted in buckets from the beginning; what lies beyond the last one belongs to it. */
  put(place: number, slot: number, records: EventRecords): void {
    const bucket = place < this.buckets ? place | 0 : this.buckets - 1;
    records.setLink(slot, this.firsts[bucket] as number);
    this.firsts[bucket] = slot;
    this.count++;
  }

  /** Takes the list of the first bucket that has one; there must be an entry. Its entries are still counted. */
  takeBucket(): number {
    const firsts = this.firsts;
    let bucket = this.current;
    while (firsts[bucket] === none) bucket++;
    const first = firsts[bucket] as number;
    firsts[bucket] = none;
    this.current = bucket + 1;
    return first;
  }
}

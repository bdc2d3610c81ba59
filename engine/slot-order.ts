// Putting slots in the order of their events: by time, then by sequence.
import type { EventRecords } from './event-records.ts';

/** Sorts the first `count` slots by insertion, which nothing beats for a few. */
export function sortFew(slots: Int32Array, count: number, records: EventRecords): void {
  for (let end = 1; end < count; end++) {
    const slot = slots[end] as number;
    const timeMs = records.timeOf(slot);
    let at = end;
    for (; at > 0; at--) {
      const other = slots[at - 1] as number;
      const otherMs = records.timeOf(other);
      if (otherMs < timeMs || (otherMs === timeMs && records.isEarlier(other, slot))) break;
      slots[at] = other;
    }
    slots[at] = slot;
  }
}

/** Sorts many slots: events of one time, mostly, which no bucket tells apart, in the order of their pushes or the other way round. */
export function sortMany(slots: Int32Array, records: EventRecords): void {
  const isBefore = (a: number, b: number): number =>
    records.timeOf(a) - records.timeOf(b) || (records.isEarlier(a, b) ? -1 : 1);
  const last = slots.length - 1;
  if (records.isEarlier(slots[last] as number, slots[0] as number)) slots.reverse();
  for (let at = 1; at <= last; at++) {
    if (isBefore(slots[at - 1] as number, slots[at] as number) > 0) {
      slots.sort(isBefore);
      return;
    }
  }
}

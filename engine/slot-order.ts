// Putting a few slots in the order of their events: by time, then by sequence.

/** Up to so many are sorted by insertion, which nothing beats for them. */
const few = 64;

/** Sorts the first `count` slots. */
export function sortSlots(
  slots: Int32Array,
  count: number,
  times: Float64Array,
  sequences: Float64Array,
): void {
  // Lists are threaded in the order of their pushes, or the other way round; ties then are in order already, or nearly.
  const isBackwards =
    count > 1 &&
    (sequences[slots[0] as number] as number) > (sequences[slots[count - 1] as number] as number);
  if (isBackwards) slots.subarray(0, count).reverse();
  if (count <= few) {
    insert(slots, count, times, sequences);
    return;
  }
  const isBefore = (a: number, b: number): number =>
    (times[a] as number) - (times[b] as number) ||
    (sequences[a] as number) - (sequences[b] as number);
  if (isSorted(slots, count, isBefore)) return;
  slots.subarray(0, count).sort(isBefore);
}

function insert(
  slots: Int32Array,
  count: number,
  times: Float64Array,
  sequences: Float64Array,
): void {
  for (let end = 1; end < count; end++) {
    const slot = slots[end] as number;
    const timeMs = times[slot] as number;
    let at = end;
    for (; at > 0; at--) {
      const other = slots[at - 1] as number;
      const otherMs = times[other] as number;
      if (otherMs < timeMs) break;
      if (otherMs === timeMs && (sequences[other] as number) < (sequences[slot] as number)) break;
      slots[at] = other;
    }
    slots[at] = slot;
  }
}

function isSorted(
  slots: Int32Array,
  count: number,
  compare: (a: number, b: number) => number,
): boolean {
  for (let at = 1; at < count; at++) {
    if (compare(slots[at - 1] as number, slots[at] as number) > 0) return false;
  }
  return true;
}

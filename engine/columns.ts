// Columns of slots: typed arrays that grow, and the wanted part of them.

/** A copy at least twice as long that has room for `index`. */
export function grownInts(column: Int32Array, index: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(Math.max(column.length * 2, index + 1));
  larger.set(column);
  return larger;
}

/** Keeps the wanted entries between two places, in their order; where they end now. */
export function filterRange(
  column: Int32Array,
  from: number,
  end: number,
  keep: (entry: number) => boolean,
): number {
  let kept = from;
  for (let at = from; at < end; at++) {
    const entry = column[at] as number;
    if (keep(entry)) column[kept++] = entry;
  }
  return kept;
}

// Samples: what became of each request of a trace, as columns. The twin fills them while it runs, the live driver's file
// is read into them, and `measure.ts` makes metrics of them without knowing where they came from.
import type { Trace } from './trace.ts';

/** What became of a request. In doubt: the connection was lost between sending and the answer. */
export const outcomes = ['unfinished', 'acknowledged', 'refused', 'in-doubt', 'timed-out'] as const;
export type Outcome = (typeof outcomes)[number];

/** One row per request of the trace, same order. Times in ms since the load began; NaN where it never happened. */
export interface Samples {
  readonly intendedMs: Float64Array;
  readonly sentMs: Float64Array;
  readonly doneMs: Float64Array;
  /** Index into `outcomes`. */
  readonly outcome: Uint8Array;
}

/** Nothing was sent yet: every request unfinished. */
export function emptySamples({ atMs, count }: Pick<Trace, 'atMs' | 'count'>): Samples {
  return {
    intendedMs: Float64Array.from(atMs),
    sentMs: new Float64Array(count).fill(Number.NaN),
    doneMs: new Float64Array(count).fill(Number.NaN),
    outcome: new Uint8Array(count),
  };
}

// THE PORT: what a scenario needs of a world. The twin (`sim-world.ts`) and the real clusters (`live/live-world.ts`)
// stand behind it, one timeline loop drives both, and one contract test holds both to the same promises.
// Only `wait` advances time: `apply` and `inject` start something and return at once; waiting for it is a condition like
// any other.
import type { Action } from '../twin/actions/action.ts';
import type { Fault } from '../twin/faults/fault.ts';
import type { Measurement, StepEvent } from '../twin/measurement.ts';

/** Something that was started. */
export interface Handle {
  readonly id: string;
  readonly startedMs: number;
}

/** What a scenario waits for. `at` is in ms since the load began. */
export type Condition =
  | { readonly kind: 'at'; readonly ms: number }
  | { readonly kind: 'done'; readonly handle: string };

/** Newest value of each metric, and the step events since the last call. */
export interface Observation {
  readonly atMs: number;
  readonly values: ReadonlyMap<string, number>;
  readonly steps: readonly StepEvent[];
}

export interface World {
  readonly kind: 'twin' | 'live';
  /** Milliseconds since the load began. */
  now(): number;
  /** Starts an action; its steps appear in `observe()`. */
  apply(action: Action): Promise<Handle>;
  /**
   * Breaks something for `forMs`; it ends by itself. Its handle is done when the fault has ended and everything that it set
   * off has come to its end: after a crash, another node leads and the crashed one is back as a standby.
   */
  inject(fault: Fault, forMs: number): Promise<Handle>;
  observe(): Promise<Observation>;
  /** `failed`: what was awaited failed; `limit`: `limitMs` of the world's time went by first. */
  wait(condition: Condition, limitMs: number): Promise<'met' | 'failed' | 'limit'>;
  /** Undoes what is left, ends the load and measures. */
  finish(): Promise<Measurement>;
}

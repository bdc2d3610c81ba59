// Samples and the measurement made of them. Both worlds hand in the same columns (one row per request) and the same
// step events, and the same function turns them into metrics; so a twin's number and a live number mean the same.
import { z } from 'zod';
import { digestSchema, phaseSchema } from './document.ts';

/** What became of a request. In doubt: the connection was lost between sending and the answer. */
export const outcomes = ['acknowledged', 'refused', 'in-doubt', 'timed-out', 'unfinished'] as const;
export type Outcome = (typeof outcomes)[number];

/** One row per request of the trace, same order. Times in ms since the load began; NaN where it never happened. */
export interface Samples {
  readonly intendedMs: Float64Array;
  readonly sentMs: Float64Array;
  readonly doneMs: Float64Array;
  /** Index into `outcomes`. */
  readonly outcome: Uint8Array;
}

/** Something that happened to a step. `atMs` is in the run's time; evidence says what was seen. */
export const stepEventSchema = z.strictObject({
  step: z.string(),
  state: z.enum(['started', 'done', 'failed', 'compensated']),
  atMs: z.number(),
  evidence: z.record(z.string(), z.union([z.string(), z.number()])),
});
export type StepEvent = z.infer<typeof stepEventSchema>;

/** What one run, in either world, showed. */
export const measurementSchema = z.strictObject({
  schema: z.literal('premortem/measurement/v1'),
  run: z.string(),
  world: z.enum(['twin', 'live']),
  trace: digestSchema,
  steps: z.array(stepEventSchema),
  values: z.array(
    z.strictObject({
      metric: z.string(),
      phase: phaseSchema,
      value: z.number(),
      n: z.int().nonnegative(),
    }),
  ),
  exact: z.array(z.strictObject({ claim: z.string(), value: z.number() })),
  series: z.array(
    z.strictObject({
      metric: z.string(),
      stepMs: z.number().positive(),
      values: z.array(z.number().nullable()),
    }),
  ),
  conditions: z.record(z.string(), z.number()),
  host: z.record(z.string(), z.string()),
});
export type Measurement = z.infer<typeof measurementSchema>;

/** Duration in ms of every step that started and was done, by step id. */
export function stepDurations(steps: readonly StepEvent[]): Map<string, number> {
  const started = new Map<string, number>();
  const durations = new Map<string, number>();
  for (const { step, state, atMs } of steps) {
    if (state === 'started' && !started.has(step)) started.set(step, atMs);
    const startedMs = started.get(step);
    if (state === 'done' && startedMs !== undefined) durations.set(step, atMs - startedMs);
  }
  return durations;
}

// The measurement document: what one run showed, in either world. `measure.ts` makes it of samples and step events.
import { z } from 'zod';
import { digestSchema, phaseSchema } from './document.ts';

/** Something that happened to a step. `atMs` is in the run's time; evidence says what was seen. */
const stepEventSchema = z.strictObject({
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

// Schemas that several documents share: digests, phases, intervals and forecasts. Kept apart so that each
// document's file holds only what is its own.
import { z } from 'zod';
import type { Digest } from '../engine/digest.ts';

/** A SHA-256 in lower-case hexadecimal, as `engine/digest.ts` makes it. */
export const digestSchema = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in lower-case hexadecimal')
  .transform((text) => text as Digest);

/**
 * Phases are cut by step events and never by the clock, so that both worlds agree: `before` = end of the warm-up to the
 * first step's start, `during` = first start to last done, `after` = the rest, `all` = everything after the warm-up.
 */
export const phases = ['before', 'during', 'after', 'all'] as const;
export const phaseSchema = z.enum(phases);
export type Phase = z.infer<typeof phaseSchema>;

/** `[low, high]`, low ≤ high. */
export const intervalSchema = z
  .tuple([z.number(), z.number()])
  .refine(
    ([low, high]) => low <= high,
    'the low end of an interval must not be above its high end',
  );
export type Interval = readonly [number, number];

/** An ensemble's mean with its 95 % interval, which shrinks with replications. Never held against a measurement. */
export const estimateSchema = z.strictObject({ mean: z.number(), ci95: intervalSchema });
export type Estimate = z.infer<typeof estimateSchema>;

/**
 * What ONE execution of ONE trace will show. Only this is held against a measurement. `basis: trace` means that the
 * arrivals and sizes are those of the bound trace, `fresh` that they were drawn anew in each replication.
 */
export const forecastSchema = z.strictObject({
  median: z.number(),
  pi50: intervalSchema,
  pi80: intervalSchema,
  pi90: intervalSchema,
  pi95: intervalSchema,
  basis: z.enum(['trace', 'fresh']),
  includes: z.array(z.enum(['service', 'calibration', 'repetition'])),
});
export type Forecast = z.infer<typeof forecastSchema>;

// The calibration overlay: what was measured on the real thing, with sample size, date and interval per parameter. A
// file of its own, never written into the estate and never implicit.
import { z } from 'zod';
import { digestOf, type Digest } from '../../engine/digest.ts';
import { digestSchema, intervalSchema } from '../document.ts';
import { parameterPaths, type ParameterPath } from '../parameters.ts';

/**
 * The levels at which a calibrated distribution is tabulated: every 5 %, and closer at the upper end, where few
 * observations lie far apart and a straight line to the largest one would make the tail too heavy.
 */
export const quantileLevels: readonly number[] = [
  ...Array.from({ length: 20 }, (_, index) => index / 20),
  0.98,
  0.99,
  0.995,
  1,
];

/**
 * One measured parameter. `quantiles` are those of the single observations at `quantileLevels`; `value` is their median,
 * `interval90` the uncertainty of `value`. How well reality repeats itself, between `repetitions` short runs:
 * `repetitionCv` is the coefficient of variation of the median, `spreadCv` that of the distance from the median to the
 * 95 % quantile.
 */
export const calibratedSchema = z.strictObject({
  value: z.number().nonnegative(),
  unit: z.literal('ms'),
  n: z.int().positive(),
  interval90: intervalSchema,
  repetitions: z.int().positive(),
  repetitionCv: z.number().nonnegative(),
  spreadCv: z.number().nonnegative(),
  quantiles: z.array(z.number().nonnegative()).length(quantileLevels.length),
});
export type Calibrated = z.infer<typeof calibratedSchema>;

export const calibrationSchema = z.strictObject({
  schema: z.literal('premortem/calibration/v1'),
  estate: z.string(),
  createdAt: z.string(),
  digest: digestSchema,
  method: z.string(),
  host: z.record(z.string(), z.string()),
  parameters: z.partialRecord(
    z.enum(parameterPaths as [ParameterPath, ...ParameterPath[]]),
    calibratedSchema,
  ),
});
export type Calibration = z.infer<typeof calibrationSchema>;

/** Digest of an overlay: what was measured, not when or where. */
export function calibrationDigest(calibration: Omit<Calibration, 'digest'>): Digest {
  return digestOf(calibration);
}

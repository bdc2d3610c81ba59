// The calibration overlay: what was measured on the real thing, with sample size, date and interval per parameter. A
// file of its own, never written into the estate and never implicit.
import { z } from 'zod';
import { digestOf, type Digest } from '../../engine/digest.ts';
import { digestSchema, intervalSchema } from '../document.ts';
import { parameterPaths, type ParameterPath } from '../parameters.ts';

/**
 * One measured parameter. `quantiles` are 21 equally spaced quantiles (0 %, 5 %, … 100 %) of the single observations;
 * `value` is their median, `interval90` the uncertainty of `value`, `repetitionCv` the coefficient of variation of the
 * median between repeated short runs (how well reality repeats itself).
 */
export const calibratedSchema = z.strictObject({
  value: z.number().nonnegative(),
  unit: z.literal('ms'),
  n: z.int().positive(),
  interval90: intervalSchema,
  repetitionCv: z.number().nonnegative(),
  quantiles: z.array(z.number().nonnegative()).length(21),
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

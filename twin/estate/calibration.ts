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
 * How a parameter changes with the load that it was measured under: proportional to a power of the requests per second,
 * `value` holding at the reference. A processor that idles between requests is slower, one that is busy makes steps wait.
 * Beyond the measured range the law is not continued.
 */
const loadLawSchema = z.strictObject({
  referencePerSec: z.number().positive(),
  exponent: z.number(),
  lowestPerSec: z.number().positive(),
  highestPerSec: z.number().positive(),
});
export type LoadLaw = z.infer<typeof loadLawSchema>;

/** What a parameter is at this load, as a multiple of its value at the reference. */
export function loadFactor(law: LoadLaw | null, requestsPerSec: number): number {
  if (law === null) return 1;
  const within = Math.min(law.highestPerSec, Math.max(law.lowestPerSec, requestsPerSec));
  return (within / law.referencePerSec) ** law.exponent;
}

/**
 * One measured parameter. `quantiles` are those of the single observations at `quantileLevels`; `value` is their median,
 * `interval90` the uncertainty of `value`. How well reality repeats itself, between `repetitions` short runs:
 * (at the same load, where `load` tells how it matters): `repetitionCv` is the coefficient of variation of the median, `spreadCv` that of the distance from the median to the
 * 95 % quantile. `sessionCv` is what medians differ by between sessions, which no single one can see.
 */
export const calibratedSchema = z.strictObject({
  load: loadLawSchema.nullable(),
  value: z.number().nonnegative(),
  unit: z.literal('ms'),
  n: z.int().positive(),
  interval90: intervalSchema,
  repetitions: z.int().positive(),
  repetitionCv: z.number().nonnegative(),
  spreadCv: z.number().nonnegative(),
  sessionCv: z.number().nonnegative(),
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

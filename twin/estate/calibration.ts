// The calibration overlay: what was measured on the real thing, with sample size, date and interval per parameter. A
// file of its own, never written into the estate and never implicit. It may hold the results of several sessions, so
// that one experiment can be repeated without the others.
import { parameterUnits } from '../parameter-kind.ts';
import { z } from 'zod';
import { digestOf, type Digest } from '../../engine/digest.ts';
import { assert } from '../../engine/failure.ts';
import { digestSchema, intervalSchema } from '../document.ts';
import { parameterKinds, parameterPaths, type ParameterPath } from '../parameters.ts';

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
 * How a parameter changes with the load that it was measured under: proportional to 1 + idlePerSec / wake-ups per second
 * (`twin/wake-ups.ts`), `value` holding at the reference. What a processor forgets and sleeps grows with the time since it was last
 * needed, which is a part of the whole at little load and nothing at much: at `idlePerSec` it is half. Negative where load
 * makes others wait.
 * Beyond the measured range the law is not continued.
 */
const loadLawSchema = z.strictObject({
  referencePerSec: z.number().positive(),
  idlePerSec: z.number(),
  lowestPerSec: z.number().positive(),
  highestPerSec: z.number().positive(),
});
export type LoadLaw = z.infer<typeof loadLawSchema>;

/** What a parameter is at this load, as a multiple of its value at the reference. */
export function loadFactor(law: LoadLaw | null, wakeUpsPerSec: number): number {
  if (law === null) return 1;
  const within = Math.min(law.highestPerSec, Math.max(law.lowestPerSec, wakeUpsPerSec));
  return (1 + law.idlePerSec / within) / (1 + law.idlePerSec / law.referencePerSec);
}

/**
 * One measured parameter. `quantiles` are those of the single observations at `quantileLevels`; `value` is their median,
 * `interval90` the uncertainty of `value`. How well reality repeats itself, between `repetitions` short runs:
 * (at the same load, where `load` tells how it matters): `repetitionCv` is the coefficient of variation of the median, `spreadCv` that of the distance from the median to the
 * 95 % quantile. `sessionCv` is what medians differ by between sessions, which no single one can see. `measuredAt` names
 * the session that it was measured in.
 */
export const calibratedSchema = z.strictObject({
  measuredAt: z.string(),
  load: loadLawSchema.nullable(),
  value: z.number().nonnegative(),
  unit: z.enum(parameterUnits),
  n: z.int().positive(),
  interval90: intervalSchema,
  repetitions: z.int().positive(),
  repetitionCv: z.number().nonnegative(),
  spreadCv: z.number().nonnegative(),
  sessionCv: z.number().nonnegative(),
  quantiles: z.array(z.number().nonnegative()).length(quantileLevels.length),
});
export type Calibrated = z.infer<typeof calibratedSchema>;

/**
 * One visit to the real thing. `measuredAt` (ISO 8601, UTC) is its name. `experiments`: a load of ours was played on a
 * lab; `production`: the statistics of a server that does its own work were read, and nothing was done to it.
 */
const sessionSchema = z.strictObject({
  measuredAt: z.iso.datetime({ error: 'write a time like 2026-01-31T12:00:00Z' }),
  origin: z.enum(['experiments', 'production']),
  method: z.string(),
  host: z.record(z.string(), z.string()),
});
export type CalibrationSession = z.infer<typeof sessionSchema>;

export const calibrationSchema = z
  .strictObject({
    schema: z.literal('premortem/calibration/v1'),
    estate: z.string(),
    digest: digestSchema,
    sessions: z.array(sessionSchema),
    parameters: z.partialRecord(
      z.enum(parameterPaths as [ParameterPath, ...ParameterPath[]]),
      calibratedSchema,
    ),
  })
  .superRefine(({ sessions, parameters }, context) => {
    const known = sessions.map(({ measuredAt }) => measuredAt);
    for (const [path, { measuredAt }] of Object.entries(parameters)) {
      if (known.includes(measuredAt)) continue;
      context.addIssue({
        code: 'custom',
        path: ['parameters', path, 'measuredAt'],
        message: `no session was at ${measuredAt}`,
        params: { remedy: 'measure again with `premortem calibrate`' },
      });
    }
  });
export type Calibration = z.infer<typeof calibrationSchema>;

/** Digest of an overlay. */
export function calibrationDigest({
  schema,
  estate,
  sessions,
  parameters,
}: Omit<Calibration, 'digest'>): Digest {
  return digestOf({ schema, estate, sessions, parameters });
}

/** The session that a parameter of this overlay was measured in. */
export function sessionOf(
  { sessions }: Pick<Calibration, 'sessions'>,
  { measuredAt }: Calibrated,
): CalibrationSession {
  const session = sessions.find((one) => one.measuredAt === measuredAt);
  assert(session !== undefined, `the overlay holds the session of ${measuredAt}`);
  return session;
}

/** What one session found. */
export interface SessionResult {
  readonly session: CalibrationSession;
  readonly parameters: Partial<
    Record<ParameterPath, Omit<Calibrated, 'measuredAt' | 'sessionCv' | 'unit'>>
  >;
}

/**
 * An overlay with what a session found in place of what was known of the same parameters before (null: nothing was).
 * Sessions of which nothing is left are dropped.
 */
export function mergeSession(
  before: Pick<Calibration, 'sessions' | 'parameters'> | null,
  estate: string,
  { session, parameters }: SessionResult,
): Calibration {
  const merged: Calibration['parameters'] = { ...before?.parameters };
  for (const path of parameterPaths) {
    const observed = parameters[path];
    if (observed === undefined) continue;
    const { unit, sessionCv } = parameterKinds[path];
    merged[path] = { ...observed, unit, sessionCv, measuredAt: session.measuredAt };
  }
  const used = new Set(Object.values(merged).map(({ measuredAt }) => measuredAt));
  const earlier = (before?.sessions ?? []).filter(
    ({ measuredAt }) => used.has(measuredAt) && measuredAt !== session.measuredAt,
  );
  const body = {
    schema: 'premortem/calibration/v1' as const,
    estate,
    sessions: [...earlier, session],
    parameters: merged,
  };
  return { ...body, digest: calibrationDigest(body) };
}

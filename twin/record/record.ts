// The record: how good predictions were, over every case of every campaign that was played, misses first-class. It is
// made by `summary.ts`, shown by reports, and given to later predictions as the evidence for how far to trust the model.
import { z } from 'zod';
import { digestSchema, intervalSchema, phaseSchema } from '../document.ts';
import { metricFamilies } from './families.ts';

const share = z.number().min(0).max(1);
const count = z.int().nonnegative();

/** Executions whose value fell into the interval that was forecast for `level` of them. `interval95`: of the share itself. */
const coverageSchema = z.strictObject({
  level: share,
  inside: count,
  of: count,
  interval95: intervalSchema,
});
export type Coverage = z.infer<typeof coverageSchema>;

/** Mean relative CRPS of the twin and of a naive forecast, on the metrics of which both said something. */
const rivalSchema = z.strictObject({
  metrics: count,
  model: z.number().nonnegative(),
  naive: z.number().nonnegative(),
});
export type Rival = z.infer<typeof rivalSchema>;

/**
 * Scores of a set of metrics. Errors are of the predicted median against the median of the repetitions, absolute and
 * relative. `certain`: metrics whose forecast was one number that came true every time; they count in errors, but not in
 * the coverage of intervals, which they would flatter. `width`: of a 90 % interval in multiples of what repetitions (or
 * fresh traces) differ by, the median over metrics; `sharp` counts those that are at most `sharpTimes`. `repeatability`:
 * coefficient of variation between the repetitions of a metric, the median over metrics.
 */
const scoreSchema = z.strictObject({
  metrics: count,
  invalid: count,
  certain: count,
  medianError: z.number().nonnegative().nullable(),
  coverage: z.array(coverageSchema),
  sharp: z.strictObject({ metrics: count, of: count }),
  width: z.number().nonnegative().nullable(),
  crps: z.number().nonnegative().nullable(),
  lastValue: rivalSchema.nullable(),
  textbook: rivalSchema.nullable(),
  repeatability: z.number().nonnegative().nullable(),
});
export type Score = z.infer<typeof scoreSchema>;

/** Coverage of the 90 % intervals, which is what most is said about. */
export function coverageAt90({ coverage }: Pick<Score, 'coverage'>): Coverage {
  const nothing: Coverage = { level: 0.9, inside: 0, of: 0, interval95: [0, 1] };
  return coverage.find(({ level }) => level === 0.9) ?? nothing;
}

/** Cases by the share of their busiest resource that is in use. */
export const loadBands = [
  'below 30 %',
  '30 to 50 %',
  '50 to 70 %',
  'above 70 %',
  'unknown',
] as const;
const bandSchema = z.enum(loadBands);
export type LoadBand = (typeof loadBands)[number];

const familySchema = z.enum(metricFamilies);

/** One limit held against the record. `value` null: nothing to judge; then `met` is null, too. */
const goalCheckSchema = z.strictObject({
  subject: z.string(),
  what: z.enum(['error', 'coverage', 'width', 'skill', 'violations']),
  terms: z.string(),
  limit: z.string(),
  n: count,
  value: z.number().nullable(),
  met: z.boolean().nullable(),
});
export type GoalCheck = z.infer<typeof goalCheckSchema>;

/**
 * A forecast of which the median repetition fell outside of the 90 % interval: of its case and family the furthest, with
 * how many `others` of them missed as well.
 */
const missSchema = z.strictObject({
  case: z.string(),
  campaign: z.string(),
  metric: z.string(),
  phase: phaseSchema,
  unit: z.string(),
  family: familySchema,
  median: z.number(),
  pi90: intervalSchema,
  measured: z.number(),
  repetitions: count,
  relativeError: z.number().nullable(),
  others: count,
});
export type Miss = z.infer<typeof missSchema>;

const sloRecordSchema = z.strictObject({
  n: count,
  brier: z.number(),
  reliability: z.number(),
  resolution: z.number(),
  uncertainty: z.number(),
  bins: z.array(
    z.strictObject({ from: share, to: share, n: count, meanProbability: share, happened: count }),
  ),
});

/** What a case without action and fault is counted under. */
export const loadOnly = 'load only';

/** Cases that played one kind of action or fault (or none), for the trust in the next prediction of that kind. */
export const playSchema = z.strictObject({
  play: z.string(),
  cases: count,
  inside: count,
  of: count,
  medianError: z.number().nonnegative().nullable(),
});
export type PlayRecord = z.infer<typeof playSchema>;

/**
 * `repeated`: attempts after the one that counts; `cutOff`: attempts that never came to an end and were begun anew;
 * `unfinished`: cases of which no attempt came to an end so far. They are told, since nobody may leave out what he dislikes.
 */
export const recordSchema = z.strictObject({
  schema: z.literal('premortem/record/v1'),
  digest: digestSchema,
  campaigns: z.array(
    z.strictObject({
      campaign: z.string(),
      seed: z.string(),
      cases: count,
      firstAt: z.string(),
      lastAt: z.string(),
    }),
  ),
  cases: z.strictObject({
    of: count,
    scored: count,
    invalid: count,
    failed: count,
    repeated: count,
    cutOff: count,
    unfinished: count,
  }),
  score: scoreSchema,
  families: z.array(z.strictObject({ family: familySchema, score: scoreSchema })),
  kinds: z.array(z.strictObject({ kind: z.string(), cases: count, score: scoreSchema })),
  bands: z.array(z.strictObject({ band: bandSchema, score: scoreSchema })),
  cells: z.array(
    z.strictObject({
      family: familySchema,
      kind: z.string(),
      band: bandSchema,
      score: scoreSchema,
    }),
  ),
  plays: z.array(playSchema),
  slos: sloRecordSchema.nullable(),
  exact: z.strictObject({
    claims: count,
    violations: z.array(
      z.strictObject({
        case: z.string(),
        claim: z.string(),
        predicted: z.number(),
        measured: z.array(z.number().nullable()),
      }),
    ),
  }),
  goals: z.array(goalCheckSchema),
  misses: z.array(missSchema),
  invalid: z.array(z.strictObject({ reason: z.string(), metrics: count })),
  unplayed: z.array(
    z.strictObject({ case: z.string(), status: z.enum(['invalid', 'failed']), reason: z.string() }),
  ),
});
export type RecordSummary = z.infer<typeof recordSchema>;

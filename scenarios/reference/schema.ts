// The file format of reference cases: a model in words and numbers, and the exact values that a run of it must
// reproduce, each with its tolerance. Text in, checked cases out, every mistake at once. What a model's parameters
// mean is the business of the family that runs it.
import { z } from 'zod';
import { describeMistake, UserError, type Mistake } from '../../engine/failure.ts';

const run = z.object({
  unit: z.string(),
  n: z.number().positive(),
  warmup: z.number().min(0),
});

const tolerance = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('exact'), rel: z.number().min(0), abs: z.number().min(0) }),
  /** `abs` = `z` standard errors of a run of the stated length; a borrowed one was taken from another metric. */
  z.object({
    kind: z.literal('statistical'),
    abs: z.number().positive(),
    z: z.number().positive(),
    borrowed: z.boolean().default(false),
    run,
  }),
  /** A limit that no sample may cross. */
  z.object({ kind: z.literal('bound') }),
]);

const scalar = z.union([z.number(), z.string(), z.null()]);

const metric = z.object({
  value: z.union([scalar, z.array(z.union([scalar, z.array(scalar)]))]),
  unit: z.string().default(''),
  tolerance,
});

const referenceCase = z.object({
  id: z.string().min(1),
  family: z.string().regex(/^[^/]+\/[^/]+$/, 'a family is like "queueing/mm1"'),
  description: z.string().default(''),
  model: z.object({
    text: z.string().default(''),
    parameters: z.record(z.string(), z.unknown()),
  }),
  data: z.record(z.string(), z.unknown()).optional(),
  metrics: z.record(z.string(), metric),
});

/** What a file of reference cases says that it is. */
export const referenceSchema = 'reference-cases/1';

const referenceFile = z.object({
  schema: z.literal(referenceSchema),
  cases: z.array(referenceCase).min(1),
});

/** Units of a run's length that are the model's own time. */
export const timeUnits: ReadonlySet<string> = new Set(['time', 'h']);

export type Tolerance = z.infer<typeof tolerance>;
export type ReferenceMetric = z.infer<typeof metric>;
export type ReferenceCase = z.infer<typeof referenceCase>;

/** Reads a file of reference cases. Throws a UserError with one mistake per wrong place. */
export function parseReferenceFile(text: string, fileName: string): ReferenceCase[] {
  const outcome = referenceFile.safeParse(parseJson(text, fileName));
  if (!outcome.success) {
    const mistakes = flattenIssues(outcome.error.issues).map(({ message, path }): Mistake => ({
      message,
      place: { file: fileName, path: pathText(path) },
    }));
    throw new UserError('input', mistakes);
  }
  const { cases } = outcome.data;
  const mistakes = cases.flatMap(({ id }, index) =>
    cases.findIndex((other) => other.id === id) === index
      ? []
      : [
          {
            message: `id "${id}" occurs twice`,
            place: { file: fileName, path: `cases[${index}].id` },
          },
        ],
  );
  if (mistakes.length > 0) throw new UserError('input', mistakes);
  return cases;
}

function parseJson(text: string, fileName: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UserError('input', {
      message: `not JSON: ${error instanceof Error ? error.message : String(error)}`,
      place: { file: fileName },
      remedy: 'a file of reference cases is one JSON document',
    });
  }
}

interface PlainIssue {
  readonly message: string;
  readonly path: readonly PropertyKey[];
}

/** Where none of several forms fits, speaks of the one that came closest: whose first mistake lies deepest. */
function flattenIssues(issues: readonly z.core.$ZodIssue[]): PlainIssue[] {
  return issues.flatMap((issue) => {
    if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [issue];
    const branches = issue.errors.map((branch) => flattenIssues(branch));
    const depth = (branch: readonly PlainIssue[]): number =>
      Math.max(...branch.map(({ path }) => path.length));
    const [closest = []] = branches.toSorted((a, b) => depth(b) - depth(a) || a.length - b.length);
    return closest.map(({ message, path }) => ({ message, path: [...issue.path, ...path] }));
  });
}

/** `cases[3].metrics.mean_wait.value` */
function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '');
}

/** Reads a model's parameters or data by the schema of its family; the reason why not, when they do not fit. */
export function readModel<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
): { readonly model: z.infer<Schema> } | { readonly reason: string } {
  const outcome = schema.safeParse(value);
  if (outcome.success) return { model: outcome.data };
  const reasons = flattenIssues(outcome.error.issues).map(({ message, path }) =>
    describeMistake({ message, place: { path: pathText(path) } }),
  );
  return { reason: reasons.join('; ') };
}

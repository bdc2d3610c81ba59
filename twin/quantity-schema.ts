// Schemas for what people write in documents: quantities with units, sizes with a law, names. They turn texts into plain
// numbers in base units; every range is said here, once, in words of the person who has to mend the file.
import { z } from 'zod';
import type { Distribution } from '../engine/distributions.ts';
import { describeDimension, parseQuantity, type Dimension } from './units.ts';

type Range = 'positive' | 'non-negative';

/**
 * Letters, digits and hyphens only: names become Postgres application names, metric labels and file names, and the first
 * of these is the narrowest (63 bytes).
 */
export const nameSchema = z
  .string({ error: 'write a name' })
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,46}[a-z0-9])?$/, {
    error: 'names are lower-case letters, digits and hyphens, at most 48 characters',
  });

/** A sentence or more for people. */
export const proseSchema = z
  .string({ error: 'say in a sentence what this is for' })
  .trim()
  .min(1, { error: 'say in a sentence what this is for' });

/** `1.2ms` → 1.2. A number without its unit is a mistake, because nobody can tell seconds from milliseconds. */
export function quantitySchema(dimension: Dimension, range: Range): z.ZodType<number> {
  const remedy = `write ${describeDimension(dimension)}`;
  return z.string({ error: remedy }).transform((text, context) => {
    const value = parseQuantity(dimension, text);
    const wrong =
      value === null
        ? 'is not a quantity of this kind'
        : (judgeRange(value, range) ?? judgeWholeness(value, dimension));
    if (value !== null && wrong === null) return value;
    context.addIssue({ code: 'custom', message: `"${text}" ${wrong}`, params: { remedy } });
    return z.NEVER;
  });
}

const sizeExamples = { duration: '20ms', size: '300B', count: '20000 rows' } as const;

/**
 * A size, a duration or a number of rows that varies: `20ms`, `{ exponential: 20ms }`, `{ lognormal: { mean: 20ms, cv: 1.2 } }` or
 * `{ uniform: [5ms, 40ms] }`, as the engine's law in base units.
 */
export function distributionSchema(
  dimension: 'duration' | 'size' | 'count',
): z.ZodType<Distribution> {
  const amount = quantitySchema(dimension, 'positive');
  const example = sizeExamples[dimension];
  const remedy = `write ${example}, { exponential: ${example} }, { lognormal: { mean: ${example}, cv: 1.2 } } or { uniform: [LOW, HIGH] }`;
  const constant = amount.transform((value): Distribution => ({ kind: 'constant', value }));
  const exponential = z
    .strictObject({ exponential: amount })
    .transform((given): Distribution => ({ kind: 'exponential', mean: given.exponential }));
  const lognormal = z
    .strictObject({ lognormal: z.strictObject({ mean: amount, cv: z.number().positive() }) })
    .transform((given): Distribution => lognormalOf(given.lognormal.mean, given.lognormal.cv));
  const uniform = z
    .strictObject({ uniform: z.tuple([amount, amount], { error: 'write [LOW, HIGH]' }) })
    .refine(({ uniform: [low, high] }) => low < high, {
      path: ['uniform'],
      message: 'the low end must be below the high end',
    })
    .transform((given): Distribution => {
      const [low, high] = given.uniform;
      return { kind: 'uniform', low, high };
    });
  return z.union([constant, exponential, lognormal, uniform], { error: remedy });
}

/** People know the mean and the coefficient of variation; the law is written with the median and the log's deviation. */
function lognormalOf(mean: number, cv: number): Distribution {
  const spread = Math.log1p(cv * cv);
  return { kind: 'lognormal', median: mean * Math.exp(-spread / 2), sigma: Math.sqrt(spread) };
}

/** Rows do not come in parts. */
function judgeWholeness(value: number, dimension: Dimension): string | null {
  return dimension !== 'count' || Number.isInteger(value) ? null : 'must be a whole number';
}

function judgeRange(value: number, range: Range): string | null {
  if (range === 'positive') return value > 0 ? null : 'must be above zero';
  return value >= 0 ? null : 'must not be negative';
}

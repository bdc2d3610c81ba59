// Schemas for the ranges of a campaign file: `[low, high]` in the units that people write, both ends included. They say
// what can be drawn at all; whether the estate has as many standbys is said once both are there (`load.ts`).
import { z } from 'zod';
import { quantitySchema } from '../../twin/quantity-schema.ts';
import type { Dimension } from '../../twin/units.ts';
import type { Range } from './dice.ts';

const remedy = 'write [LOW, HIGH]';

/** `[5ms, 60ms]`, in base units. */
export function quantityRange(
  dimension: Dimension,
  least: 'positive' | 'non-negative',
): z.ZodType<Range> {
  const end = quantitySchema(dimension, least);
  return ordered(z.tuple([end, end], { error: remedy }));
}

/** `[2, 12]`: whole numbers from `least` to `most`. */
export function wholeRange(least: number, most: number): z.ZodType<Range> {
  const end = z.int().min(least).max(most);
  return ordered(z.tuple([end, end], { error: remedy }));
}

function ordered(pair: z.ZodType<[number, number]>): z.ZodType<Range> {
  return pair.refine(([low, high]) => low <= high, {
    message: 'the low end must not be above the high end',
    params: { remedy },
  });
}

/** How often a kind of case comes, compared with the others; how large a share of its cases have something. */
export const weightSchema = z.int().positive({ error: 'write a whole number above zero' });
export const shareSchema = quantitySchema('share', 'non-negative').refine((share) => share <= 1, {
  message: 'must be at most 100%',
});

// The human form of a scenario file. Shape, units and ranges; whether its actions can be done on its estate is checked by
// `load.ts` once both are there.
import { z } from 'zod';
import { actionInputSchema } from '../twin/actions/action.ts';
import { faultInputSchema } from '../twin/faults/fault.ts';
import { proseSchema, quantitySchema } from '../twin/quantity-schema.ts';

/** A factor may silence a class (0) but not play it backwards. */
const factorSchema = z.number({ error: 'write a factor such as 1.5' }).nonnegative();

/** An action, or a fault with the time that it lasts; that it is exactly one of them is checked in `check-timeline.ts`. */
const timelineEntrySchema = z.strictObject({
  at: quantitySchema('duration', 'non-negative'),
  action: actionInputSchema.optional(),
  fault: faultInputSchema.optional(),
  for: quantitySchema('duration', 'positive').optional(),
});

export const scenarioInputSchema = z.strictObject({
  schema: z.literal('premortem/scenario/v1'),
  name: z.string().regex(/^[a-z0-9-]+(?:\/[a-z0-9-]+)*$/, {
    error: 'names are lower-case letters, digits and hyphens, in folders or not: lab/promote-eu',
  }),
  kind: z.enum(['what-if', 'drill']),
  why: proseSchema,
  estate: z.string({ error: 'write the name of a library estate or the path of a file' }).min(1),
  horizon: quantitySchema('duration', 'positive'),
  warmup: quantitySchema('duration', 'non-negative').default(0),
  load: z.record(z.string(), factorSchema).default({}),
  timeline: z.array(timelineEntrySchema).default([]),
});
export type ScenarioInput = z.infer<typeof scenarioInputSchema>;

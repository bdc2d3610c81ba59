// A campaign: how many cases, of which kinds, drawn from which ranges, and how long each is measured. The human form is
// a YAML file; `load.ts` reads it, `draw.ts` draws its cases.
import { z } from 'zod';
import { nameSchema, proseSchema, quantitySchema } from '../../twin/quantity-schema.ts';
import { kindsSchema, type KindRanges } from './kinds/index.ts';
import { quantityRange } from './range-schema.ts';

export const campaignInputSchema = z.strictObject({
  schema: z.literal('premortem/campaign/v1'),
  name: nameSchema,
  why: proseSchema,
  estate: z.string({ error: 'write the name of a library estate or the path of a file' }).min(1),
  cases: z.int().positive(),
  repetitions: z.int().min(1).max(20).default(3),
  warmup: quantitySchema('duration', 'positive').prefault('2s'),
  repetition: quantityRange('duration', 'positive').prefault(['6s', '20s']),
  samples: z.int().positive().default(5_000),
  quiet: z
    .strictObject({
      foreignCores: z.number().positive().default(0.3),
      patience: quantitySchema('duration', 'non-negative').prefault('60s'),
    })
    .prefault({}),
  kinds: kindsSchema.refine((kinds) => Object.keys(kinds).length > 0, {
    error: 'name at least one kind of case',
  }),
});

/** A campaign with its quantities in base units. */
export interface Campaign {
  readonly schema: 'premortem/campaign/v1';
  readonly name: string;
  readonly why: string;
  /** Name of a library estate or path to an estate file, relative to the campaign's own file. */
  readonly estate: string;
  readonly cases: number;
  /** How often each case is played, on the same trace. */
  readonly repetitions: number;
  readonly warmupMs: number;
  /** How long one repetition may be, after its warm-up, where the kind of case does not say so itself. */
  readonly repetitionMs: readonly [number, number];
  /** How often the busiest class should answer over all repetitions. */
  readonly samples: number;
  /** What the rest of the machine may be doing when a case begins, and how long to wait for that. */
  readonly quiet: { readonly foreignCores: number; readonly patienceMs: number };
  readonly kinds: KindRanges;
}

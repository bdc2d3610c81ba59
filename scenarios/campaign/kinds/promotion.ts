// A planned promotion of a standby under load: fence, steps, and latencies before, during and after.
import { z } from 'zod';
import { quantitySchema } from '../../../twin/quantity-schema.ts';
import { weightSchema } from '../range-schema.ts';
import type { CaseDraft, DrawContext } from './case-draft.ts';
import { drawLoad, loadShape } from './load.ts';
import { drawPlatform, onlyShard, platformShape, standbysThatMayLead } from './platform.ts';

/** `before`, `after`: how long the load is played up to the promotion, and from then on. */
export const promotionSchema = z.strictObject({
  weight: weightSchema,
  before: quantitySchema('duration', 'positive'),
  after: quantitySchema('duration', 'positive'),
  ...platformShape,
  ...loadShape,
});
export type PromotionRanges = z.infer<typeof promotionSchema>;

export function drawPromotion(context: DrawContext, ranges: PromotionRanges): CaseDraft {
  const { dice, base, warmupMs } = context;
  const platform = drawPlatform(context, ranges, { spare: 1 });
  const to = dice.pick('promotion/to', standbysThatMayLead(platform));
  const action = { kind: 'promote', shard: onlyShard(base).id, to };
  const timeline = [{ atMs: warmupMs + ranges.before, action }];
  const load = drawLoad(context, ranges, { platform, timeline, cores: null });
  return { platform, load, timeline, lengthMs: ranges.before + ranges.after };
}

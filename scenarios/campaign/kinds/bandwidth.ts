// The link to a standby carries less than before: what is written faster than it can be sent piles up.
import { z } from 'zod';
import { assert } from '../../../engine/failure.ts';
import { quantityRange, weightSchema } from '../range-schema.ts';
import { brokenShape, drawBroken } from './broken.ts';
import type { CaseDraft, DrawContext } from './case-draft.ts';
import { loadShape } from './load.ts';
import { drawPlatform, onlyShard, platformShape } from './platform.ts';

/** `bandwidth`: what is left of the link, in each direction. */
export const bandwidthSchema = z.strictObject({
  weight: weightSchema,
  bandwidth: quantityRange('bandwidth', 'positive'),
  ...brokenShape,
  ...platformShape,
  ...loadShape,
});
export type BandwidthRanges = z.infer<typeof bandwidthSchema>;

/** The clients stand beside the primary, so that the narrow link carries the log and nothing else. */
export function drawBandwidth(context: DrawContext, ranges: BandwidthRanges): CaseDraft {
  const { dice, base } = context;
  const platform = { ...drawPlatform(context, ranges, { spare: 0 }), clientsBeside: true };
  const { primary, replicas } = onlyShard(base);
  const node = dice.pick('fault/node', platform.replicas);
  const standby = replicas.find(({ id }) => id === node);
  assert(standby !== undefined, 'a standby that was drawn is one of the shard');
  const kilobytes = Math.round(dice.scaleBetween('fault/bandwidth', ranges.bandwidth) / 1_000);
  const fault = {
    kind: 'limit-bandwidth',
    between: [primary.region, standby.region],
    bandwidth: `${Math.max(1, kilobytes)}kB/s`,
  };
  return drawBroken(context, ranges, { platform, fault });
}

// Many small commits by clients beside the primary, and standbys at a distance: what is written faster than it is
// confirmed is the lag. The clients stand near, so that a few connections carry many commits.
import { z } from 'zod';
import { weightSchema } from '../range-schema.ts';
import type { CaseDraft, DrawContext } from './case-draft.ts';
import { busiestPerSec, drawLoad, loadShape } from './load.ts';
import { drawPlatform, platformShape } from './platform.ts';

export const lagSchema = z.strictObject({ weight: weightSchema, ...platformShape, ...loadShape });
export type LagRanges = z.infer<typeof lagSchema>;

export function drawLag(context: DrawContext, ranges: LagRanges): CaseDraft {
  const platform = { ...drawPlatform(context, ranges, { spare: 0 }), clientsBeside: true };
  const load = drawLoad(context, ranges, { platform, timeline: [], cores: null });
  const lengthMs = context.lengthFor(busiestPerSec(context, platform, load));
  return { platform, load, timeline: [], lengthMs };
}

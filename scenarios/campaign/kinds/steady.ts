// A load and nothing else: what most hours of a platform are like. The kind that most of a record rests on.
import { z } from 'zod';
import { weightSchema } from '../range-schema.ts';
import type { CaseDraft, DrawContext } from './case-draft.ts';
import { busiestPerSec, drawLoad, loadShape } from './load.ts';
import { drawPlatform, platformShape } from './platform.ts';

export const steadySchema = z.strictObject({
  weight: weightSchema,
  ...platformShape,
  ...loadShape,
});
export type SteadyRanges = z.infer<typeof steadySchema>;

export function drawSteady(context: DrawContext, ranges: SteadyRanges): CaseDraft {
  const platform = drawPlatform(context, ranges, { spare: 0 });
  const load = drawLoad(context, ranges, { platform, timeline: [], cores: null });
  return {
    platform,
    load,
    timeline: [],
    lengthMs: context.lengthFor(busiestPerSec(context, platform, load)),
  };
}

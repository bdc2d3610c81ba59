// Computations that keep processors busy, alone or beside short requests: the load is aimed at a share of the processors,
// not of the connections, so that waiting for a processor is what has to be predicted.
import { z } from 'zod';
import { weightSchema } from '../range-schema.ts';
import type { CaseDraft, DrawContext } from './case-draft.ts';
import { busiestPerSec, drawLoad, loadShape } from './load.ts';
import { drawPlatform, platformShape } from './platform.ts';

/** `cores`: processors that the servers have for themselves; on a machine with two, one is the driver's. */
export const computeSchema = z.strictObject({
  weight: weightSchema,
  cores: z.number({ error: 'write a number above zero' }).positive(),
  ...platformShape,
  ...loadShape,
});
export type ComputeRanges = z.infer<typeof computeSchema>;

export function drawCompute(context: DrawContext, ranges: ComputeRanges): CaseDraft {
  const platform = drawPlatform(context, ranges, { spare: 0 });
  const load = drawLoad(context, ranges, { platform, timeline: [], cores: ranges.cores });
  return {
    platform,
    load,
    timeline: [],
    lengthMs: context.lengthFor(busiestPerSec(context, platform, load)),
  };
}

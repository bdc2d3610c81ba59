// A standby is stopped, copied anew at a limited rate and started again, under load: how long the copy and the whole takes,
// and what requests feel of it.
import { z } from 'zod';
import { quantitySchema } from '../../../twin/quantity-schema.ts';
import { quantityRange, weightSchema } from '../range-schema.ts';
import type { CaseDraft, DrawContext } from './case-draft.ts';
import { drawLoad, loadShape } from './load.ts';
import { drawPlatform, onlyShard, platformShape, wholeMebibytes } from './platform.ts';

/** `before`, `after`: how long the load is played up to the rebuild, and when it should be over. `data`: of the shard. */
export const rebuildSchema = z.strictObject({
  weight: weightSchema,
  before: quantitySchema('duration', 'positive'),
  after: quantitySchema('duration', 'positive'),
  data: quantityRange('size', 'positive'),
  copyRate: quantityRange('bandwidth', 'positive'),
  ...platformShape,
  ...loadShape,
});
export type RebuildRanges = z.infer<typeof rebuildSchema>;

/** What a server copies beside its declared data, and what its steps take, roughly: only the length of a case hangs on it. */
const otherBytes = 40e6;
const stepsMs = 4_000;

export function drawRebuild(context: DrawContext, ranges: RebuildRanges): CaseDraft {
  const { dice, base, warmupMs } = context;
  const dataBytes = wholeMebibytes(dice.scaleBetween('rebuild/data', ranges.data));
  const drawn = drawPlatform(context, ranges, { spare: 1 });
  const platform = { ...drawn, dataBytes };
  const node = dice.pick('rebuild/node', platform.replicas);
  const bytesPerSec = dice.scaleBetween('rebuild/rate', ranges.copyRate);
  const rate = `${Math.round(bytesPerSec / 1_000)}kB/s`;
  const action = { kind: 'rebuild', shard: onlyShard(base).id, node, rate };
  const timeline = [{ atMs: warmupMs + ranges.before, action }];
  const load = drawLoad(context, ranges, { platform, timeline, cores: null });
  const copyMs = ((dataBytes + otherBytes) / bytesPerSec) * 1_000;
  return { platform, load, timeline, lengthMs: ranges.before + copyMs + stepsMs + ranges.after };
}

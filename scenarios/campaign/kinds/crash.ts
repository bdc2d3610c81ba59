// The primary dies under load, loudly or in silence, and the monitor replaces it: how long nobody writes, by component, and
// what is lost.
import { z } from 'zod';
import { quantityRange, weightSchema, wholeRange } from '../range-schema.ts';
import { brokenShape, drawBroken } from './broken.ts';
import type { CaseDraft, DrawContext } from './case-draft.ts';
import { loadShape } from './load.ts';
import { drawPlatform, onlyShard, platformShape } from './platform.ts';

/** `heartbeat`: of the monitor. `leases`: its lease, in heartbeats. */
export const crashSchema = z.strictObject({
  weight: weightSchema,
  heartbeat: quantityRange('duration', 'positive'),
  leases: wholeRange(2, 100),
  manners: z.array(z.enum(['reset', 'silent'])).nonempty({ error: 'name at least one manner' }),
  ...brokenShape,
  ...platformShape,
  ...loadShape,
});
export type CrashRanges = z.infer<typeof crashSchema>;

export function drawCrash(context: DrawContext, ranges: CrashRanges): CaseDraft {
  const { dice, base } = context;
  const heartbeatMs = 10 * Math.round(dice.between('crash/heartbeat', ranges.heartbeat) / 10);
  const leaseMs = heartbeatMs * dice.whole('crash/leases', ranges.leases);
  const drawn = drawPlatform(context, ranges, { spare: 1 });
  const platform = { ...drawn, failover: { heartbeatMs, leaseMs } };
  const manner = dice.pick('crash/manner', ranges.manners);
  const fault = { kind: 'crash', node: onlyShard(base).primary.id, manner };
  return drawBroken(context, ranges, { platform, fault });
}

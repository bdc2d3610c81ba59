// A tenant is copied to another shard, in its own region or over a narrow link to another, under load: how long the copy takes,
// and how long requests are held until both shards have the same.
import { z } from 'zod';
import { assert } from '../../../engine/failure.ts';
import { onlyFleet } from '../../../twin/model/platform.ts';
import { quantitySchema } from '../../../twin/quantity-schema.ts';
import { quantityRange, weightSchema } from '../range-schema.ts';
import type { CaseDraft, DrawContext } from './case-draft.ts';
import { drawLoad, loadShape } from './load.ts';
import {
  drawPlatform,
  onlyShard,
  platformShape,
  wholeMebibytes,
  type TenantCopyDraft,
} from './platform.ts';

/**
 * `before`, `after`: how long the load is played up to the copy, and when it should be over. `data`: of the tenant. `bandwidth`:
 * of the link, where the other shard is in another region.
 */
export const tenantCopySchema = z.strictObject({
  weight: weightSchema,
  before: quantitySchema('duration', 'positive'),
  after: quantitySchema('duration', 'positive'),
  data: quantityRange('size', 'positive'),
  bandwidth: quantityRange('bandwidth', 'positive'),
  ...platformShape,
  ...loadShape,
});
export type TenantCopyRanges = z.infer<typeof tenantCopySchema>;

/** What the servers do at most, and what the steps take, roughly: only the length of a case hangs on it. */
const serverBytesPerSec = 20e6;
const stepsMs = 4_000;

export function drawTenantCopy(context: DrawContext, ranges: TenantCopyRanges): CaseDraft {
  const { base, warmupMs } = context;
  const drawn = drawPlatform(context, ranges, { spare: 0 });
  const tenantCopy = drawCopy(context, ranges);
  const platform = { ...drawn, tenantCopy };
  const { tenant, dataBytes, bytesPerSec } = tenantCopy;
  const shard = onlyShard(base).id;
  const action = { kind: 'copy-tenant', shard, tenant, to: otherShard(context).id };
  const timeline = [{ atMs: warmupMs + ranges.before, action }];
  const load = drawLoad(context, ranges, { platform, timeline, cores: null });
  const slowestPerSec = Math.min(serverBytesPerSec, bytesPerSec ?? Infinity);
  const copyMs = (dataBytes / slowestPerSec) * 1_000;
  return { platform, load, timeline, lengthMs: ranges.before + copyMs + stepsMs + ranges.after };
}

/** Half of the copies stay in their region. */
function drawCopy({ dice, base }: DrawContext, ranges: TenantCopyRanges): TenantCopyDraft {
  const { tenants } = onlyFleet(base);
  const { primary, replicas } = onlyShard(base);
  const { region, zone } = dice.chance('copy/stays', 0.5)
    ? primary
    : dice.pick('copy/place', replicas);
  const bytesPerSec = dice.scaleBetween('copy/bandwidth', ranges.bandwidth);
  return {
    tenant: dice.pick('copy/tenant', tenants).id,
    dataBytes: wholeMebibytes(dice.scaleBetween('copy/data', ranges.data)),
    to: { region, zone },
    bytesPerSec: region === primary.region ? null : Math.round(bytesPerSec / 1_000) * 1_000,
  };
}

function otherShard({ base }: Pick<DrawContext, 'base'>): { readonly id: string } {
  const [, other] = onlyFleet(base).shards;
  assert(other !== undefined, 'an estate that tenants are copied on has another shard');
  return other;
}

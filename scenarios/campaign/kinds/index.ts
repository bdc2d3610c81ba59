// The kinds of cases that a campaign can hold, one file each. Adding one is a file, its ranges in the schema here and its
// line in the switch, which the type-checker asks for.
import { z } from 'zod';
import { assert, unreachable } from '../../../engine/failure.ts';
import type { CommitMode } from '../../../twin/estate/estate.ts';
import type { CaseDraft, DrawContext } from './case-draft.ts';
import { bandwidthSchema, drawBandwidth } from './bandwidth.ts';
import { computeSchema, drawCompute } from './compute.ts';
import { crashSchema, drawCrash } from './crash.ts';
import { drawLag, lagSchema } from './lag.ts';
import { drawPromotion, promotionSchema } from './promotion.ts';
import { drawRebuild, rebuildSchema } from './rebuild.ts';
import { drawReplayPause, replayPauseSchema } from './replay-pause.ts';
import { drawSteady, steadySchema } from './steady.ts';
import { drawTenantCopy, tenantCopySchema } from './tenant-copy.ts';

/** Ranges of each kind; a kind that is left out does not come. */
export const kindsSchema = z.strictObject({
  steady: steadySchema.exactOptional(),
  compute: computeSchema.exactOptional(),
  lag: lagSchema.exactOptional(),
  promotion: promotionSchema.exactOptional(),
  rebuild: rebuildSchema.exactOptional(),
  'tenant-copy': tenantCopySchema.exactOptional(),
  crash: crashSchema.exactOptional(),
  'replay-pause': replayPauseSchema.exactOptional(),
  bandwidth: bandwidthSchema.exactOptional(),
});
export type KindRanges = z.infer<typeof kindsSchema>;
export type CaseKind = keyof KindRanges;

/** In the order of tables. */
export const caseKinds = Object.keys(kindsSchema.shape) as readonly CaseKind[];

/** Every commit mode that cases of these kinds may have. */
export function commitModesOf(kinds: KindRanges): readonly CommitMode[] {
  return [...new Set(Object.values(kinds).flatMap((ranges) => ranges.commitModes))];
}

/** Draws a case of a kind that the campaign has ranges for. */
export function drawDraft(kind: CaseKind, ranges: KindRanges, context: DrawContext): CaseDraft {
  switch (kind) {
    case 'steady':
      return drawSteady(context, given(ranges.steady));
    case 'compute':
      return drawCompute(context, given(ranges.compute));
    case 'lag':
      return drawLag(context, given(ranges.lag));
    case 'promotion':
      return drawPromotion(context, given(ranges.promotion));
    case 'rebuild':
      return drawRebuild(context, given(ranges.rebuild));
    case 'tenant-copy':
      return drawTenantCopy(context, given(ranges['tenant-copy']));
    case 'crash':
      return drawCrash(context, given(ranges.crash));
    case 'replay-pause':
      return drawReplayPause(context, given(ranges['replay-pause']));
    case 'bandwidth':
      return drawBandwidth(context, given(ranges.bandwidth));
    default:
      return unreachable(kind);
  }
}

function given<T>(ranges: T | undefined): T {
  assert(ranges !== undefined, 'a case is of a kind that its campaign has ranges for');
  return ranges;
}

// The kinds of cases that a campaign can hold, one file each. Adding one is a file, its ranges in the schema here and its
// line in the switch, which the type-checker asks for.
import { z } from 'zod';
import { assert, unreachable } from '../../../engine/failure.ts';
import type { CaseDraft, DrawContext } from './case-draft.ts';
import { computeSchema, drawCompute } from './compute.ts';
import { drawPromotion, promotionSchema } from './promotion.ts';
import { drawSteady, steadySchema } from './steady.ts';

/** Ranges of each kind; a kind that is left out does not come. */
export const kindsSchema = z.strictObject({
  steady: steadySchema.exactOptional(),
  compute: computeSchema.exactOptional(),
  promotion: promotionSchema.exactOptional(),
});
export type KindRanges = z.infer<typeof kindsSchema>;
export type CaseKind = keyof KindRanges;

/** In the order of tables. */
export const caseKinds = Object.keys(kindsSchema.shape) as readonly CaseKind[];

/** Draws a case of a kind that the campaign has ranges for. */
export function drawDraft(kind: CaseKind, ranges: KindRanges, context: DrawContext): CaseDraft {
  switch (kind) {
    case 'steady':
      return drawSteady(context, given(ranges.steady));
    case 'compute':
      return drawCompute(context, given(ranges.compute));
    case 'promotion':
      return drawPromotion(context, given(ranges.promotion));
    default:
      return unreachable(kind);
  }
}

/** Is something done to the platform, so that a repetition needs fresh servers? */
export function changesPlatform(kind: CaseKind): boolean {
  return kind !== 'steady' && kind !== 'compute';
}

function given<T>(ranges: T | undefined): T {
  assert(ranges !== undefined, 'a case is of a kind that its campaign has ranges for');
  return ranges;
}

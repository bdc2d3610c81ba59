// What cases with a fault share: a load that is played before the fault, as long as it lasts, and afterwards.
import { quantitySchema } from '../../../twin/quantity-schema.ts';
import type { Range } from '../dice.ts';
import { quantityRange } from '../range-schema.ts';
import type { CaseDraft, DrawContext, FaultDraft } from './case-draft.ts';
import { drawLoad, type LoadRanges } from './load.ts';
import type { PlatformDraft } from './platform.ts';

/** `before`, `after`: how long the load is played up to the fault, and from its end on. */
export const brokenShape = {
  before: quantitySchema('duration', 'positive'),
  lasts: quantityRange('duration', 'positive'),
  after: quantitySchema('duration', 'positive'),
};

export interface BrokenRanges extends LoadRanges {
  readonly before: number;
  readonly lasts: Range;
  readonly after: number;
}

/** A case in which this breaks. */
export function drawBroken(
  context: DrawContext,
  ranges: BrokenRanges,
  { platform, fault }: { readonly platform: PlatformDraft; readonly fault: FaultDraft },
): CaseDraft {
  const forMs = 100 * Math.round(context.dice.between('fault/lasts', ranges.lasts) / 100);
  const timeline = [{ atMs: context.warmupMs + ranges.before, fault, forMs }];
  const load = drawLoad(context, ranges, { platform, timeline, cores: null });
  return { platform, load, timeline, lengthMs: ranges.before + forMs + ranges.after };
}

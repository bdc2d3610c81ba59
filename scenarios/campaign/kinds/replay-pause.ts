// A standby stops applying its log for a while: its lag grows, and commits that wait for it to apply wait as long.
import { z } from 'zod';
import { weightSchema } from '../range-schema.ts';
import { brokenShape, drawBroken } from './broken.ts';
import type { CaseDraft, DrawContext } from './case-draft.ts';
import { loadShape } from './load.ts';
import { drawPlatform, platformShape } from './platform.ts';

export const replayPauseSchema = z.strictObject({
  weight: weightSchema,
  ...brokenShape,
  ...platformShape,
  ...loadShape,
});
export type ReplayPauseRanges = z.infer<typeof replayPauseSchema>;

export function drawReplayPause(context: DrawContext, ranges: ReplayPauseRanges): CaseDraft {
  const platform = drawPlatform(context, ranges, { spare: 0 });
  const node = context.dice.pick('fault/node', platform.replicas);
  return drawBroken(context, ranges, { platform, fault: { kind: 'pause-replay', node } });
}

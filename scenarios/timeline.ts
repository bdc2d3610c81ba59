// The one loop that plays a scenario, on whatever world stands behind the port.
import { UserError } from '../engine/failure.ts';
import type { Measurement } from '../twin/measurement.ts';
import type { Scenario } from './scenario.ts';
import type { World } from './world.ts';

/**
 * Does everything of the timeline in order, waits until the horizon and measures. Throws a UserError when an action fails
 * or does not come to its end before the horizon; the world is finished in any case.
 */
export async function playTimeline(
  world: World,
  { timeline, horizonMs }: Pick<Scenario, 'timeline' | 'horizonMs'>,
): Promise<Measurement> {
  const remainingMs = (): number => Math.max(0, horizonMs - world.now());
  let complaint: string | null = null;
  for (const { when, action } of timeline) {
    await world.wait(when, remainingMs());
    const handle = await world.apply(action);
    const outcome = await world.wait({ kind: 'done', handle: handle.id }, remainingMs());
    if (outcome === 'failed') complaint = `${action.kind} failed`;
    if (outcome === 'limit') complaint = `${action.kind} was not done before the horizon`;
    if (complaint !== null) break;
  }
  if (complaint === null) await world.wait({ kind: 'at', ms: horizonMs }, remainingMs());
  const measurement = await world.finish();
  if (complaint !== null) {
    throw new UserError('refused', {
      message: `${complaint} (${horizonMs / 1_000} s after the load began)`,
      remedy: 'see the steps above; give the scenario a longer horizon if it only needs more time',
    });
  }
  return measurement;
}

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
  scenario: Pick<Scenario, 'timeline' | 'horizonMs'>,
): Promise<Measurement> {
  let complaint: string | null;
  try {
    complaint = await playEntries(world, scenario);
  } catch (error) {
    // Whatever went wrong: real servers must not be left under load.
    await world.finish();
    throw error;
  }
  const measurement = await world.finish();
  if (complaint !== null) {
    throw new UserError('refused', {
      message: `${complaint} (${scenario.horizonMs / 1_000} s after the load began)`,
      remedy: 'see the steps above; give the scenario a longer horizon if it only needs more time',
    });
  }
  return measurement;
}

/** Up to the horizon, or to the first action that does not come to its end; says what was wrong with it. */
async function playEntries(
  world: World,
  { timeline, horizonMs }: Pick<Scenario, 'timeline' | 'horizonMs'>,
): Promise<string | null> {
  const remainingMs = (): number => Math.max(0, horizonMs - world.now());
  for (const { when, action } of timeline) {
    await world.wait(when, remainingMs());
    const handle = await world.apply(action);
    const outcome = await world.wait({ kind: 'done', handle: handle.id }, remainingMs());
    if (outcome === 'failed') return `${action.kind} failed`;
    if (outcome === 'limit') return `${action.kind} was not done before the horizon`;
  }
  await world.wait({ kind: 'at', ms: horizonMs }, remainingMs());
  return null;
}

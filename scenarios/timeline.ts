// The one loop that plays a scenario, on whatever world stands behind the port.
import { UserError } from '../engine/failure.ts';
import type { Measurement } from '../twin/measurement.ts';
import type { Deed, Scenario } from './scenario.ts';
import type { Handle, World } from './world.ts';

/**
 * Does everything of the timeline in order, waits until the horizon and measures. An action is waited for before the next
 * entry is looked at; faults run beside everything else, and what they leave to be mended at the horizon is mended when
 * the world is finished. Throws a UserError when a deed fails, or an action does not come to its end before the horizon;
 * the world is finished in any case.
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

/** Up to the horizon, or to the first deed that does not come to its end; says what was wrong with it. */
async function playEntries(
  world: World,
  { timeline, horizonMs }: Pick<Scenario, 'timeline' | 'horizonMs'>,
): Promise<string | null> {
  const remainingMs = (): number => Math.max(0, horizonMs - world.now());
  const untilDone = (handle: Handle): ReturnType<World['wait']> =>
    world.wait({ kind: 'done', handle: handle.id }, remainingMs());
  const faults: { readonly name: string; readonly handle: Handle }[] = [];
  for (const entry of timeline) {
    await world.wait(entry.when, remainingMs());
    const handle = await start(world, entry.do);
    if (entry.do.kind === 'fault') {
      faults.push({ name: entry.do.fault.kind, handle });
      continue;
    }
    const outcome = await untilDone(handle);
    if (outcome === 'failed') return `${entry.do.action.kind} failed`;
    if (outcome === 'limit') return `${entry.do.action.kind} was not done before the horizon`;
  }
  for (const { name, handle } of faults) {
    if ((await untilDone(handle)) === 'failed') return `${name} failed`;
  }
  await world.wait({ kind: 'at', ms: horizonMs }, remainingMs());
  return null;
}

function start(world: World, deed: Deed): Promise<Handle> {
  return deed.kind === 'action' ? world.apply(deed.action) : world.inject(deed.fault, deed.forMs);
}

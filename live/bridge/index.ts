// The registry of step drivers: for every effect that a plan may hold, the driver that does it on the real platform. A new
// kind of effect that has none is an error of the type-checker here.
import type { Effect, Step } from '../../twin/actions/action.ts';
import type { Evidence } from '../../twin/change/events.ts';
import { copyTenantDrivers } from './actions/copy-tenant.ts';
import { promoteDrivers } from './actions/promote.ts';
import { rebuildDrivers } from './actions/rebuild.ts';
import type { DriversOf, Platform, StepDriver } from './step-driver.ts';

const stepDrivers: DriversOf<Effect['kind']> = {
  ...promoteDrivers,
  ...rebuildDrivers,
  ...copyTenantDrivers,
};

/** Steps look at their limit themselves; this much later they are not waited for any more. */
const graceMs = 2_000;

/** Does a step, within its limit. Resolves with what was seen; rejects with an Error that says what went wrong. */
export function performStep(step: Step, platform: Platform): Promise<Evidence> {
  const context = { ...platform, deadlineMs: performance.now() + step.limitMs };
  return bounded(step, driverOf(step.effect).perform(step.effect, context));
}

/** Takes a step back, within its limit. Only for steps before the point of no return. */
export function undoStep(step: Step, platform: Platform): Promise<Evidence> {
  const context = { ...platform, deadlineMs: performance.now() + step.limitMs };
  return bounded(step, driverOf(step.effect).undo(step.effect, context));
}

/** The registry's type pairs each kind with its driver; TypeScript cannot follow that through an index. */
function driverOf(effect: Effect): StepDriver<Effect> {
  return stepDrivers[effect.kind] as StepDriver<Effect>;
}

async function bounded<T>({ limitMs }: Step, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<never>((_resolve, reject) => {
    const giveUp = (): void => reject(new Error(`not done within ${limitMs} ms`));
    timer = setTimeout(giveUp, limitMs + graceMs);
  });
  try {
    return await Promise.race([work, tooLong]);
  } finally {
    clearTimeout(timer);
  }
}

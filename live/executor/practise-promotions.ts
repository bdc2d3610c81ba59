// Practice promotions, back and forth, and the first writes after each.
import { assert } from '../../engine/failure.ts';
import type { Action } from '../../twin/actions/action.ts';
import type { Estate } from '../../twin/estate/estate.ts';
import { onlyFleet } from '../../twin/model/platform.ts';
import { wakeUpsOf } from '../../twin/wake-ups.ts';
import { RouterControl } from '../bridge/router-control.ts';
import type { PractisedStep } from '../calibrate/experiment.ts';
import type { LabInfo } from '../lab/lab-info.ts';
import { firstUseMs, openUnused } from './first-use.ts';
import { estateLedBy } from './led-by.ts';
import { discardOldLog } from './practice-log.ts';
import {
  actAfresh,
  beginPractice,
  commitRateOf,
  interrupted,
  layCourse,
  withPractice,
  type Course,
  type Practice,
  type TimedStep,
} from './practise.ts';

/** Times that, pair by pair: steps take longer on busier servers, and the load of a prediction is not known here. */
const loadFactors = [0.5, 2] as const;

/**
 * Promotes back and forth at least `count` times and ends with the declared primary leading, the links as long as before.
 * The result has a list for each promotion: a step for each of its effects, and `first-use` for the first writes after it.
 * Throws a UserError when one of them does not come to its end.
 */
export async function practisePromotions(
  lab: LabInfo,
  estate: Estate,
  count: number,
  signal?: AbortSignal,
): Promise<readonly (readonly PractisedStep[])[]> {
  return withPractice({ lab, estate, count, signal }, practise);
}

async function practise(practice: Practice): Promise<readonly (readonly PractisedStep[])[]> {
  const course = await layCourse(practice);
  const results: (readonly PractisedStep[])[] = [];
  while (results.length < practice.count) {
    if (practice.signal?.aborted === true) throw interrupted();
    results.push(...(await thereAndBack(practice, course, results.length)));
  }
  return results;
}

/** Two promotions under one load, so that the declared primary leads again. `before`: promotions until now. */
async function thereAndBack(
  practice: Practice,
  course: Course,
  before: number,
): Promise<readonly (readonly PractisedStep[])[]> {
  const { control } = practice;
  const { shard } = course;
  const standby = (shard.replicas.find(({ sync }) => sync) ?? shard.replicas[0])?.id;
  assert(standby !== undefined, 'promotions need a standby');
  const factor = loadFactors[(before / 2) % loadFactors.length] ?? 1;
  await discardOldLog(practice.lab, shard, shard.primary.id);
  const run = await beginPractice(practice, course, { before, factor });
  try {
    const router = (): RouterControl => new RouterControl(control, run.run, run.controlSocket);
    const there = await promoteAndUse(practice, course, {
      from: shard.primary.id,
      to: standby,
      ordinal: before + 1,
      router: router(),
    });
    const back = await promoteAndUse(practice, course, {
      from: standby,
      to: shard.primary.id,
      ordinal: before + 2,
      router: router(),
    });
    const ratePerSec = factor * commitRateOf(onlyFleet(course.estate));
    const wakeUpsPerSec = ratePerSec * wakeUpsOf('write', shard.replicas.length);
    return [there, back].map(({ steps, firstUseMs: durationMs }) => [
      ...steps.map((step) => ({ ...step, wakeUpsPerSec })),
      { step: 'first-use', durationMs },
    ]);
  } finally {
    await control.stopLoad();
  }
}

/** A promotion, and the first writes on connections that were there before. */
async function promoteAndUse(
  practice: Practice,
  course: Course,
  order: PromotionOrder,
): Promise<{ readonly steps: readonly TimedStep[]; readonly firstUseMs: number }> {
  const unused = await openUnused(practice.lab, order.to);
  try {
    const steps = await promoteAfresh(practice, course, order);
    return { steps, firstUseMs: await firstUseMs(unused) };
  } finally {
    await Promise.allSettled(unused.map((client) => client.end()));
  }
}

interface PromotionOrder {
  readonly from: string;
  readonly to: string;
  readonly ordinal: number;
  readonly router: RouterControl;
}

/** A promotion from one node to another, of those that were begun the `ordinal`th. */
export async function promoteAfresh(
  practice: Practice,
  course: Course,
  { from, to, ordinal, router }: PromotionOrder,
): Promise<readonly TimedStep[]> {
  const { shard } = course;
  const estate = estateLedBy(course.estate, shard.id, from);
  const action: Action = { kind: 'promote', shard: shard.id, to };
  return actAfresh(practice, { ...course, estate }, { action, ordinal, router });
}

// Practice crashes: real ones, at zero link delay and under a light load of commits, replaced by the lab's own monitor.
// Calibration learns from them how long each step of a failover takes by itself.
import { setTimeout as sleep } from 'node:timers/promises';
import { assert, UserError } from '../../engine/failure.ts';
import type { Estate, FailoverRule } from '../../twin/estate/estate.ts';
import type { FailoverStep } from '../../twin/failover/steps.ts';
import type { CrashFault } from '../../twin/faults/fault.ts';
import { stepDurations } from '../../twin/measurement.ts';
import type { FaultStatus, LabControl } from '../lab/lab-control.ts';
import type { LabInfo } from '../lab/lab-info.ts';
import { RouterControl } from '../bridge/router-control.ts';
import { discardOldLog } from './practice-log.ts';
import { promoteAfresh } from './practise-promotions.ts';
import {
  beginPractice,
  interrupted,
  layCourse,
  restMs,
  withPractice,
  type Course,
  type Practice,
} from './practise.ts';

/** One step of one practice failover: `failover.<step>Ms` is the parameter. */
interface PractisedStep {
  readonly step: string;
  readonly durationMs: number;
}

/** A lease is waited for and not measured, so it is short here; not so short that a busy machine outlives it. */
const rule: FailoverRule = { heartbeatMs: 150, leaseMs: 600 };

/** A crash lasts until another node leads, however short its lease. */
const shortestMs = 1;

const manners = ['reset', 'silent'] as const;

/** What a crash of each manner tells nothing about: a lease is no work, and a killed server needs no fence. */
const silentAbout: Readonly<Record<CrashFault['manner'], FailoverStep>> = {
  reset: 'fence',
  silent: 'detect',
};

const pollEveryMs = 20;

/**
 * Lets the primary die `count` times, in each manner in turn, and ends with the declared primary leading, the links as long
 * as before. The result has a list for each crash. Throws a UserError when a failover does not come to its end.
 */
export async function practiseCrashes(
  lab: LabInfo,
  estate: Estate,
  count: number,
  signal?: AbortSignal,
): Promise<readonly (readonly PractisedStep[])[]> {
  return withPractice({ lab, estate, count, signal }, crashAll);
}

/** Who leads, and by which epoch of the map. */
interface Leader {
  readonly primary: string;
  readonly epoch: number;
}

async function crashAll(practice: Practice): Promise<readonly (readonly PractisedStep[])[]> {
  const { control, count, signal } = practice;
  const course = await layCourse(practice);
  const { shard } = course;
  const load = await beginPractice(practice, course, { before: 0, factor: 1 });
  let leader: Leader = { primary: shard.primary.id, epoch: 1 };
  const results: (readonly PractisedStep[])[] = [];
  try {
    await control.watchShard({ shard: shard.id, ...leader, rule });
    while (results.length < count) {
      if (signal?.aborted === true) throw interrupted();
      await discardOldLog(practice.lab, shard, leader.primary);
      const dueMs = performance.now() + restMs;
      await sleep(restMs);
      const manner = manners[results.length % manners.length] ?? 'reset';
      const crash = { id: `${load.run}/crash-${results.length + 1}`, manner, dueMs };
      const { steps, next } = await crashOnce(practice, leader, crash);
      results.push(steps);
      leader = next;
      await course.shardMap.switch(shard.id, leader.primary, leader.epoch);
    }
  } finally {
    await control.unwatchShard(shard.id);
  }
  await leadBack(practice, course, {
    leader,
    router: new RouterControl(control, load.run, load.controlSocket),
  });
  return results;
}

async function crashOnce(
  { control }: Practice,
  { primary }: Leader,
  {
    id,
    manner,
    dueMs,
  }: { readonly id: string; readonly manner: CrashFault['manner']; readonly dueMs: number },
): Promise<{ steps: readonly PractisedStep[]; next: Leader }> {
  await control.injectFault(id, { kind: 'crash', node: primary, manner }, shortestMs);
  const { events, state, reason } = await untilOver(control, id);
  if (state === 'failed') {
    throw new UserError('environment', {
      message: `a practice failover did not come to its end: ${reason}`,
      remedy: 'start the lab anew and calibrate again',
    });
  }
  const durations = stepDurations(
    events.map(({ atEpochMs, ...event }) => ({ ...event, atMs: atEpochMs })),
  );
  const steps = Array.from(durations, ([step, durationMs]) => ({
    step: step.replace(/^\d+-/, ''),
    durationMs,
  }));
  const struckMs = (events[0]?.atEpochMs ?? Number.NaN) - performance.timeOrigin;
  const told = steps.filter(({ step }) => step !== silentAbout[manner]);
  return {
    // Two clocks tell the moments, to a fraction of a millisecond: nothing strikes before its time.
    steps: [{ step: 'strike', durationMs: Math.max(0, struckMs - dueMs) }, ...told],
    next: leaderOf(events),
  };
}

async function untilOver(control: LabControl, id: string): Promise<FaultStatus> {
  for (;;) {
    const standing = await control.faultStatus(id);
    if (standing.state !== 'running') return standing;
    await sleep(pollEveryMs);
  }
}

function leaderOf(events: FaultStatus['events']): Leader {
  const evidence = events.findLast(
    ({ step, state }) => step.endsWith('-switch-map') && state === 'done',
  )?.evidence;
  const { primary, epoch } = evidence ?? {};
  assert(typeof primary === 'string' && typeof epoch === 'number', 'a failover names its leader');
  return { primary, epoch };
}

/** By a planned promotion, in an orderly way. */
async function leadBack(
  practice: Practice,
  course: Course,
  { leader, router }: { readonly leader: Leader; readonly router: RouterControl },
): Promise<void> {
  const to = course.shard.primary.id;
  if (leader.primary === to) return;
  await promoteAfresh(practice, course, {
    from: leader.primary,
    to,
    ordinal: leader.epoch,
    router,
  });
}

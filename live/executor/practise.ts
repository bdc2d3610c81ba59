// Practice: actions that are really done, at zero link delay and under a light load of commits, by the same loop and the same
// drivers as an approved plan. Calibration learns from them how long each step takes by itself. What is practised is in
// the files beside this one.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { assert, UserError } from '../../engine/failure.ts';
import type { Action, Step } from '../../twin/actions/action.ts';
import { stepsOf } from '../../twin/actions/index.ts';
import type { Evidence } from '../../twin/change/events.ts';
import { drawTrace } from '../../twin/demand.ts';
import { instantLinks, type Estate, type Fleet, type Shard } from '../../twin/estate/estate.ts';
import { stepDurations, type StepEvent } from '../../twin/measurement.ts';
import { onlyFleet } from '../../twin/model/platform.ts';
import { writeTrace } from '../../twin/trace.ts';
import { performStep, undoStep } from '../bridge/index.ts';
import type { RouterControl } from '../bridge/router-control.ts';
import type { Platform, ShardMapStore } from '../bridge/step-driver.ts';
import { AdminSessions } from '../lab/admin-sessions.ts';
import { openLabControl, type LabControl } from '../lab/lab-control.ts';
import type { LabInfo } from '../lab/lab-info.ts';
import { openState, type State } from '../store/state.ts';
import { beginLoad } from './live-run.ts';
import { keepNoOldLog, keepOldLog } from './practice-log.ts';
import { PracticeJournal, practiceMap } from './practice-store.ts';
import { runSteps } from './steps.ts';

/** Commits per second during practice: as many as the estate has requests, within bounds that keep it light. */
const commitsPerSec: readonly [number, number] = [20, 100];

/** Far longer than a promotion takes; the load is stopped when the last one is done. */
const horizonPerPromotionMs = 40_000;

/** Between promotions, so that each meets a platform that has come to rest. */
export const restMs = 300;

/** Gives a practice what it needs and takes all of it away again; the links are as long as before. */
export async function withPractice<T>(
  { lab, estate, count, signal }: Pick<Practice, 'lab' | 'estate' | 'count' | 'signal'>,
  body: (practice: Practice) => Promise<T>,
): Promise<T> {
  const { shards } = onlyFleet(estate);
  const control = await openLabControl(lab);
  const directory = await mkdtemp(join(tmpdir(), 'premortem-practice-'));
  const { links } = await control.status();
  const state = await openState(join(directory, 'state'), {
    configDirectory: join(directory, 'keys'),
  });
  try {
    for (const shard of shards) await keepNoOldLog(lab, shard);
    const result = await body({ lab, estate, control, state, directory, count, signal });
    for (const shard of shards) await keepOldLog(lab, shard);
    return result;
  } finally {
    await state.close();
    await control.stopLoad();
    await control.setLinks(links);
    control.close();
    await rm(directory, { recursive: true, force: true });
  }
}

export interface Practice {
  readonly lab: LabInfo;
  readonly estate: Estate;
  readonly control: LabControl;
  /** Thrown away afterwards; its ledger makes journal entries as durable, and as slow, as real ones. */
  readonly state: State;
  readonly directory: string;
  readonly count: number;
  readonly signal: AbortSignal | undefined;
}

/** What a step that was done once showed. */
export interface TimedStep {
  /** The kind of its effect. */
  readonly step: string;
  readonly durationMs: number;
  readonly evidence: Evidence;
}

/** What everything in a practice shares. */
export interface Course {
  readonly estate: Estate;
  readonly shard: Shard;
  readonly shardMap: ShardMapStore;
}

/** The shard that is practised on, without distances between its nodes. */
export async function layCourse(practice: Practice): Promise<Course> {
  const estate = withoutDistance(practice.estate);
  const [shard] = onlyFleet(estate).shards;
  assert(shard !== undefined, 'practice needs a shard');
  const shardMap = await practiceMap(practice.state, shard.id, shard.primary.id);
  return { estate, shard, shardMap };
}

/**
 * With new connections, as an executor that has just been started opens them. `estate` declares who leads. `isTakenBack`:
 * afterwards the last step is undone, for actions that leave something behind.
 */
export async function actAfresh(
  { lab, control, state }: Practice,
  { estate, shardMap }: Pick<Course, 'estate' | 'shardMap'>,
  {
    action,
    ordinal,
    router,
    isTakenBack = false,
  }: {
    readonly action: Action;
    readonly ordinal: number;
    readonly router: RouterControl;
    readonly isTakenBack?: boolean;
  },
): Promise<readonly TimedStep[]> {
  const sessions = new AdminSessions();
  try {
    await sleep(restMs);
    const platform = { lab, estate, control, sessions, router, shardMap };
    const steps = stepsOf(action, estate, ordinal);
    const ids = steps.map(({ id }) => id);
    const journal = new PracticeJournal(state, `practice-${ordinal}`, ids);
    const timed = await actOnce(steps, platform, journal);
    const last = steps.at(-1);
    if (isTakenBack && last !== undefined) await undoStep(last, platform);
    return timed;
  } finally {
    router.close();
    await sessions.closeAll();
  }
}

async function actOnce(
  steps: readonly Step[],
  platform: Platform,
  journal: PracticeJournal,
): Promise<readonly TimedStep[]> {
  const events: StepEvent[] = [];
  const outcome = await runSteps(steps, {
    journal,
    performer: {
      perform: (step) => performStep(step, platform),
      undo: (step) => undoStep(step, platform),
    },
    now: () => performance.now(),
    onEvent: (event) => events.push(event),
  });
  if (outcome.kind !== 'done') {
    throw new UserError('environment', {
      message: `a practice did not come to its end: ${outcome.reason}`,
      remedy: 'start the lab anew and calibrate again',
    });
  }
  const durations = stepDurations(events);
  return steps.map(({ id, effect }) => ({
    step: effect.kind,
    durationMs: durations.get(id) ?? Number.NaN,
    evidence: events.findLast(({ step, state }) => step === id && state === 'done')?.evidence ?? {},
  }));
}

/** A light load of commits; `before` tells it apart from earlier ones, `factor` makes it heavier. */
export async function beginPractice(
  { lab, control, directory }: Practice,
  { estate, shard, shardMap }: Course,
  { before, factor }: { readonly before: number; readonly factor: number },
): ReturnType<typeof beginLoad> {
  const fleet = commitsOnly(onlyFleet(estate), factor);
  const trace = drawTrace(fleet, {
    seed: 'practice',
    replication: before,
    horizonMs: 2 * horizonPerPromotionMs,
    factors: new Map(),
  });
  const outDirectory = join(directory, `load-${before}`);
  const traceFile = join(directory, `trace-${before}.bin`);
  await writeFile(traceFile, writeTrace(trace));
  const run = `practice-${Date.now()}-${before}`;
  const order = { lab, estate, fleet, shard: shard.id, run, trace, traceFile, outDirectory };
  return beginLoad({ ...order, shardMap }, control);
}

function commitsOnly(fleet: Fleet, factor: number): Fleet {
  const writes = fleet.classes.filter(({ kind }) => kind === 'write');
  const ratePerSec = (factor * commitRateOf(fleet)) / Math.max(1, writes.length);
  return { ...fleet, classes: writes.map((write) => ({ ...write, ratePerSec })) };
}

export function commitRateOf({ classes }: Fleet): number {
  const total = classes.reduce((sum, one) => sum + one.ratePerSec, 0);
  return Math.min(commitsPerSec[1], Math.max(commitsPerSec[0], total));
}

function withoutDistance(estate: Estate): Estate {
  return { ...estate, links: instantLinks(estate.links) };
}

export function interrupted(): UserError {
  return new UserError('interrupted', { message: 'the practice was interrupted' });
}

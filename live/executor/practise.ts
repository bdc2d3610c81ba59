// Practice promotions: real ones, back and forth, at zero link delay and under a light load of commits, by the same loop
// and the same drivers as an approved plan. Calibration learns from them how long each step takes by itself.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { assert, UserError } from '../../engine/failure.ts';
import type { Step } from '../../twin/actions/action.ts';
import { stepsOf } from '../../twin/actions/index.ts';
import { drawTrace } from '../../twin/demand.ts';
import type { Estate, Fleet } from '../../twin/estate/estate.ts';
import { stepDurations, type StepEvent } from '../../twin/measurement.ts';
import { onlyFleet } from '../../twin/model/platform.ts';
import { writeTrace } from '../../twin/trace.ts';
import { performStep, undoStep } from '../bridge/index.ts';
import { RouterControl } from '../bridge/router-control.ts';
import type { Platform, ShardMapStore } from '../bridge/step-driver.ts';
import { AdminSessions } from '../lab/admin-sessions.ts';
import { openLabControl, type LabControl } from '../lab/lab-control.ts';
import type { LabInfo } from '../lab/lab-info.ts';
import { openState, type State } from '../store/state.ts';
import { estateLedBy } from './led-by.ts';
import { beginLoad } from './live-run.ts';
import { PracticeJournal, practiceMap } from './practice-store.ts';
import { runSteps } from './steps.ts';

/** One step of one practice promotion. `step` is the kind of its effect: `promote.<step>Ms` is the parameter. */
export interface PractisedStep {
  readonly step: string;
  readonly durationMs: number;
}

/** Commits per second during practice: as many as the estate has requests, within bounds that keep it light. */
const commitsPerSec: readonly [number, number] = [20, 100];

/** Far longer than a promotion takes; the load is stopped when the last one is done. */
const horizonPerPromotionMs = 40_000;

/** Between promotions, so that each meets a platform that has come to rest. */
const restMs = 300;

/**
 * Promotes back and forth at least `count` times and ends with the declared primary leading, the links as long as before.
 * The result has a list for each promotion. Throws a UserError when one of them does not come to its end.
 */
export async function practisePromotions(
  lab: LabInfo,
  estate: Estate,
  count: number,
  signal?: AbortSignal,
): Promise<readonly (readonly PractisedStep[])[]> {
  const control = await openLabControl(lab);
  const directory = await mkdtemp(join(tmpdir(), 'premortem-practice-'));
  const { links } = await control.status();
  const state = await openState(join(directory, 'state'), {
    configDirectory: join(directory, 'keys'),
  });
  try {
    return await practise({ lab, estate, control, state, directory, count, signal });
  } finally {
    await state.close();
    await control.stopLoad();
    await control.setLinks(links);
    control.close();
    await rm(directory, { recursive: true, force: true });
  }
}

interface Practice {
  readonly lab: LabInfo;
  readonly estate: Estate;
  readonly control: LabControl;
  /** Thrown away afterwards; its ledger makes journal entries as durable, and as slow, as real ones. */
  readonly state: State;
  readonly directory: string;
  readonly count: number;
  readonly signal: AbortSignal | undefined;
}

async function practise(practice: Practice): Promise<readonly (readonly PractisedStep[])[]> {
  const { lab, control, state, count, signal } = practice;
  const estate = withoutDistance(practice.estate);
  const [shard] = onlyFleet(estate).shards;
  const standby = shard?.replicas.find(({ sync }) => sync) ?? shard?.replicas[0];
  assert(shard !== undefined && standby !== undefined, 'practice needs a shard with a standby');
  const shardMap = await practiceMap(state, shard.id, shard.primary.id);
  const run = await beginPractice(practice, estate, shardMap);
  const results: (readonly PractisedStep[])[] = [];
  // Always there and back again.
  while (results.length < count || results.length % 2 === 1) {
    // New connections for each, as an executor that has just been started opens them.
    const router = new RouterControl(control, run.run, run.controlSocket);
    const sessions = new AdminSessions();
    try {
      await sleep(restMs);
      const from = results.length % 2 === 0 ? shard.primary.id : standby.id;
      const to = results.length % 2 === 0 ? standby.id : shard.primary.id;
      if (signal?.aborted === true && from === shard.primary.id) throw interrupted();
      const declared = estateLedBy(estate, shard.id, from);
      const platform = { lab, estate: declared, control, sessions, router, shardMap };
      const steps = stepsOf({ kind: 'promote', shard: shard.id, to }, declared, results.length + 1);
      const journal = new PracticeJournal(
        state,
        `practice-${results.length + 1}`,
        steps.map(({ id }) => id),
      );
      results.push(await promoteOnce(steps, platform, journal));
    } finally {
      router.close();
      await sessions.closeAll();
    }
  }
  return results;
}

async function promoteOnce(
  steps: readonly Step[],
  platform: Platform,
  journal: PracticeJournal,
): Promise<readonly PractisedStep[]> {
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
      message: `a practice promotion did not come to its end: ${outcome.reason}`,
      remedy: 'start the lab anew and calibrate again',
    });
  }
  const durations = stepDurations(events);
  return steps.map(({ id, effect }) => ({
    step: effect.kind,
    durationMs: durations.get(id) ?? Number.NaN,
  }));
}

async function beginPractice(
  { lab, control, directory, count }: Practice,
  estate: Estate,
  shardMap: ShardMapStore,
): ReturnType<typeof beginLoad> {
  const fleet = commitsOnly(onlyFleet(estate));
  const [shard] = fleet.shards;
  assert(shard !== undefined, 'a fleet has a shard');
  const trace = drawTrace(fleet, {
    seed: 'practice',
    replication: 0,
    horizonMs: (count + 1) * horizonPerPromotionMs,
    factors: new Map(),
  });
  const traceFile = join(directory, 'trace.bin');
  await writeFile(traceFile, writeTrace(trace));
  const run = `practice-${Date.now()}`;
  const outDirectory = join(directory, 'load');
  const order = { lab, estate, fleet, shard: shard.id, run, trace, traceFile, outDirectory };
  return beginLoad({ ...order, shardMap }, control);
}

function commitsOnly(fleet: Fleet): Fleet {
  const writes = fleet.classes.filter(({ kind }) => kind === 'write');
  const total = fleet.classes.reduce((sum, one) => sum + one.ratePerSec, 0);
  const bounded = Math.min(commitsPerSec[1], Math.max(commitsPerSec[0], total));
  const ratePerSec = bounded / Math.max(1, writes.length);
  return { ...fleet, classes: writes.map((write) => ({ ...write, ratePerSec })) };
}

function withoutDistance(estate: Estate): Estate {
  return { ...estate, links: estate.links.map((link) => ({ ...link, delayMs: 0 })) };
}

function interrupted(): UserError {
  return new UserError('interrupted', { message: 'the practice promotions were interrupted' });
}

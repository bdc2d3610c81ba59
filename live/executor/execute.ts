// Executes an approved plan on a lab: the gate, the load, the timeline, the steps, the measurement, the verdict. Resuming
// is the same way walked again, over whatever the journal and the run's files say is done already.
import { join } from 'node:path';
import { digestOf } from '../../engine/digest.ts';
import { assert, UserError } from '../../engine/failure.ts';
import type { Scenario } from '../../scenarios/scenario.ts';
import { playTimeline } from '../../scenarios/timeline.ts';
import type { Action, Step } from '../../twin/actions/action.ts';
import type { Plan } from '../../twin/change/plan.ts';
import type { Calibration } from '../../twin/estate/calibration.ts';
import type { Estate } from '../../twin/estate/estate.ts';
import { measurementSchema, type Measurement, type StepEvent } from '../../twin/measurement.ts';
import { onlyFleet } from '../../twin/model/platform.ts';
import { predictionSchema } from '../../twin/prediction.ts';
import { readTrace } from '../../twin/trace.ts';
import { verify, type Verification } from '../../twin/verify.ts';
import { resumePlan as takeOver, startPlan, type Execution } from '../governance/execution.ts';
import { loadPlan } from '../governance/plans.ts';
import type { LabInfo } from '../lab/lab-info.ts';
import { LiveWorld } from '../live-world.ts';
import type { State } from '../store/state.ts';
import type { ExecutionJournal } from './journal.ts';
import { observePlanTopology } from './plan-topology.ts';
import type { ExecutionOutcome } from './steps.ts';

/** What every execution works with. */
export interface ResumeContext {
  readonly state: State;
  readonly lab: LabInfo;
  readonly planId: string;
  readonly onEvent?: (event: StepEvent) => void;
  /** Aborting leads the running action back or to its end, stops the load and leaves a state that has a name. */
  readonly signal?: AbortSignal;
  /** Stands between the executor and its journal, for whoever wants to watch or disturb it. */
  readonly decorateJournal?: (journal: ExecutionJournal) => ExecutionJournal;
}

/** Documents as they are now: the gate compares them with what the plan is bound to. */
export interface ExecuteContext extends ResumeContext {
  readonly scenario: Scenario;
  readonly estate: Estate;
  readonly calibration: Calibration | null;
}

/** How it ended. `measurement` and `verification` are null, and `unmeasured` says why, when there is nothing to judge. */
export interface ExecutionResult {
  readonly plan: Plan;
  readonly run: string;
  readonly outcome: ExecutionOutcome;
  readonly measurement: Measurement | null;
  readonly verification: Verification | null;
  readonly unmeasured: string | null;
}

/**
 * Executes a plan from its first step. UserError('refused') with every reason when it may not run now; nothing was done
 * then. What goes wrong later is an outcome.
 */
export async function executePlan(context: ExecuteContext): Promise<ExecutionResult> {
  const { state, lab, scenario, estate, calibration } = context;
  const { plan, standing } = await loadPlan(state, context.planId);
  const topology = await observePlanTopology(lab, estate, plan.actions);
  const present = { scenario, estate, calibration, topology };
  const execution = await startPlan(state, plan.id, present);
  return runExecution({ execution, run: standing.run, scenario, estate }, context);
}

/**
 * Goes on with an execution that was cut off or got stuck, on the documents that it began with. UserError('refused')
 * while its executor is alive. A step whose end is unknown is done again; drivers make that harmless.
 */
export async function resumePlan(context: ResumeContext): Promise<ExecutionResult> {
  const { state } = context;
  const { plan, standing } = await loadPlan(state, context.planId);
  const { run } = standing;
  // Their bytes are the recorded ones, which were resolved and checked when the plan was made.
  const scenario = (await state.runs.readDocument(run, 'scenario.json')) as Scenario;
  const estate = (await state.runs.readDocument(run, 'estate.json')) as Estate;
  const execution = await takeOver(state, plan.id);
  return runExecution({ execution, run, scenario, estate }, context);
}

interface Undertaking {
  readonly execution: Execution;
  readonly run: string;
  readonly scenario: Scenario;
  readonly estate: Estate;
}

async function runExecution(
  undertaking: Undertaking,
  context: ResumeContext,
): Promise<ExecutionResult> {
  const world = await openWorld(undertaking, context);
  try {
    const played = await play(world, undertaking.scenario, context.signal);
    return await conclude(undertaking, context.state, played);
  } finally {
    await world.close();
  }
}

/** Without a load nothing was begun, so a plan that just started is wholly undone; one that goes on stays as it was. */
async function openWorld(
  { execution, run, scenario, estate }: Undertaking,
  { state, lab, onEvent, signal, decorateJournal }: ResumeContext,
): Promise<LiveWorld> {
  const { plan } = execution;
  const directory = state.runs.directory(run);
  try {
    return await LiveWorld.open({
      lab,
      estate,
      fleet: onlyFleet(estate),
      shard: onlyShard(plan),
      run,
      trace: readTrace(await state.runs.read(run, 'trace.bin'), 'trace.bin'),
      traceFile: join(directory, 'trace.bin'),
      outDirectory: join(directory, 'load'),
      shardMap: state.shardMap,
      warmupMs: scenario.warmupMs,
      journal: decorateJournal?.(execution) ?? execution,
      stepsOf: (action) => stepsOfAction(plan, action),
      ...(onEvent === undefined ? {} : { onEvent }),
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const isUntouched = (await execution.entries()).length === 0;
    if (isUntouched) await execution.undone(`the run could not begin: ${reason}`);
    else await execution.halt(`the run could not go on: ${reason}`);
    throw error;
  }
}

function onlyShard({ actions }: Plan): string {
  const [shard, ...others] = new Set(actions.map((action) => action.shard));
  assert(shard !== undefined && others.length === 0, 'a load is played on exactly one shard');
  return shard;
}

/** The planned steps of an action of the timeline. */
function stepsOfAction({ actions, steps }: Plan, action: Action): readonly Step[] {
  const wanted = digestOf(action);
  const index = actions.findIndex((planned) => digestOf(planned) === wanted);
  return steps.filter((step) => step.action === index);
}

interface Played {
  readonly outcome: ExecutionOutcome;
  readonly measurement: Measurement | null;
  readonly unmeasured: string | null;
}

/** Plays the timeline. A complaint of its own counts only when the steps did not get to their end. */
async function play(
  world: LiveWorld,
  scenario: Scenario,
  signal: AbortSignal | undefined,
): Promise<Played> {
  let unmeasured: string | null = null;
  let measurement: Measurement | null = null;
  try {
    measurement = await playTimeline(world, scenario);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    unmeasured = error.message;
  }
  const reason = signal?.aborted === true ? 'interrupted before the first step' : unmeasured;
  const outcome = await world.outcome();
  if (outcome === null) {
    const nothingDone = { kind: 'compensated', reason: reason ?? 'no action was due' } as const;
    return { outcome: nothingDone, measurement, unmeasured };
  }
  if (measurement !== null || signal?.aborted === true) return { outcome, measurement, unmeasured };
  return { outcome, ...(await measureAnyway(world)) };
}

/** Steps that came to their end after the horizon, or were led back, are measured all the same. */
async function measureAnyway(world: LiveWorld): Promise<Omit<Played, 'outcome'>> {
  try {
    return { measurement: await world.finish(), unmeasured: null };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { measurement: null, unmeasured: error.message };
  }
}

/** Records what was measured, then the end of the plan: a crash in between is resumed, and measured once. */
async function conclude(
  { execution, run }: Undertaking,
  state: State,
  { outcome, measurement: fresh, unmeasured }: Played,
): Promise<ExecutionResult> {
  const { plan } = execution;
  const base = { plan, run, outcome, unmeasured };
  switch (outcome.kind) {
    case 'stuck':
      await execution.halt(outcome.reason);
      return { ...base, measurement: null, verification: null };
    case 'compensated':
      await execution.undone(outcome.reason);
      return { ...base, measurement: fresh, verification: null };
    case 'done': {
      const measurement = (await recordedMeasurement(state, run)) ?? fresh;
      const verification = measurement === null ? null : await judge(state, run, measurement);
      if (measurement !== null && verification !== null) {
        const files = { 'measurement.json': measurement, 'verification.json': verification };
        await state.runs.extend(run, files, state.actor);
      }
      await execution.complete();
      return { ...base, measurement, verification };
    }
  }
}

async function recordedMeasurement(state: State, run: string): Promise<Measurement | null> {
  const recorded = (await state.runs.list()).find(({ id }) => id === run);
  if (recorded?.files['measurement.json'] === undefined) return null;
  return measurementSchema.parse(await state.runs.readDocument(run, 'measurement.json'));
}

async function judge(state: State, run: string, measurement: Measurement): Promise<Verification> {
  const prediction = predictionSchema.parse(await state.runs.readDocument(run, 'prediction.json'));
  return verify(prediction, measurement);
}

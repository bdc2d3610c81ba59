// The whole loop on real servers, as a newcomer sees it: lab, calibration with next to no delay, conditions drawn afterwards;
// prediction, approval by throw-away identities, execution under load, verification of a planned promotion; then, on fresh
// servers, the crash of a primary, predicted before it happens. Everything is left in a directory of its own, and
// whatever happens, no server stays behind.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from '../../engine/failure.ts';
import type { AuditReport } from '../../twin/change/audit.ts';
import type { Plan } from '../../twin/change/plan.ts';
import type { Calibration } from '../../twin/estate/calibration.ts';
import type { StepEvent } from '../../twin/measurement.ts';
import type { Prediction } from '../../twin/prediction.ts';
import type { Verification } from '../../twin/verify.ts';
import { executePlan, type ExecutionResult } from '../executor/execute.ts';
import { writeFiles } from '../files.ts';
import { verifyAudit } from '../governance/audit.ts';
import { approvePlan } from '../governance/plans.ts';
import { labDown } from '../lab/lab.ts';
import type { LabInfo } from '../lab/lab-info.ts';
import { openState, type State } from '../store/state.ts';
import { calibrateEstate, calibrationText } from './calibrate-estate.ts';
import { demoFiles, drawDemo, libraryEstate, type DemoConditions } from './demo-texts.ts';
import { runDrill } from './drill.ts';
import { planChange } from './plan-change.ts';
import { startLab } from './start-lab.ts';
import { verifyRun } from './verify-run.ts';

export interface DemoOptions {
  /** A fresh directory for state, keys, lab and results. */
  readonly directory: string;
  readonly seed: string;
  readonly signal: AbortSignal;
  readonly onStage: (text: string) => void;
  readonly onProgress: (text: string) => void;
  readonly onStep: (event: StepEvent) => void;
  /** Before the promotion with its plan, before the crash without one. */
  readonly onPredicted: (prediction: Prediction, plan: Plan | null) => Promise<void>;
}

/** The planned promotion. `verification` is null, and `outcome` says why, when the plan was not done. */
interface DemoChange {
  readonly plan: Plan;
  readonly prediction: Prediction;
  readonly outcome: ExecutionResult['outcome'];
  readonly verification: Verification | null;
  readonly page: string | null;
}

/** The crash, on servers of its own. */
interface DemoDrill {
  readonly prediction: Prediction;
  readonly verification: Verification;
  readonly page: string;
}

/** What a demo showed. `drill` is null when the promotion before it did not come to its end. */
export interface DemoDocument extends DemoChange {
  readonly schema: 'premortem/demo/v1';
  readonly seed: string;
  readonly directory: string;
  readonly conditions: { readonly delaysMs: readonly number[]; readonly utilisation: number };
  readonly drill: DemoDrill | null;
  readonly audit: AuditReport;
}

const author = 'author';

/** Runs the demo. Rejects with the signal's reason when aborted; the lab is down in any case when it settles. */
export async function runDemo(options: DemoOptions): Promise<DemoDocument> {
  const { directory, seed, signal, onStage, onProgress } = options;
  mkdirSync(directory, { recursive: true });
  const estate = libraryEstate();
  onStage('starting three real Postgres servers in three regions, joined by delay proxies');
  try {
    const lab = await startLab(estate, labOptions(options));
    onStage(
      'calibrating with next to no link delay: service times, promotions back and forth, crashes',
    );
    const calibration = await calibrateEstate(lab, estate, { onProgress, signal });
    signal.throwIfAborted();
    const conditions = prepareConditions(calibration, options);
    const { delaysMs, utilisation } = factsOf(conditions);
    const change = await withState(directory, (state) =>
      promoteUnder({ state, lab, conditions, calibration }, options),
    );
    const drill =
      change.verification === null ? null : await crashUnder(conditions, calibration, options);
    return {
      schema: 'premortem/demo/v1',
      seed,
      directory,
      conditions: { delaysMs, utilisation },
      ...change,
      drill,
      audit: await withState(directory, verifyAudit),
    };
  } finally {
    await labDown(directory);
  }
}

function labOptions({
  directory,
  onProgress,
  signal,
}: DemoOptions): Parameters<typeof startLab>[1] {
  return { stateDir: directory, lifeline: 'stdin', onProgress, signal };
}

/** Throw-away identities: their keys are left with the demo, never among the user's own. */
function keysOf(directory: string): { readonly configDirectory: string } {
  return { configDirectory: join(directory, 'keys') };
}

async function withState<T>(directory: string, body: (state: State) => Promise<T>): Promise<T> {
  const state = await openState(directory, keysOf(directory));
  try {
    return await body(state);
  } finally {
    await state.close();
  }
}

/** Only now, after calibration, delays and load are drawn; the files are what both worlds read. */
function prepareConditions(
  calibration: Calibration,
  { seed, directory, onStage }: DemoOptions,
): DemoConditions {
  const conditions = drawDemo(seed);
  writeFiles(directory, {
    ...conditions.texts,
    [demoFiles.calibration]: calibrationText(calibration),
  });
  const { delays, utilisation } = factsOf(conditions);
  onStage(
    `conditions drawn from seed ${seed}: one-way ${delays.join(', ')}; busiest pools ${(100 * utilisation).toFixed(0)} % in use`,
  );
  return conditions;
}

function factsOf({ estate, utilisation }: DemoConditions): {
  delays: readonly string[];
  delaysMs: readonly number[];
  utilisation: number;
} {
  const delays = estate.links.map(({ between, delayMs }) => `${between.join(' – ')} ${delayMs} ms`);
  return { delays, delaysMs: estate.links.map(({ delayMs }) => delayMs), utilisation };
}

interface Stage {
  readonly state: State;
  readonly lab: LabInfo;
  readonly conditions: DemoConditions;
  readonly calibration: Calibration;
}

async function promoteUnder(stage: Stage, options: DemoOptions): Promise<DemoChange> {
  const { state, lab, conditions, calibration } = stage;
  const { plan, prediction } = await planAndApprove(stage, options);
  options.onStage('executing it on the real servers, under the load that was predicted');
  const result = await executePlan({
    state,
    lab,
    planId: plan.id,
    estate: conditions.estate,
    scenario: conditions.change,
    calibration,
    onEvent: options.onStep,
    signal: options.signal,
  });
  options.signal.throwIfAborted();
  const verified = result.measurement === null ? null : await verifyRun(state, result.run);
  return {
    plan,
    prediction,
    outcome: result.outcome,
    verification: verified?.verification ?? null,
    page: verified?.page ?? null,
  };
}

async function planAndApprove(
  { state, lab, conditions, calibration }: Stage,
  { directory, seed, signal, onStage, onProgress, onPredicted }: DemoOptions,
): Promise<{ plan: Plan; prediction: Prediction }> {
  onStage('predicting the promotion in the twin');
  await state.identities.create(author);
  const { plan, prediction } = await planChange(
    {
      state,
      lab,
      author,
      scenario: conditions.change,
      estate: conditions.estate,
      calibration,
      seed,
      sources: {
        scenario: join(directory, demoFiles.change),
        calibration: join(directory, demoFiles.calibration),
      },
    },
    { signal, onProgress: (done, of) => onProgress(`${done} of ${of} simulated runs`) },
  );
  await onPredicted(prediction, plan);
  for (let approval = 1; approval <= plan.approvalsNeeded; approval++) {
    const approver = `approver-${approval}`;
    await state.identities.create(approver);
    const { standing } = await approvePlan(state, plan.id, approver);
    assert(standing.approvals.length === approval, 'each approver counts once');
    onStage(`${plan.id} approved and signed by ${approver}`);
  }
  return { plan, prediction };
}

/** On fresh servers, led by the declared primary again. Faults on servers that are thrown away need nobody's approval. */
async function crashUnder(
  { estate, drill }: DemoConditions,
  calibration: Calibration,
  options: DemoOptions,
): Promise<DemoDrill> {
  const { directory, seed, signal, onStage, onProgress, onStep, onPredicted } = options;
  onStage('starting fresh servers, and predicting what the crash of the primary will do');
  await labDown(directory);
  const lab = await startLab(estate, labOptions(options), keysOf(directory));
  return withState(directory, async (state) => {
    const { prediction, verification, page } = await runDrill(
      { state, lab, scenario: drill, estate, calibration, seed },
      {
        signal,
        onProgress: (done, of) => onProgress(`${done} of ${of} simulated runs`),
        onEvent: onStep,
        onPredicted: async (predicted) => {
          await onPredicted(predicted, null);
          onStage('killing the primary under load, and leaving the rest to the monitor');
        },
      },
    );
    return { prediction, verification, page };
  });
}

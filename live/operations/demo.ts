// The whole loop on real servers, as a newcomer sees it: lab, calibration at zero delay, conditions drawn afterwards,
// prediction, approval by throw-away identities, execution under load, verification. Everything is left in a directory
// of its own, and whatever happens, no server stays behind.
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from '../../engine/failure.ts';
import { demoRanges, drawConditions, type Conditions } from '../../scenarios/conditions.ts';
import { estateText, scenarioText } from '../../scenarios/conditions-text.ts';
import { findLibraryFile } from '../../scenarios/library/index.ts';
import { checkScenario, loadEstate, loadScenario } from '../../scenarios/load.ts';
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
import { labDown, labUp } from '../lab/lab.ts';
import type { LabInfo } from '../lab/lab-info.ts';
import { openState, type State } from '../store/state.ts';
import { calibrateEstate, calibrationText } from './calibrate-estate.ts';
import { planChange } from './plan-change.ts';
import { verifyRun } from './verify-run.ts';

export interface DemoOptions {
  /** A fresh directory for state, keys, lab and results. */
  readonly directory: string;
  readonly seed: string;
  readonly signal: AbortSignal;
  readonly onStage: (text: string) => void;
  readonly onProgress: (text: string) => void;
  readonly onStep: (event: StepEvent) => void;
  readonly onPlanned: (prediction: Prediction, plan: Plan) => Promise<void>;
}

/** What a demo showed. `verification` is null, and `outcome` says why, when the plan was not done. */
export interface DemoDocument {
  readonly schema: 'premortem/demo/v1';
  readonly seed: string;
  readonly directory: string;
  readonly conditions: { readonly delaysMs: readonly number[]; readonly utilisation: number };
  readonly plan: Plan;
  readonly prediction: Prediction;
  readonly outcome: ExecutionResult['outcome'];
  readonly verification: Verification | null;
  readonly audit: AuditReport;
  readonly page: string | null;
}

const author = 'author';

/** Runs the demo. Rejects with the signal's reason when aborted; the lab is down in any case when it settles. */
export async function runDemo(options: DemoOptions): Promise<DemoDocument> {
  const { directory, signal, onStage, onProgress } = options;
  mkdirSync(directory, { recursive: true });
  const original = readLibrary();
  onStage('starting three real Postgres servers in three regions, joined by delay proxies');
  try {
    const lab = await labUp(original.estate, {
      stateDir: directory,
      lifeline: 'stdin',
      onProgress,
      signal,
    });
    onStage('calibrating at zero link delay: service times, and promotions back and forth');
    const calibration = await calibrateEstate(lab, original.estate, { onProgress, signal });
    signal.throwIfAborted();
    const conditions = prepareConditions(original, calibration, options);
    return await changeUnder(conditions, calibration, { ...options, lab });
  } finally {
    await labDown(directory);
  }
}

interface LibraryTexts {
  readonly estateSource: string;
  readonly scenarioSource: string;
  readonly estate: Conditions['estate'];
  readonly scenario: Conditions['scenario'];
}

function readLibrary(): LibraryTexts {
  const read = (kind: 'estate' | 'scenario', name: string): string =>
    readFileSync(findLibraryFile(kind, name).url, 'utf8');
  const estateSource = read('estate', 'lab');
  const scenarioSource = read('scenario', 'lab/promote-eu');
  const estate = loadEstate(estateSource, 'lab.yaml');
  const scenario = loadScenario(scenarioSource, 'promote-eu.yaml');
  return { estateSource, scenarioSource, estate, scenario };
}

/** Only now, after calibration, delays and load are drawn; the files are what both worlds read. */
function prepareConditions(
  { estateSource, scenarioSource, estate, scenario }: LibraryTexts,
  calibration: Calibration,
  { seed, directory, onStage }: DemoOptions,
): Conditions {
  const drawn = drawConditions(estate, scenario, seed, demoRanges);
  const files = {
    'estate.yaml': estateText(estateSource, drawn),
    'scenario.yaml': scenarioText(scenarioSource, 'estate.yaml'),
    'calibration.yaml': calibrationText(calibration),
  };
  writeFiles(directory, files);
  const read = {
    estate: loadEstate(files['estate.yaml'], 'estate.yaml'),
    scenario: loadScenario(files['scenario.yaml'], 'scenario.yaml'),
  };
  checkScenario(read.scenario, read.estate, 'scenario.yaml', files['scenario.yaml']);
  const delays = read.estate.links.map(
    ({ between, delayMs }) => `${between.join(' – ')} ${delayMs} ms`,
  );
  onStage(
    `conditions drawn from seed ${seed}: one-way ${delays.join(', ')}; busiest pools ${(100 * drawn.utilisation).toFixed(0)} % in use`,
  );
  return { ...read, utilisation: drawn.utilisation };
}

async function changeUnder(
  conditions: Conditions,
  calibration: Calibration,
  options: DemoOptions & { readonly lab: LabInfo },
): Promise<DemoDocument> {
  const { directory } = options;
  // Throw-away identities: their keys are left with the demo, never among the user's own.
  const state = await openState(directory, { configDirectory: join(directory, 'keys') });
  try {
    const { plan, prediction } = await planAndApprove(state, conditions, calibration, options);
    const { estate, scenario } = conditions;
    options.onStage('executing it on the real servers, under the load that was predicted');
    const result = await executePlan({
      state,
      lab: options.lab,
      planId: plan.id,
      estate,
      scenario,
      calibration,
      onEvent: options.onStep,
      signal: options.signal,
    });
    options.signal.throwIfAborted();
    const verified = result.measurement === null ? null : await verifyRun(state, result.run);
    return {
      schema: 'premortem/demo/v1',
      seed: options.seed,
      directory,
      conditions: {
        delaysMs: estate.links.map(({ delayMs }) => delayMs),
        utilisation: conditions.utilisation,
      },
      plan,
      prediction,
      outcome: result.outcome,
      verification: verified?.verification ?? null,
      audit: await verifyAudit(state),
      page: verified?.page ?? null,
    };
  } finally {
    await state.close();
  }
}

async function planAndApprove(
  state: State,
  { estate, scenario }: Conditions,
  calibration: Calibration,
  options: DemoOptions & { readonly lab: LabInfo },
): Promise<{ plan: Plan; prediction: Prediction }> {
  const { directory, lab, seed, signal, onStage, onProgress, onPlanned } = options;
  onStage('predicting the promotion in the twin');
  await state.identities.create(author);
  const { plan, prediction } = await planChange(
    {
      state,
      lab,
      author,
      scenario,
      estate,
      calibration,
      seed,
      sources: {
        scenario: join(directory, 'scenario.yaml'),
        calibration: join(directory, 'calibration.yaml'),
      },
    },
    { signal, onProgress: (done, of) => onProgress(`${done} of ${of} simulated runs`) },
  );
  await onPlanned(prediction, plan);
  for (let approval = 1; approval <= plan.approvalsNeeded; approval++) {
    const approver = `approver-${approval}`;
    await state.identities.create(approver);
    const { standing } = await approvePlan(state, plan.id, approver);
    assert(standing.approvals.length === approval, 'each approver counts once');
    onStage(`${plan.id} approved and signed by ${approver}`);
  }
  return { plan, prediction };
}

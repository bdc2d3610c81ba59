// From a scenario to a submitted plan: look at the platform, predict on the trace that will be played, bind everything.
// What the plan was made from is noted by name, so that an execution can read the documents anew and notice a change.
import { z } from 'zod';
import { UserError } from '../../engine/failure.ts';
import { actionsOf, faultsOf, type Scenario } from '../../scenarios/scenario.ts';
import { actionKindOf, stepsOf } from '../../twin/actions/index.ts';
import type { Calibration } from '../../twin/estate/calibration.ts';
import type { Estate } from '../../twin/estate/estate.ts';
import type { Prediction } from '../../twin/prediction.ts';
import type { RecordSummary } from '../../twin/record/record.ts';
import { hostFacts } from '../host.ts';
import { submitPlan, type KnownPlan } from '../governance/plans.ts';
import type { LabInfo } from '../lab/lab-info.ts';
import type { State } from '../store/state.ts';
import { observeDeclaredTopology } from '../executor/plan-topology.ts';
import { predict, type PredictOptions } from './predict.ts';

/** The names under which the documents of a plan were given, as a person would type them again. */
const sourcesSchema = z.strictObject({ scenario: z.string(), calibration: z.string().nullable() });
export type PlanSources = z.infer<typeof sourcesSchema>;

export interface ChangeRequest {
  readonly state: State;
  readonly lab: LabInfo;
  readonly author: string;
  readonly scenario: Scenario;
  readonly estate: Estate;
  readonly calibration: Calibration | null;
  readonly record?: RecordSummary | null;
  readonly sources: PlanSources;
  readonly seed: string;
}

/** Predicts and submits. UserError `refused` when the declared primary does not lead at the moment. */
export async function planChange(
  request: ChangeRequest,
  options: PredictOptions = {},
): Promise<KnownPlan & { readonly prediction: Prediction }> {
  const { state, lab, author, scenario, estate, calibration, seed, sources } = request;
  const { record = null } = request;
  await state.identities.signer(author);
  const actions = actionsOf(scenario);
  if (faultsOf(scenario).length > 0) {
    throw new UserError('input', {
      message: `scenario ${scenario.name} breaks something, and a plan is of changes only`,
      remedy: 'play it with `premortem simulate`; on real servers, `premortem demo` and `prove` do',
    });
  }
  const [first] = actions;
  if (first === undefined) {
    throw new UserError('input', {
      message: `scenario ${scenario.name} does nothing, so there is nothing to approve`,
      remedy: 'give its timeline an action; `premortem simulate` needs none',
    });
  }
  if (new Set(actions.map(({ shard }) => shard)).size > 1) {
    throw new UserError('input', {
      message: `scenario ${scenario.name} changes several shards, and a live run plays its load on one`,
      remedy: 'plan one scenario per shard; `premortem simulate` takes several',
    });
  }
  const topology = await observeDeclaredTopology(lab, estate, actions);
  const { prediction, trace } = await predict(
    { scenario, estate, calibration, record, seed, host: hostFacts(lab) },
    options,
  );
  options.signal?.throwIfAborted();
  // Epochs count per shard from the map that is in force; a shard that nobody ever switched stands at 0.
  const epoch = (await state.shardMap.get(first.shard))?.epoch ?? 0;
  const steps = actions.flatMap((action) => stepsOf(action, estate, epoch));
  const known = await submitPlan(state, {
    title: actions.map((action) => actionKindOf(action).describe(action, estate)).join('; '),
    author,
    scenario,
    estate,
    calibration,
    prediction,
    trace,
    topology,
    actions,
    steps,
  });
  await state.runs.extend(known.standing.run, { 'sources.json': { ...sources } }, author);
  return { ...known, prediction };
}

/** Where the documents of a plan came from. */
export async function readSources(state: State, run: string): Promise<PlanSources> {
  return sourcesSchema.parse(await state.runs.readDocument(run, 'sources.json'));
}

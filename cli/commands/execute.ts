// `premortem execute`: an approved plan on the real servers, under the load it was predicted for, then held against the
// prediction. `premortem resume` goes on after a crash.
import { executePlan, type ExecutionResult } from '../../live/executor/execute.ts';
import { loadPlan } from '../../live/governance/plans.ts';
import { readLab } from '../../live/lab/lab-info.ts';
import { readSources } from '../../live/operations/plan-change.ts';
import { verifyRun } from '../../live/operations/verify-run.ts';
import { openState, type State } from '../../live/store/state.ts';
import { unreachable } from '../../engine/failure.ts';
import type { Call, CommandModule, Result, Session } from '../command.ts';
import { exitCodes } from '../exit.ts';
import { openCalibration, openScenario } from '../files.ts';
import { stepProgress, withState } from '../session.ts';
import { verificationResult } from './verify.ts';

export const verbs: CommandModule['verbs'] = [
  {
    name: '',
    summary: 'execute an approved plan on the running lab and hold it against its prediction',
    words: [{ form: '<plan>', meaning: 'id of an approved plan, or the beginning of it' }],
    options: [],
    run: execute,
  },
];

async function execute({ session, words: [planId = ''] }: Call): Promise<Result> {
  const lab = readLab(session.stateDirectory);
  const state = await openState(session.stateDirectory, { mustExist: true });
  return await withState(state, async (open) => {
    const { standing } = await loadPlan(open, planId);
    // Read anew from where they came from: a change since the plan was made is a reason not to run it.
    const sources = await readSources(open, standing.run);
    const { scenario, estate } = openScenario(sources.scenario);
    const calibration =
      sources.calibration === null ? null : openCalibration(sources.calibration, estate);
    const result = await executePlan({
      state: open,
      lab,
      planId,
      scenario,
      estate,
      calibration,
      ...stepProgress(session),
    });
    return await executionResult(open, result, session);
  });
}

/** How an execution ended, as what a command hands back. */
export async function executionResult(
  state: State,
  result: ExecutionResult,
  session: Session,
): Promise<Result> {
  const { plan, outcome, unmeasured } = result;
  switch (outcome.kind) {
    case 'done':
      if (result.measurement !== null) {
        return await verificationResult(await verifyRun(state, result.run), session);
      }
      return {
        document: result,
        text: `${plan.id} is done, but could not be measured: ${unmeasured ?? 'no reason is known'}\n`,
        exitCode: exitCodes.inconclusive,
      };
    case 'compensated':
      return {
        document: result,
        text: `${plan.id} was led back to the state before it: ${outcome.reason}\n`,
        exitCode: exitCodes.guardrail,
      };
    case 'stuck':
      return {
        document: result,
        text: `${plan.id} is stuck at ${outcome.step}: ${outcome.reason}\nmend the cause, then: premortem resume ${plan.id}\n`,
        exitCode: exitCodes.fault,
      };
    default:
      return unreachable(outcome);
  }
}

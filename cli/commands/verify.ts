// `premortem verify`: a run's measurement against its prediction, and the report of both side by side.
import { loadPlan } from '../../live/governance/plans.ts';
import { verifyRun, type VerifiedRun } from '../../live/operations/verify-run.ts';
import { openState, type State } from '../../live/store/state.ts';
import { renderReport } from '../../reports/index.ts';
import { unreachable } from '../../engine/failure.ts';
import type { Verification } from '../../twin/verify.ts';
import type { Call, CommandModule, Result, Session } from '../command.ts';
import { exitCodes, type ExitCode } from '../exit.ts';
import { withState } from '../session.ts';

export const verbs: CommandModule['verbs'] = [
  {
    name: '',
    summary: 'hold what was measured against what was predicted',
    words: [{ form: '<plan>', meaning: 'an executed plan, or the id of its run' }],
    options: [],
    run: verify,
  },
];

async function verify({ session, words: [name = ''] }: Call): Promise<Result> {
  const state = await openState(session.stateDirectory, { mustExist: true });
  const verified = await withState(state, async (open) => verifyRun(open, await runOf(open, name)));
  return verificationResult(verified, session);
}

/** The run of a plan, or the run of this name itself. */
export async function runOf(state: State, name: string): Promise<string> {
  const runs = await state.runs.list();
  const run = runs.find(({ id }) => id === name);
  return run?.id ?? (await loadPlan(state, name)).standing.run;
}

/** A verified run as what a command hands back. */
export async function verificationResult(verified: VerifiedRun, session: Session): Promise<Result> {
  const { verification, page } = verified;
  const text = await renderReport('premortem/verification/v1', verified, 'text', session.style);
  return {
    document: verification,
    text: `${text}\nreport: ${page}\n`,
    exitCode: exitCodeOfVerdict(verification.verdict),
  };
}

function exitCodeOfVerdict(verdict: Verification['verdict']): ExitCode {
  switch (verdict) {
    case 'confirmed':
      return exitCodes.done;
    case 'refuted':
      return exitCodes.refuted;
    case 'invalid':
      return exitCodes.inconclusive;
    default:
      return unreachable(verdict);
  }
}

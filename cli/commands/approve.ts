// `premortem approve` and `premortem reject`: a signed decision on a plan, by somebody other than its author.
import { approvePlan, rejectPlan, type KnownPlan } from '../../live/governance/plans.ts';
import { openState, type State } from '../../live/store/state.ts';
import { UserError } from '../../engine/failure.ts';
import type { Call, CommandModule, Result } from '../command.ts';
import { exitCodes } from '../exit.ts';
import { flagOption, textOption } from '../options.ts';
import { withState } from '../session.ts';

export const verbs: CommandModule['verbs'] = [
  {
    name: '',
    summary: 'sign that a plan may (or must not) be executed',
    words: [{ form: '<plan>', meaning: 'id of a plan, or the beginning of it' }],
    options: [
      { form: '--as <identity>', meaning: 'who signs; never the author' },
      { form: '--reject', meaning: 'sign that it must not run; needs --reason' },
      { form: '--reason <text>', meaning: 'why it is rejected' },
    ],
    run: approve,
  },
];

async function approve(call: Call): Promise<Result> {
  const { session, words } = call;
  const identity = textOption(call, 'as');
  if (identity === null) {
    throw new UserError('usage', {
      message: 'a decision needs a person',
      remedy: 'give --as NAME',
    });
  }
  const planId = words[0] ?? '';
  const decide = decisionOf(call);
  const { plan, standing } = await withState(
    await openState(session.stateDirectory, { mustExist: true }),
    (state) => decide(state, planId, identity),
  );
  const missing = standing.approvalsNeeded - standing.approvals.length;
  const next =
    standing.state === 'approved'
      ? `ready: premortem execute ${plan.id}`
      : standing.state === 'submitted'
        ? `${missing} more approval(s) needed`
        : `now ${standing.state}`;
  return {
    document: { schema: 'premortem/plan-standing/v1', ...standing },
    text: `${plan.id} ${flagOption(call, 'reject') ? 'rejected' : 'approved'} by ${identity}; ${next}\n`,
    exitCode: exitCodes.done,
  };
}

type Decide = (state: State, planId: string, identity: string) => Promise<KnownPlan>;

function decisionOf(call: Call): Decide {
  if (!flagOption(call, 'reject')) return approvePlan;
  const reason = textOption(call, 'reason');
  if (reason === null || reason.trim() === '') {
    throw new UserError('usage', {
      message: 'a rejection needs a reason',
      remedy: 'give --reason "…", so that the author knows what to change',
    });
  }
  return (state, planId, identity) => rejectPlan(state, planId, identity, reason);
}

// `premortem resume`: goes on with an execution whose executor died or got stuck, from its journal.
import { resumePlan } from '../../live/executor/execute.ts';
import { readLab } from '../../live/lab/lab-info.ts';
import { openState } from '../../live/store/state.ts';
import type { Call, CommandModule, Result } from '../command.ts';
import { stepProgress, withState } from '../session.ts';
import { executionResult } from './execute.ts';

export const verbs: CommandModule['verbs'] = [
  {
    name: '',
    summary: 'go on with an execution that was cut off, from its journal',
    words: [{ form: '<plan>', meaning: 'id of a plan that was being executed' }],
    options: [],
    run: resume,
  },
];

async function resume({ session, words: [planId = ''] }: Call): Promise<Result> {
  const lab = readLab(session.stateDirectory);
  const state = await openState(session.stateDirectory, { mustExist: true });
  return await withState(state, async (open) => {
    const result = await resumePlan({ state: open, lab, planId, ...stepProgress(session) });
    return await executionResult(open, result, session);
  });
}

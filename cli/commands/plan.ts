// `premortem plan`: a scenario's actions as an immutable plan, bound to what it was predicted from.
import { resolve } from 'node:path';
import { planChange } from '../../live/operations/plan-change.ts';
import { readRecord } from '../../live/prove/read-record.ts';
import { readLab } from '../../live/lab/lab-info.ts';
import { openState, type State } from '../../live/store/state.ts';
import { renderReport } from '../../reports/index.ts';
import { UserError } from '../../engine/failure.ts';
import type { RecordSummary } from '../../twin/record/record.ts';
import type { Call, CommandModule, Result } from '../command.ts';
import { exitCodes } from '../exit.ts';
import { isFileName, openCalibration, openScenario } from '../files.ts';
import { textOption } from '../options.ts';
import { openRecord, recordOption } from '../record-source.ts';
import { predictionProgress, withState } from '../session.ts';

export const verbs: CommandModule['verbs'] = [
  {
    name: '',
    summary: 'predict a scenario on the running platform and submit its actions for approval',
    words: [{ form: '<scenario>', meaning: 'a scenario file, or a name of the library' }],
    options: [
      { form: '--as <identity>', meaning: 'the author, who signs; see `premortem identity`' },
      { form: '--calibration <file>', meaning: 'overlay of measured parameters' },
      { ...recordOption, meaning: `${recordOption.meaning} (default: this one)` },
    ],
    run: plan,
  },
];

async function plan(call: Call): Promise<Result> {
  const { session, words } = call;
  const author = textOption(call, 'as');
  if (author === null) {
    throw new UserError('usage', {
      message: 'a plan needs an author',
      remedy: 'give --as NAME; `premortem identity new NAME` makes an identity',
    });
  }
  const name = words[0] ?? '';
  const { scenario, estate } = openScenario(name);
  const overlay = textOption(call, 'calibration');
  const calibration = overlay === null ? null : openCalibration(overlay, estate);
  const given = await openRecord(call);
  const lab = readLab(session.stateDirectory);
  const opened = await openState(session.stateDirectory, { mustExist: true });
  return await withState(opened, async (state) => {
    const { plan: submitted, prediction } = await planChange(
      {
        state,
        lab,
        author,
        scenario,
        estate,
        calibration,
        record: given ?? (await ownRecord(state)),
        seed: session.seed,
        sources: {
          scenario: isFileName(name) ? resolve(name) : name,
          calibration: overlay === null ? null : resolve(overlay),
        },
      },
      predictionProgress(session),
    );
    const input = { prediction, plan: submitted };
    const card = await renderReport('premortem/prediction/v1', input, 'text', session.style);
    return {
      document: submitted,
      text: `${card}\n${submitted.id} is submitted; it needs ${submitted.approvalsNeeded} approval(s): premortem approve ${submitted.id} --as NAME\n`,
      exitCode: exitCodes.done,
    };
  });
}

/** What the campaigns of this state showed; null when none was played. */
async function ownRecord(state: State): Promise<RecordSummary | null> {
  const { record } = await readRecord(state);
  return record.cases.of === 0 ? null : record;
}

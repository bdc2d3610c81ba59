// `premortem replay`: one simulated execution of a scenario once more, and what became of one request, one shard or an action.
import { UserError } from '../../engine/failure.ts';
import { isRecordedId, predictedFrom } from '../../live/operations/predicted-from.ts';
import { openState } from '../../live/store/state.ts';
import { renderReport } from '../../reports/index.ts';
import { parseFocus, replay } from '../../scenarios/replay.ts';
import type { ReplicationInput } from '../../scenarios/replication.ts';
import { defaultEnsemble, mostFresh } from '../../scenarios/simulate.ts';
import { parseQuantity } from '../../twin/units.ts';
import type { Call, CommandModule, Result } from '../command.ts';
import { exitCodes } from '../exit.ts';
import { openCalibration, openScenario } from '../files.ts';
import { numberOption, textOption, unknownName } from '../options.ts';
import { withState } from '../session.ts';

const kinds = ['rehearsal', 'fresh'] as const;

export const verbs: CommandModule['verbs'] = [
  {
    name: '',
    summary: 'play one simulated execution once more, and look on',
    words: [
      {
        form: '<scenario>',
        meaning: 'a scenario file, a name of the library, or the id of a plan or a run',
      },
    ],
    options: [
      {
        form: '--explain <focus>',
        meaning:
          'request:<number>, shard:<id>, process:action or process:fault (default: process:action)',
      },
      { form: '--kind <kind>', meaning: `${kinds.join(' or ')} (default: rehearsal)` },
      { form: '--replication <number>', meaning: 'which of them (default: 0)' },
      { form: '--until <duration>', meaning: 'such as 12.5s: nothing later is told' },
      {
        form: '--calibration <file>',
        meaning: 'overlay of measured parameters; without it, defaults (a plan has its own)',
      },
    ],
    run: replayOne,
  },
];

async function replayOne(call: Call): Promise<Result> {
  const { session, words } = call;
  const focus = parseFocus(textOption(call, 'explain') ?? 'process:action');
  const wanted = textOption(call, 'kind') ?? kinds[0];
  const kind = kinds.find((known) => known === wanted);
  if (kind === undefined) throw unknownName('kind', wanted, kinds);
  // How many fresh ones a prediction played depends on the precision that was asked for.
  const most = (kind === 'fresh' ? mostFresh : defaultEnsemble.rehearsals) - 1;
  const index = numberOption(call, 'replication', { min: 0, max: most, whole: true }) ?? 0;
  const document = await replay(
    { ...(await predictedFromWord(call, words[0] ?? '')), index, kind },
    focus,
    untilOf(call),
  );
  const text = await renderReport('premortem/replay/v1', document, 'text', session.style);
  return { document, text, exitCode: exitCodes.done };
}

/** A plan or a run brings everything along; a scenario is played with the seed and the overlay that were given. */
async function predictedFromWord(
  call: Call,
  word: string,
): Promise<Pick<ReplicationInput, 'scenario' | 'estate' | 'calibration' | 'seed'>> {
  const { session } = call;
  const overlay = textOption(call, 'calibration');
  if (!isRecordedId(word)) {
    const { scenario, estate } = openScenario(word);
    const calibration = overlay === null ? null : openCalibration(overlay, estate);
    return { scenario, estate, calibration, seed: session.seed };
  }
  if (overlay !== null) {
    throw new UserError('usage', {
      message: `${word} was predicted with an overlay of its own, or with none`,
      remedy: 'leave --calibration away, or name its scenario',
    });
  }
  const state = await openState(session.stateDirectory, { mustExist: true });
  return await withState(state, (open) => predictedFrom(open, word));
}

/** The end of everything unless something else was said. */
function untilOf(call: Call): number {
  const text = textOption(call, 'until');
  if (text === null) return Number.MAX_SAFE_INTEGER;
  const untilMs = parseQuantity('duration', text);
  if (untilMs !== null && untilMs >= 0) return untilMs;
  throw new UserError('usage', {
    message: `--until cannot be "${text}"`,
    remedy: 'write a duration such as 12.5s',
  });
}

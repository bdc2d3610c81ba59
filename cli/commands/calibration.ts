// `premortem calibration show|next`: how sure a measured overlay is, and which of its parameters make the forecasts of a
// scenario wide.
import { availableParallelism } from 'node:os';
import { explainForecasts } from '../../live/operations/explain.ts';
import { doubtsNow } from '../../live/operations/doubts-now.ts';
import { renderReport } from '../../reports/index.ts';
import { neededParameters } from '../../twin/estate/needed-parameters.ts';
import { defaultPolicy } from '../../twin/policy/policy.ts';
import type { Call, CommandModule, Result } from '../command.ts';
import { exitCodes } from '../exit.ts';
import { openCalibration, openCalibrationAlone, openEstate, openScenario } from '../files.ts';
import { numberOption, textOption } from '../options.ts';

export const verbs: CommandModule['verbs'] = [
  {
    name: 'show',
    summary: 'show every measured parameter, how sure it is and what speaks against it',
    words: [{ form: '<file>', meaning: 'an overlay, as `premortem calibrate` writes it' }],
    options: [
      {
        form: '--estate <estate>',
        meaning: 'hold its age against this estate’s policy (default: the built-in one)',
      },
    ],
    run: show,
  },
  {
    name: 'next',
    summary: 'tell which parameter makes a scenario’s forecasts wide, and what to measure next',
    words: [{ form: '<scenario>', meaning: 'a scenario file, or a name of the library' }],
    options: [
      {
        form: '--calibration <file>',
        meaning: 'overlay of measured parameters; without it, defaults',
      },
      {
        form: '--metric <metric>',
        meaning: 'explain this one instead of the headlines, like "all fence_ms.value"',
      },
      { form: '--workers <count>', meaning: 'worker threads (default: one per processor)' },
    ],
    run: next,
  },
];

async function show(call: Call): Promise<Result> {
  const { session, words } = call;
  const estate = textOption(call, 'estate');
  const file = words[0] ?? '';
  const opened = estate === null ? null : openEstate(estate).estate;
  const calibration = opened === null ? openCalibrationAlone(file) : openCalibration(file, opened);
  const doubts = doubtsNow(calibration, opened?.policy ?? defaultPolicy, null);
  const needed = opened === null ? null : neededParameters(opened);
  const input = { calibration, doubts, needed };
  const text = await renderReport('premortem/calibration/v1', input, 'text', session.style);
  return {
    document: calibration,
    text,
    exitCode: exitCodes.done,
  };
}

async function next(call: Call): Promise<Result> {
  const { session, words } = call;
  const { scenario, estate } = openScenario(words[0] ?? '');
  const overlay = textOption(call, 'calibration');
  const metric = textOption(call, 'metric');
  const workers =
    numberOption(call, 'workers', { min: 1, max: 64, whole: true }) ?? availableParallelism();
  const explanation = await explainForecasts(
    {
      scenario,
      estate,
      calibration: overlay === null ? null : openCalibration(overlay, estate),
      seed: session.seed,
      metrics: metric === null ? [] : [metric],
      workers,
    },
    {
      signal: session.signal,
      onProgress: (done, of) => session.terminal.status(`explaining: ${done} of ${of} runs`),
    },
  );
  session.signal.throwIfAborted();
  const text = await renderReport('premortem/explanation/v1', explanation, 'text', session.style);
  return {
    document: explanation,
    text,
    exitCode: exitCodes.done,
  };
}

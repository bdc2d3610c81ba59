// `premortem simulate`: what a scenario would do, in the twin → risk card, prediction and trace as files, page.
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { writeFiles } from '../../live/files.ts';
import { predict } from '../../live/operations/predict.ts';
import { renderReport } from '../../reports/index.ts';
import { writeTrace } from '../../twin/trace.ts';
import type { Call, CommandModule, Result } from '../command.ts';
import { exitCodes } from '../exit.ts';
import { openCalibration, openScenario } from '../files.ts';
import { numberOption, textOption } from '../options.ts';
import { openRecord, recordOption } from '../record-source.ts';

export const verbs: CommandModule['verbs'] = [
  {
    name: '',
    summary: 'predict what a scenario will do',
    words: [{ form: '<scenario>', meaning: 'a scenario file, or a name of the library' }],
    options: [
      {
        form: '--calibration <file>',
        meaning: 'overlay of measured parameters (see `premortem calibrate`); without it, defaults',
      },
      recordOption,
      { form: '--workers <count>', meaning: 'worker threads (default: one per processor)' },
    ],
    run: simulate,
  },
];

async function simulate(call: Call): Promise<Result> {
  const { session, words } = call;
  const { scenario, estate } = openScenario(words[0] ?? '');
  const overlay = textOption(call, 'calibration');
  const calibration = overlay === null ? null : openCalibration(overlay, estate);
  const record = await openRecord(call);
  const workers =
    numberOption(call, 'workers', { min: 1, max: 64, whole: true }) ?? availableParallelism();
  const { prediction, trace } = await predict(
    { scenario, estate, calibration, record, seed: session.seed, workers },
    {
      signal: session.signal,
      onProgress: (done, of) => session.terminal.status(`simulating: ${done} of ${of} runs`),
    },
  );
  session.signal.throwIfAborted();
  const directory = session.out ?? join(session.stateDirectory, 'simulations', prediction.id);
  const page = await renderReport('premortem/prediction/v1', { prediction }, 'html');
  writeFiles(directory, {
    'prediction.json': prediction,
    'trace.bin': writeTrace(trace),
    'report.html': page,
    'report.md': await renderReport('premortem/prediction/v1', { prediction }, 'markdown'),
  });
  const card = await renderReport('premortem/prediction/v1', { prediction }, 'text', session.style);
  return {
    document: prediction,
    text: `${card}\nreport: ${join(directory, 'report.html')}\n`,
    exitCode: exitCodes.done,
  };
}

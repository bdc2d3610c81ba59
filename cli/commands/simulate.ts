// `premortem simulate`: what a scenario would do, in the twin → risk card, prediction and trace as files, page.
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../../engine/failure.ts';
import { writeFiles } from '../../live/files.ts';
import { predict } from '../../live/operations/predict.ts';
import { renderReport } from '../../reports/index.ts';
import {
  defaultEnsemble,
  mostFresh,
  type EnsembleSize,
  type ReachedPrecision,
} from '../../scenarios/simulate.ts';
import { writeTrace } from '../../twin/trace.ts';
import { parseQuantity } from '../../twin/units.ts';
import type { Call, CommandModule, Result } from '../command.ts';
import { exitCodes } from '../exit.ts';
import { openCalibration, openScenario } from '../files.ts';
import { numberOption, textOption } from '../options.ts';
import { openRecord, recordOption } from '../record-source.ts';

/** Fresh executions that a wanted precision may take. */
const defaultMost = 500;

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
      {
        form: '--precision <share>',
        meaning:
          'such as 5%: executions until the change of each lasting p99 is known to this share of it, either way (95 %)',
      },
      { form: '--at-most <count>', meaning: `of these (default: ${defaultMost})` },
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
  const ensemble = ensembleOf(call);
  const { prediction, trace, reached } = await predict(
    { scenario, estate, calibration, record, seed: session.seed, workers, ensemble },
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
    text: `${card}\n${precisionLine(ensemble, reached)}report: ${join(directory, 'report.html')}\n`,
    exitCode: exitCodes.done,
  };
}

function ensembleOf(call: Call): EnsembleSize {
  const text = textOption(call, 'precision');
  const most = numberOption(call, 'atMost', {
    min: defaultEnsemble.fresh,
    max: mostFresh,
    whole: true,
  });
  if (text === null) {
    if (most === null) return defaultEnsemble;
    throw new UserError('usage', {
      message: '--at-most bounds what --precision takes, and there is none',
      remedy: 'give --precision, too',
    });
  }
  const halfWidth = parseQuantity('share', text);
  if (halfWidth !== null && halfWidth > 0) {
    return { ...defaultEnsemble, precision: { halfWidth, atMost: most ?? defaultMost } };
  }
  throw new UserError('usage', {
    message: `--precision cannot be "${text}"`,
    remedy: 'write a share above 0, such as 5%',
  });
}

function precisionLine({ precision }: EnsembleSize, reached: ReachedPrecision | null): string {
  if (precision === undefined || reached === null) return '';
  const share = (value: number): string => `${(value * 100).toPrecision(2)} %`;
  const verdict = reached.halfWidth <= precision.halfWidth ? 'as asked' : 'not as asked';
  return `precision: ${verdict}, changes of p99 are known to ±${share(reached.halfWidth)} after ${reached.executions} executions (${share(precision.halfWidth)} wanted, at most ${precision.atMost})\n`;
}

// `premortem calibrate`: measure on the running lab what the model takes as given, or tell what would be measured, and
// write it as an overlay file.
import { basename, dirname, join } from 'node:path';
import { UserError } from '../../engine/failure.ts';
import {
  calibrateFromProduction,
  leastSeconds,
} from '../../live/operations/calibrate-production.ts';
import {
  calibrateEstate,
  calibrationText,
  planEstateCalibration,
  type CalibrateOptions,
} from '../../live/operations/calibrate-estate.ts';
import { doubtsNow } from '../../live/operations/doubts-now.ts';
import { writeFiles } from '../../live/files.ts';
import { labStatus } from '../../live/lab/lab.ts';
import { readLab, type LabInfo } from '../../live/lab/lab-info.ts';
import { renderReport } from '../../reports/index.ts';
import type { Calibration } from '../../twin/estate/calibration.ts';
import type { Estate } from '../../twin/estate/estate.ts';
import { neededParameters } from '../../twin/estate/needed-parameters.ts';
import type { Call, CommandModule, Result, Session } from '../command.ts';
import { exitCodes } from '../exit.ts';
import { openCalibration, openEstate } from '../files.ts';
import { flagOption, numberOption, textOption } from '../options.ts';

export const verbs: CommandModule['verbs'] = [
  {
    name: '',
    summary: 'measure on the running lab what the model takes as given, about a minute',
    words: [{ form: '[estate]', meaning: 'the estate that the lab runs (default: lab)' }],
    options: [
      {
        form: '--plan',
        meaning: 'tell what would be measured, why and for how long; measure nothing',
      },
      { form: '--only <experiments>', meaning: 'these experiments, joined by commas' },
      {
        form: '--into <file>',
        meaning: 'an overlay that the results go into; measures what it lacks or what is in doubt',
      },
      {
        form: '--repetitions <count>',
        meaning: 'how often each experiment measures (default: 5 to 8)',
      },
      {
        form: '--from-production <url>',
        meaning:
          'read the statistics of a server that does its own work, and do nothing to it; password as PGPASSWORD',
      },
      { form: '--seconds <count>', meaning: 'how long to observe it (default: 60)' },
    ],
    run: calibrate,
  },
];

async function calibrate(call: Call): Promise<Result> {
  const { session, words } = call;
  const { estate } = openEstate(words[0] ?? 'lab');
  const intoFile = textOption(call, 'into');
  const url = textOption(call, 'fromProduction');
  if (url !== null) return await calibrateByObserving(call, { estate, url, intoFile });
  refuseSeconds(call);
  const options = { ...experimentOptions(call), ...intoOption(intoFile, estate) };
  if (flagOption(call, 'plan')) return await showPlan(session, estate, options);
  const lab = readLab(session.stateDirectory);
  const plan = planEstateCalibration(lab, estate, options);
  if (plan.experiments.length === 0) return await showPlan(session, estate, options);
  const calibration = await calibrateEstate(lab, estate, {
    ...options,
    signal: session.signal,
    onProgress: (text) => session.terminal.status(`calibrating: ${text}`),
  });
  session.signal.throwIfAborted();
  const file = intoFile ?? overlayFile(session, estate);
  return await written(session, { calibration, estate, file });
}

interface Observed {
  readonly estate: Estate;
  readonly url: string;
  readonly intoFile: string | null;
}

async function calibrateByObserving(
  call: Call,
  { estate, url, intoFile }: Observed,
): Promise<Result> {
  const { session } = call;
  for (const name of ['plan', 'only', 'repetitions']) {
    if (call.options[name] === undefined) continue;
    throw new UserError('usage', {
      message: `--${name} is for experiments, and an observation does none`,
      remedy: 'leave it out',
    });
  }
  const seconds = numberOption(call, 'seconds', { min: leastSeconds, max: 86_400 }) ?? 60;
  const { statistics, calibration } = await calibrateFromProduction(
    { estate, url, seconds, into: intoFile === null ? null : openCalibration(intoFile, estate) },
    {
      signal: session.signal,
      onProgress: (text) => session.terminal.status(`observing: ${text}`),
    },
  );
  const schema = 'premortem/production-statistics/v1';
  const report = await renderReport(schema, statistics, 'text', session.style);
  if (calibration === null) {
    return { document: statistics, text: report, exitCode: exitCodes.inconclusive };
  }
  const file = intoFile ?? overlayFile(session, estate);
  writeFiles(dirname(file), { [basename(file)]: calibrationText(calibration) });
  return {
    document: { ...statistics, overlay: file },
    text: `${report}\noverlay: ${file}\n`,
    exitCode: exitCodes.done,
  };
}

function refuseSeconds(call: Call): void {
  if (call.options['seconds'] === undefined) return;
  throw new UserError('usage', {
    message: '--seconds is for --from-production alone',
    remedy: 'experiments take `--repetitions`',
  });
}

function experimentOptions(call: Call): Pick<CalibrateOptions, 'only' | 'effort'> {
  const only = textOption(call, 'only');
  const repetitions = numberOption(call, 'repetitions', { min: 3, max: 1_000, whole: true });
  return {
    ...(only === null ? {} : { only: only.split(',').map((name) => name.trim()) }),
    ...(repetitions === null
      ? {}
      : // Promotions come in pairs, there and back.
        { effort: { repetitions, promotions: repetitions + (repetitions % 2) } }),
  };
}

function intoOption(file: string | null, estate: Estate): Pick<CalibrateOptions, 'into'> {
  return file === null ? {} : { into: openCalibration(file, estate) };
}

/** Works without a lab, too. */
async function showPlan(
  session: Session,
  estate: Estate,
  options: CalibrateOptions,
): Promise<Result> {
  const status = await labStatus(session.stateDirectory);
  const lab: LabInfo | null = status.kind === 'up' ? status.lab : null;
  const plan = planEstateCalibration(lab, estate, options);
  const text = await renderReport('premortem/calibration-plan/v1', plan, 'text', session.style);
  return {
    document: plan,
    text,
    exitCode: exitCodes.done,
  };
}

function overlayFile({ out, stateDirectory }: Session, { name }: Estate): string {
  return join(out ?? join(stateDirectory, 'calibration'), `${name}.yaml`);
}

async function written(
  { style }: Session,
  { calibration, estate, file }: { calibration: Calibration; estate: Estate; file: string },
): Promise<Result> {
  writeFiles(dirname(file), { [basename(file)]: calibrationText(calibration) });
  const doubts = doubtsNow(calibration, estate.policy, null);
  const report = await renderReport(
    'premortem/calibration/v1',
    { calibration, doubts, needed: neededParameters(estate) },
    'text',
    style,
  );
  return {
    document: calibration,
    text: `${report}\noverlay: ${file}\n`,
    exitCode: exitCodes.done,
  };
}

// `premortem calibrate`: measure on the running lab what the model takes as given, and write it as an overlay file.
import { dirname, join, basename } from 'node:path';
import { calibrateEstate, calibrationText } from '../../live/operations/calibrate-estate.ts';
import { writeFiles } from '../../live/files.ts';
import { readLab } from '../../live/lab/lab-info.ts';
import { textTable, type TextStyle } from '../../reports/table.ts';
import type { Calibration } from '../../twin/estate/calibration.ts';
import type { Call, CommandModule, Result } from '../command.ts';
import { exitCodes } from '../exit.ts';
import { openEstate } from '../files.ts';

export const verbs: CommandModule['verbs'] = [
  {
    name: '',
    summary:
      'measure service times and the steps of a promotion on the running lab, about a minute',
    words: [{ form: '[estate]', meaning: 'the estate that the lab runs (default: lab)' }],
    options: [],
    run: calibrate,
  },
];

async function calibrate({ session, words }: Call): Promise<Result> {
  const { estate } = openEstate(words[0] ?? 'lab');
  const lab = readLab(session.stateDirectory);
  const calibration = await calibrateEstate(lab, estate, {
    signal: session.signal,
    onProgress: (text) => session.terminal.status(`calibrating: ${text}`),
  });
  session.signal.throwIfAborted();
  const file = join(
    session.out ?? join(session.stateDirectory, 'calibration'),
    `${estate.name}.yaml`,
  );
  writeFiles(dirname(file), { [basename(file)]: calibrationText(calibration) });
  return {
    document: calibration,
    text: `${describeCalibration(calibration, session.style)}\noverlay: ${file}\n`,
    exitCode: exitCodes.done,
  };
}

function describeCalibration({ parameters }: Calibration, style: TextStyle): string {
  const columns = ['parameter', 'value', '90 % interval', 'n'].map((title) => ({
    title,
    align: title === 'parameter' ? ('left' as const) : ('right' as const),
  }));
  const rows = Object.entries(parameters).map(([path, { value, unit, interval90, n }]) => [
    path,
    `${value.toPrecision(3)} ${unit}`,
    `${interval90[0].toPrecision(3)}–${interval90[1].toPrecision(3)} ${unit}`,
    String(n),
  ]);
  return `${textTable({ columns, rows }, style)}\n`;
}

// Holds the measurement of a run against its prediction, records the verification and writes the report beside it.
import { join } from 'node:path';
import { UserError } from '../../engine/failure.ts';
import { renderReport } from '../../reports/index.ts';
import { measurementSchema, type Measurement } from '../../twin/measurement.ts';
import { predictionSchema, type Prediction } from '../../twin/prediction.ts';
import { verify, type Verification } from '../../twin/verify.ts';
import { writeFiles } from '../files.ts';
import type { State } from '../store/state.ts';

export interface VerifiedRun {
  readonly run: string;
  readonly prediction: Prediction;
  readonly measurement: Measurement;
  readonly verification: Verification;
  readonly directory: string;
  readonly page: string;
}

/**
 * Verifies a run that was executed. The same run gives the same verification, however often it is asked for. UserError
 * `missing` for a run that was not executed, `state` when one of its files was changed.
 */
export async function verifyRun(state: State, run: string): Promise<VerifiedRun> {
  const prediction = predictionSchema.parse(await state.runs.readDocument(run, 'prediction.json'));
  const measurement = measurementSchema.parse(await measurementOf(state, run));
  const verification = verify(prediction, measurement);
  await state.runs.extend(run, { 'verification.json': verification }, state.actor);
  const directory = state.runs.directory(run);
  const input = { prediction, measurement, verification };
  writeFiles(directory, {
    'report.html': await renderReport('premortem/verification/v1', input, 'html'),
    'report.md': await renderReport('premortem/verification/v1', input, 'markdown'),
  });
  return { run, ...input, directory, page: join(directory, 'report.html') };
}

async function measurementOf(state: State, run: string): Promise<unknown> {
  try {
    return await state.runs.readDocument(run, 'measurement.json');
  } catch (cause) {
    if (!(cause instanceof UserError) || cause.code !== 'missing') throw cause;
    throw new UserError('missing', {
      message: `run ${run} has no measurement: its plan was not executed, or not to its end`,
      remedy: '`premortem execute` it, or `premortem resume` it after a crash',
    });
  }
}

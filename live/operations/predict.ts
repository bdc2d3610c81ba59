// Runs the twin on this machine's processors: worker threads, wall clock and version are facts that the pure rooms
// cannot know.
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { threadRunner } from '../../engine/ensemble/threads.ts';
import type { Scenario } from '../../scenarios/scenario.ts';
import {
  defaultEnsemble,
  simulate,
  type EnsembleSize,
  type ReachedPrecision,
} from '../../scenarios/simulate.ts';
import type { Calibration } from '../../twin/estate/calibration.ts';
import type { Estate } from '../../twin/estate/estate.ts';
import type { Prediction } from '../../twin/prediction.ts';
import type { RecordSummary } from '../../twin/record/record.ts';
import type { Trace } from '../../twin/trace.ts';
import { doubtsNow } from './doubts-now.ts';

export interface PredictInput {
  readonly scenario: Scenario;
  readonly estate: Estate;
  readonly calibration: Calibration | null;
  /** What became of earlier predictions; without it the model has yet to earn its trust. */
  readonly record?: RecordSummary | null;
  readonly seed: string;
  readonly ensemble?: EnsembleSize;
  /** Facts of the host that the scenario is to be executed on, where it is known: an overlay of another one is doubted. */
  readonly host?: Readonly<Record<string, string>>;
  /** Worker threads; by default one per processor. The digest does not depend on it. */
  readonly workers?: number;
}

export interface PredictOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, of: number) => void;
}

/** The prediction, and the trace that it is bound to. Rejects with the signal's reason when aborted. */
export async function predict(
  { ensemble = defaultEnsemble, workers = availableParallelism(), host, ...input }: PredictInput,
  options: PredictOptions = {},
): Promise<{ prediction: Prediction; trace: Trace; reached: ReachedPrecision | null }> {
  const { calibration, estate } = input;
  const doubts = calibration === null ? {} : doubtsNow(calibration, estate.policy, host ?? null);
  await using runner = threadRunner(workers);
  return await simulate(
    { ...input, ensemble, doubts, version: versions() },
    {
      ...options,
      runner,
      createdAt: new Date().toISOString(),
      wallMs: () => performance.now(),
    },
  );
}

/** What computed a prediction: digests are comparable within one major version of Node. */
function versions(): Prediction['version'] {
  const file = new URL('../../package.json', import.meta.url);
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string };
  return { premortem: version, node: process.versions.node.split('.')[0] ?? '' };
}

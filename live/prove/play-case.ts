// One attempt at one case: drawn, predicted, recorded, and only then played, measured and scored. Every step is on disk
// and on the ledger before the next begins. What goes wrong with a case is told in its score; only an interruption and a
// state that cannot be written stop a campaign.
import type { Digest } from '../../engine/digest.ts';
import { UserError } from '../../engine/failure.ts';
import { caseFiles, type DrawnCase } from '../../scenarios/campaign/draw.ts';
import { playsOf } from '../../scenarios/plays.ts';
import { actionsOf } from '../../scenarios/scenario.ts';
import type { Calibration } from '../../twin/estate/calibration.ts';
import type { Estate } from '../../twin/estate/estate.ts';
import type { Measurement } from '../../twin/measurement.ts';
import type { Prediction } from '../../twin/prediction.ts';
import type { CaseIdentity, CaseScore } from '../../twin/record/case.ts';
import { failedCase, scoreCase } from '../../twin/record/score.ts';
import { writeFiles } from '../files.ts';
import type { predict } from '../operations/predict.ts';
import type { CaseLedger } from './case-ledger.ts';
import type { CaseStore } from './case-store.ts';
import { untilQuiet } from './quiet-host.ts';
import type { Stage } from './stage.ts';

/** What all cases of a campaign share. */
export interface Proving {
  readonly campaign: { readonly name: string; readonly seed: string; readonly digest: Digest };
  readonly quiet: { readonly foreignCores: number; readonly patienceMs: number };
  readonly store: CaseStore;
  readonly ledger: CaseLedger;
  readonly stage: Stage;
  readonly calibrationFor: (estate: Estate) => Promise<Calibration>;
  /** What the twin is told of an estate: the estate itself, except where a test takes a mechanism away from it. */
  readonly modelled: (estate: Estate) => Estate;
  readonly predict: typeof predict;
  readonly signal: AbortSignal;
  readonly onProgress: (text: string) => void;
}

/** What is known before: cases of this campaign that were scored, and whether this attempt is to count. */
export interface AttemptPlace {
  readonly earlier: readonly CaseScore[];
  readonly counts: boolean;
}

/** Plays a case once and records how it went. Throws only when the campaign cannot go on. */
export async function playCase(
  proving: Proving,
  drawn: DrawnCase,
  { earlier, counts }: AttemptPlace,
): Promise<CaseScore> {
  const { store, ledger, campaign } = proving;
  // Before the attempt begins: without an overlay no case can be predicted, so that is no failure of this one.
  const calibration = await proving.calibrationFor(drawn.estate);
  const before = (await ledger.attempts(drawn.id)).length;
  if (counts) store.setAside(drawn.id, before);
  const attempt = await ledger.begin(drawn, campaign.digest);
  const directory = counts
    ? store.caseDirectory(drawn.id)
    : store.otherDirectory(drawn.id, attempt);
  writeFiles(directory, {
    [caseFiles.estate]: drawn.estateText,
    [caseFiles.scenario]: drawn.scenarioText,
  });
  const score = await attemptCase(proving, {
    drawn,
    attempt,
    directory,
    earlier,
    calibration,
  });
  store.writeScore(directory, score);
  await ledger.scored(score);
  return score;
}

interface Attempt {
  readonly drawn: DrawnCase;
  readonly attempt: number;
  readonly directory: string;
  readonly earlier: readonly CaseScore[];
  readonly calibration: Calibration;
}

async function attemptCase(proving: Proving, attempt: Attempt): Promise<CaseScore> {
  const startedAt = new Date().toISOString();
  let identity = identityOf(proving, attempt, startedAt);
  let prediction: Prediction | null = null;
  try {
    const predicted = await predictCase(proving, attempt);
    prediction = predicted.prediction;
    const { id, estate, scenario } = attempt.drawn;
    await proving.ledger.predicted(id, attempt.attempt, prediction);
    const cores = await untilQuiet(proving);
    if (cores !== null) identity = withCondition(identity, 'foreignCores', hundredths(cores));
    const measurements = await measureCase(proving, attempt, predicted);
    return scoreCase({
      identity,
      prediction,
      measurements,
      earlier: attempt.earlier,
      estate,
      load: scenario.load,
      actions: actionsOf(scenario),
    });
  } catch (error) {
    proving.signal.throwIfAborted();
    writeFiles(attempt.directory, { 'failure.txt': traceOf(error) });
    return failedCase(identity, reasonOf(error), prediction);
  }
}

type Predicted = Awaited<ReturnType<typeof predict>>;

async function predictCase(
  proving: Proving,
  { drawn, directory, calibration }: Attempt,
): Promise<Predicted> {
  const { modelled, signal, onProgress } = proving;
  const predicted = await proving.predict(
    {
      scenario: drawn.scenario,
      estate: modelled(drawn.estate),
      calibration,
      seed: drawn.traceSeed,
    },
    {
      signal,
      onProgress: (done, of) => onProgress(`${drawn.id}: ${done} of ${of} simulated runs`),
    },
  );
  signal.throwIfAborted();
  writeFiles(directory, { 'prediction.json': predicted.prediction });
  return predicted;
}

async function measureCase(
  { stage, ledger, signal, onProgress }: Proving,
  { drawn, attempt, directory }: Attempt,
  { trace }: Predicted,
): Promise<readonly Measurement[]> {
  const measurements: Measurement[] = [];
  const order = {
    drawn,
    trace,
    directory,
    signal,
    onProgress: (text: string) => onProgress(`${drawn.id}: ${text}`),
  };
  for await (const measurement of stage.play(order)) {
    measurements.push(measurement);
    const repetition = measurements.length;
    writeFiles(directory, { [`measurement-${repetition}.json`]: measurement });
    await ledger.measured(drawn.id, { attempt, repetition }, measurement);
    signal.throwIfAborted();
  }
  return measurements;
}

function identityOf(
  { campaign }: Proving,
  { drawn, attempt }: Attempt,
  startedAt: string,
): CaseIdentity {
  return {
    id: drawn.id,
    campaign: campaign.name,
    seed: campaign.seed,
    index: drawn.index,
    kind: drawn.kind,
    attempt,
    startedAt,
    conditions: { ...drawn.conditions },
    plays: playsOf(drawn.scenario),
  };
}

function withCondition(identity: CaseIdentity, name: string, value: number): CaseIdentity {
  return { ...identity, conditions: { ...identity.conditions, [name]: value } };
}

function hundredths(value: number): number {
  return Math.round(value * 100) / 100;
}

function reasonOf(error: unknown): string {
  if (error instanceof UserError) return error.mistakes.map(({ message }) => message).join('; ');
  return `a fault of ours: ${error instanceof Error ? error.message : String(error)}`;
}

function traceOf(error: unknown): string {
  return `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`;
}

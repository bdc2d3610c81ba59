// A campaign, case by case, until all are in the record or the time is up. Running it again goes on where it stopped: what
// is on the ledger as scored is done, a case that was cut off begins anew and keeps its earlier attempt.
import { join } from 'node:path';
import { digestOf } from '../../engine/digest.ts';
import { UserError } from '../../engine/failure.ts';
import {
  drawCase,
  numberCase,
  type CaseNumber,
  type Course,
} from '../../scenarios/campaign/draw.ts';
import { commitModesOf } from '../../scenarios/campaign/kinds/index.ts';
import type { Calibration } from '../../twin/estate/calibration.ts';
import type { Estate } from '../../twin/estate/estate.ts';
import type { CaseScore } from '../../twin/record/case.ts';
import { predict } from '../operations/predict.ts';
import type { State } from '../store/state.ts';
import { CaseLedger } from './case-ledger.ts';
import { CaseStore } from './case-store.ts';
import { holdCampaign } from './holder.ts';
import { labStage } from './lab-stage.ts';
import { overlayFor } from './overlays.ts';
import { playCase, type Proving } from './play-case.ts';
import type { Stage } from './stage.ts';

export interface ProveRequest {
  readonly state: State;
  readonly course: Course;
  /** The campaign's own text, kept with its cases. */
  readonly campaignText: string;
  /** An overlay to predict from; null: measured by the campaign. */
  readonly calibration: Calibration | null;
  /** Those that are wanted, in their order. */
  readonly cases: readonly CaseNumber[];
  /** No case is begun later than this. */
  readonly limitMs: number | null;
}

export interface ProveOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (text: string) => void;
  /** Called for every case, also for those that were in the record already. */
  readonly onCase: (score: CaseScore, place: CasePlace) => void;
  /** Where cases are played; real servers unless given. */
  readonly stage?: Stage;
  /** What the twin is told of an estate. For tests that take a mechanism away from it. */
  readonly modelled?: (estate: Estate) => Estate;
  /** How it is predicted; by the twin on this machine's processors unless given. */
  readonly predict?: Proving['predict'];
}

export interface CasePlace {
  readonly number: number;
  readonly of: number;
  readonly isNew: boolean;
}

/** `complete`: every case is in the record; `time`: the limit came first. */
export interface ProveResult {
  readonly directory: string;
  readonly ended: 'complete' | 'time';
  readonly planned: number;
  readonly cases: readonly CaseScore[];
}

/**
 * Plays what is missing of a campaign. UserError: `interrupted` when aborted, `refused` when another process plays it or
 * it was begun from other files, `state` when its record was changed, `environment` when nothing can be calibrated or
 * case after case fails for the same reason.
 */
export async function proveCampaign(
  request: ProveRequest,
  options: ProveOptions,
): Promise<ProveResult> {
  const store = storeOf(request);
  const deadlineMs = performance.now() + (request.limitMs ?? Number.POSITIVE_INFINITY);
  return await holdCampaign(store.directory, async () => {
    const proving = beginProving(request, store, options);
    const { cases: planned } = request;
    const scores: CaseScore[] = [];
    for (const [at, number] of planned.entries()) {
      const known = await recordedScore(proving, number);
      if (known === null && performance.now() > deadlineMs) break;
      const score = known ?? (await playNext(proving, request.course, number, scores));
      scores.push(score);
      options.onCase(score, { number: at + 1, of: planned.length, isNew: known === null });
      if (known === null) refuseHopeless(scores);
    }
    const ended = scores.length === planned.length ? 'complete' : 'time';
    return { directory: store.directory, ended, planned: planned.length, cases: scores };
  });
}

/**
 * Plays one case alone. One that is in the record already is played once more: the new attempt is kept beside it, and the
 * record goes on holding the first. UserErrors as above.
 */
export async function proveCase(
  request: ProveRequest,
  number: CaseNumber,
  options: ProveOptions,
): Promise<ProveResult> {
  const { course } = request;
  const store = storeOf(request);
  return await holdCampaign(store.directory, async () => {
    const proving = beginProving(request, store, options);
    const counts = (await recordedScore(proving, number)) === null;
    const earlier = await earlierScores(proving, course, number.index);
    const score = await playCase(proving, drawCase(course, number.index), { earlier, counts });
    options.onCase(score, { number: 1, of: 1, isNew: true });
    return { directory: store.directory, ended: 'complete', planned: 1, cases: [score] };
  });
}

/** What the campaign of a seed is called in the state directory and on the ledger. */
function directoryName({ campaign, seed }: Course): string {
  return `${campaign.name}-${seed}`;
}

function storeOf({ state, course }: ProveRequest): CaseStore {
  return CaseStore.of(state.directory, directoryName(course));
}

function beginProving(
  { state, course, campaignText, calibration }: ProveRequest,
  store: CaseStore,
  options: ProveOptions,
): Proving {
  const { campaign, base, seed } = course;
  keepOrigin(store, { 'campaign.yaml': campaignText, 'estate.yaml': base.text });
  const {
    stage = labStage(join(store.directory, 'servers')),
    modelled = (estate) => estate,
    signal,
    onProgress,
  } = options;
  const { quiet } = campaign;
  const commitModes = commitModesOf(campaign.kinds);
  const place = { store, stage, base, commitModes, given: calibration, quiet, signal, onProgress };
  return {
    campaign: { name: campaign.name, seed, digest: digestOf(campaign) },
    quiet,
    store,
    ledger: new CaseLedger(state, directoryName(course)),
    stage,
    calibrationFor: (estate) => overlayFor(estate, place),
    modelled,
    predict: options.predict ?? predict,
    signal,
    onProgress,
  };
}

/** A campaign is drawn from the same files from its first case to its last. */
function keepOrigin(store: CaseStore, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    const kept = store.read(name);
    if (kept === null || kept === text) continue;
    throw new UserError('refused', {
      message: `this campaign was begun from another ${name}, and its cases were drawn from that`,
      place: { file: `${store.directory}/${name}` },
      remedy: 'choose another --seed or --state, or give the changed campaign another name',
    });
  }
  store.write(files);
}

/** So many cases in a row that fail for one reason are no cases any more: something has to be mended first. */
const hopelessAfter = 3;

/** Throws UserError('environment') instead of using up a campaign's cases one by one on a machine that cannot play any. */
function refuseHopeless(scores: readonly CaseScore[]): void {
  const last = scores.slice(-hopelessAfter);
  const [first] = last;
  if (first === undefined || last.length < hopelessAfter) return;
  const isHopeless = last.every(
    ({ status, reason }) => status === 'failed' && reason === first.reason,
  );
  if (!isHopeless) return;
  throw new UserError('environment', {
    message: `${hopelessAfter} cases in a row failed: ${first.reason}`,
    remedy: 'mend that and run the same command again; these cases stay in the record as failed',
  });
}

async function playNext(
  proving: Proving,
  course: Course,
  { index }: CaseNumber,
  earlier: readonly CaseScore[],
): Promise<CaseScore> {
  proving.signal.throwIfAborted();
  return await playCase(proving, drawCase(course, index), { earlier, counts: true });
}

/** The score that counts, as it was recorded; null when the case is still to be played. */
async function recordedScore(
  { store, ledger }: Proving,
  { id }: CaseNumber,
): Promise<CaseScore | null> {
  const directory = store.caseDirectory(id);
  const counting = await ledger.counting(id);
  const score = store.readScore(directory);
  if (counting !== null) {
    if (score !== null && digestOf(score) === counting.score) return score;
    throw new UserError('state', {
      message: score === null ? 'the score of this case is gone' : 'this score was changed',
      place: { file: `${directory}/case.json` },
      remedy: 'restore a copy of the state directory; see `premortem audit verify`',
    });
  }
  const last = (await ledger.attempts(id)).at(-1);
  if (score === null || last === undefined || last.attempt !== score.attempt) return null;
  // Killed between writing the score and recording it: everything was done, and only its last line is missing.
  await ledger.scored(score);
  return score;
}

async function earlierScores(
  proving: Proving,
  course: Course,
  index: number,
): Promise<readonly CaseScore[]> {
  const scores: CaseScore[] = [];
  for (let at = 0; at < index; at++) {
    const score = await recordedScore(proving, numberCase(course, at));
    if (score !== null) scores.push(score);
  }
  return scores;
}

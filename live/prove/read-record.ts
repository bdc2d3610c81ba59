// The record of a state directory: the scores of every case of every campaign, held against the ledger, so that none can
// be made better, added or taken away afterwards without being found.
import { digestOf, type Digest } from '../../engine/digest.ts';
import { UserError, type Mistake } from '../../engine/failure.ts';
import type { CaseScore } from '../../twin/record/case.ts';
import type { RecordSummary } from '../../twin/record/record.ts';
import { summariseRecord } from '../../twin/record/summary.ts';
import type { State } from '../store/state.ts';
import { readCases } from './case-store.ts';

/** The record, and the cases that it was made of. */
export interface ReadRecord {
  readonly record: RecordSummary;
  readonly cases: readonly CaseScore[];
}

/** An attempt at a case as the ledger knows it; `score` null: it was cut off, or is being played. */
interface LedgerAttempt {
  readonly campaign: string;
  readonly id: string;
  readonly attempt: number;
  readonly score: Digest | null;
}

/** Of which cases a record is wanted; null: of all. */
export interface RecordFilter {
  /** Name of a campaign, with every seed that it was played with. */
  readonly campaign: string | null;
  readonly kind: string | null;
}

/** UserError `state` when a score is gone, was changed, or is of a case that the ledger does not know. */
export async function readRecord(
  state: State,
  filter: RecordFilter = { campaign: null, kind: null },
): Promise<ReadRecord> {
  // The ledger first: what a campaign that runs at the same time writes meanwhile is not on it yet.
  const attempts = await ledgerAttempts(state);
  const written = readCases(state.directory);
  const mistakes = [...changedScores(written, attempts), ...lostScores(written, attempts)];
  if (mistakes.length > 0) throw new UserError('state', mistakes);
  const recorded = written.filter((one) => attemptOf(one, attempts)?.score != null);
  const cases = recorded.filter((one) => isWanted(one, filter));
  return { record: summariseRecord(cases, withoutScore(attempts, filter)), cases };
}

/** What was begun and has no score: told, so that nothing can be left out by not finishing it. */
function withoutScore(
  attempts: readonly LedgerAttempt[],
  { campaign, kind }: RecordFilter,
): { readonly cutOff: number; readonly unfinished: number } {
  const wanted = attempts.filter(
    (one) =>
      // `<campaign>-<seed>` and `<seed>-<number>-<kind>`: a seed has no hyphen.
      (campaign === null || one.campaign.replace(/-[^-]*$/, '') === campaign) &&
      (kind === null || one.id.replace(/^[^-]*-[^-]*-/, '') === kind),
  );
  const open = [...Map.groupBy(wanted, (one) => `${one.campaign}/${one.id}`).values()].map(
    (own) => ({
      isUnfinished: own.every(({ score }) => score === null),
      // The last attempt may still be played.
      cutOff: own.slice(0, -1).filter(({ score }) => score === null).length,
    }),
  );
  return {
    cutOff: open.reduce((sum, one) => sum + one.cutOff, 0),
    unfinished: open.filter(({ isUnfinished }) => isUnfinished).length,
  };
}

/** Everything that can be asked for: names of campaigns and kinds of cases. */
export function recordNames(cases: readonly CaseScore[]): {
  readonly campaigns: readonly string[];
  readonly kinds: readonly string[];
} {
  return {
    campaigns: [...new Set(cases.map(({ campaign }) => campaign))].toSorted(),
    kinds: [...new Set(cases.map(({ kind }) => kind))].toSorted(),
  };
}

async function ledgerAttempts(state: State): Promise<LedgerAttempt[]> {
  const { cases } = await state.ledger.register();
  return [...cases.values()].flatMap(({ name, attempts }) => {
    const [campaign = '', id = ''] = name.split('/');
    return attempts.map(({ attempt, score }) => ({ campaign, id, attempt, score }));
  });
}

/** A score that was written and not recorded counts as little as one that was never written. */
function changedScores(cases: readonly CaseScore[], attempts: readonly LedgerAttempt[]): Mistake[] {
  return cases.flatMap((one): Mistake[] => {
    const known = attemptOf(one, attempts);
    if (known !== undefined && (known.score === null || known.score === digestOf(one))) return [];
    const what = known === undefined ? 'is not on the ledger' : 'was changed after it was recorded';
    return [{ message: `the score of ${nameOf(one)} ${what}`, remedy }];
  });
}

function attemptOf(
  score: CaseScore,
  attempts: readonly LedgerAttempt[],
): LedgerAttempt | undefined {
  return attempts.find((known) => isOf(known, score));
}

function lostScores(cases: readonly CaseScore[], attempts: readonly LedgerAttempt[]): Mistake[] {
  return attempts
    .filter((known) => known.score !== null && !cases.some((one) => isOf(known, one)))
    .map(({ campaign, id, attempt }) => ({
      message: `the score of case ${id} of ${campaign}, attempt ${attempt}, is gone`,
      remedy,
    }));
}

const remedy = 'restore a copy of the state directory';

function isWanted({ campaign, kind }: CaseScore, filter: RecordFilter): boolean {
  return (
    (filter.campaign === null || filter.campaign === campaign) &&
    (filter.kind === null || filter.kind === kind)
  );
}

function isOf(known: LedgerAttempt, score: CaseScore): boolean {
  return (
    known.campaign === directoryOf(score) &&
    known.id === score.id &&
    known.attempt === score.attempt
  );
}

/** As the campaign's directory is called. */
function directoryOf({ campaign, seed }: CaseScore): string {
  return `${campaign}-${seed}`;
}

function nameOf(score: CaseScore): string {
  return `case ${score.id} of ${directoryOf(score)}, attempt ${score.attempt},`;
}

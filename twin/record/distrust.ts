// How far to trust the model's next word about an action: what became of its former ones, how old and how foreign its
// parameters are, how many of them are guesses. One figure from 0 (trust it) to 1, with its evidence in words.
import { shareInterval } from '../../engine/statistics/scores.ts';
import { summariseDoubts } from '../estate/calibration-doubts.ts';
import type { Parameter } from '../parameters.ts';
import type { RiskFinding } from '../risk.ts';
import { loadOnly, type PlayRecord, type RecordSummary } from './record.ts';

/** The record's line for each kind that is played, or for load alone; of a kind that was never played, one of zeros. */
export function trackRecords(
  { plays: known }: Pick<RecordSummary, 'plays'>,
  plays: readonly string[],
): PlayRecord[] {
  const asked = plays.length === 0 ? [loadOnly] : [...new Set(plays)];
  return asked.map(
    (play) =>
      known.find((one) => one.play === play) ?? {
        play,
        cases: 0,
        inside: 0,
        of: 0,
        medianError: null,
      },
  );
}

/** How much of 1 each part of the distrust can be alone. A model of guesses deserves no trust whatever its record. */
const weights = { guesses: 1, shortfall: 0.5, error: 0.5, doubts: 0.5 } as const;

/**
 * 1 − Π(1 − weight · part), over parts in [0, 1], so that each part can only add:
 * - guesses: share of the parameters that are documented defaults;
 * - shortfall: how far coverage falls below the 90 % that were promised, as a share of these 90 %. Coverage is the lower
 *   end of its 95 % interval, so that a short record earns little trust, and none at all (1) what was never played;
 * - error: the median absolute relative error, 100 % and more counting in full;
 * - doubts: share of the parameters that are older than policy allows or were measured elsewhere.
 * Of several kinds that are played the least known one counts. `tracks` null: no record was given, which is like one
 * that is empty.
 */
export function modelDistrust(
  parameters: readonly Parameter[],
  tracks: readonly PlayRecord[] | null,
): RiskFinding {
  const defaults = parameters.filter(({ origin }) => origin === 'default').length;
  const doubts = summariseDoubts(parameters);
  const known = tracks ?? [];
  const parts = {
    guesses: parameters.length === 0 ? 0 : defaults / parameters.length,
    shortfall: known.length === 0 ? 1 : Math.max(...known.map(shortfallOf)),
    error: Math.min(1, Math.max(0, ...known.map(({ medianError }) => medianError ?? 0))),
    doubts: doubts.share,
  };
  const trust = Object.entries(parts).reduce(
    (product, [name, part]) => product * (1 - weights[name as keyof typeof weights] * part),
    1,
  );
  const evidence = [
    `${defaults} of ${parameters.length} parameters are defaults that nobody measured here`,
    ...(doubts.evidence === '' ? [] : [doubts.evidence]),
    ...(tracks === null ? ['no record of earlier predictions was given'] : tracks.map(trackText)),
  ];
  return { name: 'model-distrust', value: 1 - trust, evidence: evidence.join('; ') };
}

/** `61 of 70 forecasts of promote came true at 90 %, median error 2.1 %`. */
export function trackText({ play, inside, of, medianError }: PlayRecord): string {
  const what = play === loadOnly ? 'load without an action' : `“${play}”`;
  if (of === 0) return `no forecast of ${what} was ever held against reality`;
  const error =
    medianError === null ? '' : `, with a median error of ${(medianError * 100).toFixed(1)} %`;
  return `${inside} of ${of} forecasts of ${what} came true at 90 %${error}`;
}

/** The share of executions that a 90 % interval promises to hold. */
const promised = 0.9;

function shortfallOf({ inside, of }: PlayRecord): number {
  const [low] = shareInterval(inside, of);
  return Math.max(0, promised - low) / promised;
}

// Cases → the record: scores by family, kind and load band, the goals held against them, and everything that went
// wrong with its reason. No case is left out: one that was not played to its end is listed, a repeated one is counted
// and its first attempt kept.
import { median } from 'simple-statistics';
import { digestOf } from '../../engine/digest.ts';
import { brierScore } from '../../engine/statistics/scores.ts';
import { isInside, relativeError } from '../forecast.ts';
import type { CaseScore, ScoredMetric } from './case.ts';
import { metricFamilies } from './families.ts';
import { checkGoals } from './goal-checks.ts';
import {
  coverageAt90,
  loadBands,
  loadOnly,
  type LoadBand,
  type Miss,
  type PlayRecord,
  type RecordSummary,
} from './record.ts';
import { absoluteError, repeatabilities, tally, type Repeatabilities } from './tally.ts';

/** A scored metric and the case that it is of. */
interface Fact {
  readonly of: CaseScore;
  readonly metric: ScoredMetric;
}

/** How many of the furthest misses are named one by one; all of them count in the coverage. */
const namedMisses = 20;

/** Attempts and cases that have no score. */
type WithoutScore = Pick<RecordSummary['cases'], 'cutOff' | 'unfinished'>;

/** The record of these cases, in any order; the same cases give the same digest. */
export function summariseRecord(
  all: readonly CaseScore[],
  { cutOff, unfinished }: WithoutScore = { cutOff: 0, unfinished: 0 },
): RecordSummary {
  const cases = firstAttempts(all);
  const facts = cases.flatMap((of) => of.metrics.map((metric) => ({ of, metric })));
  const repeat = repeatabilities(facts.map(({ metric }) => metric));
  const schema = 'premortem/record/v1' as const;
  const body = {
    campaigns: campaignsOf(cases),
    cases: {
      of: cases.length,
      scored: countOf(cases, 'scored'),
      invalid: countOf(cases, 'invalid'),
      failed: countOf(cases, 'failed'),
      repeated: all.length - cases.length,
      cutOff,
      unfinished,
    },
    score: scoreOf(facts, repeat),
    families: metricFamilies.flatMap((family) => {
      const own = facts.filter(({ metric }) => metric.family === family);
      return own.length === 0 ? [] : [{ family, score: scoreOf(own, repeat) }];
    }),
    kinds: kindsOf(cases).map((kind) => ({
      kind,
      cases: cases.filter((one) => one.kind === kind).length,
      score: scoreOf(
        facts.filter(({ of }) => of.kind === kind),
        repeat,
      ),
    })),
    bands: loadBands.flatMap((band) => {
      const own = facts.filter(({ of }) => bandOf(of) === band);
      return own.length === 0 ? [] : [{ band, score: scoreOf(own, repeat) }];
    }),
    cells: cellsOf(facts, kindsOf(cases), repeat),
    plays: playsOf(cases, repeat),
    slos: slosOf(cases),
    exact: exactOf(cases),
    goals: checkGoals(cases, repeat),
    misses: missesOf(facts),
    invalid: invalidReasons(facts),
    unplayed: cases.flatMap(({ id, status, reason }) =>
      status === 'scored' ? [] : [{ case: id, status, reason }],
    ),
  };
  return { schema, digest: digestOf({ schema, ...body }), ...body };
}

/** Of each case the first attempt that came to an end; in the order of campaign, seed and number. */
export function firstAttempts(all: readonly CaseScore[]): CaseScore[] {
  const order = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);
  const sorted = all.toSorted(
    (a, b) =>
      order(a.campaign, b.campaign) ||
      order(a.seed, b.seed) ||
      a.index - b.index ||
      order(a.id, b.id) ||
      a.attempt - b.attempt,
  );
  const first = new Map<string, CaseScore>();
  for (const one of sorted) {
    const key = JSON.stringify([one.campaign, one.seed, one.id]);
    if (!first.has(key)) first.set(key, one);
  }
  return [...first.values()];
}

/** The band of a case by `conditions.utilisation`. */
export function bandOf({ conditions }: Pick<CaseScore, 'conditions'>): LoadBand {
  const { utilisation } = conditions;
  if (typeof utilisation !== 'number') return 'unknown';
  if (utilisation < 0.3) return 'below 30 %';
  if (utilisation < 0.5) return '30 to 50 %';
  return utilisation <= 0.7 ? '50 to 70 %' : 'above 70 %';
}

function scoreOf(facts: readonly Fact[], repeat: Repeatabilities): RecordSummary['score'] {
  return tally(
    facts.map(({ metric }) => metric),
    repeat,
  );
}

function cellsOf(
  facts: readonly Fact[],
  kinds: readonly string[],
  repeat: Repeatabilities,
): RecordSummary['cells'] {
  const groups = Map.groupBy(facts, ({ of, metric }) =>
    JSON.stringify([metric.family, of.kind, bandOf(of)]),
  );
  return metricFamilies.flatMap((family) =>
    kinds.flatMap((kind) =>
      loadBands.flatMap((band) => {
        const own = groups.get(JSON.stringify([family, kind, band]));
        return own === undefined ? [] : [{ family, kind, band, score: scoreOf(own, repeat) }];
      }),
    ),
  );
}

function kindsOf(cases: readonly CaseScore[]): string[] {
  return [...new Set(cases.map(({ kind }) => kind))].toSorted();
}

function campaignsOf(cases: readonly CaseScore[]): RecordSummary['campaigns'] {
  const groups = Map.groupBy(cases, ({ campaign, seed }) => JSON.stringify([campaign, seed]));
  return [...groups.values()].flatMap((own) => {
    const times = own.map(({ startedAt }) => startedAt).toSorted();
    const [first] = own;
    return first === undefined
      ? []
      : [
          {
            campaign: first.campaign,
            seed: first.seed,
            cases: own.length,
            firstAt: times.at(0) ?? '',
            lastAt: times.at(-1) ?? '',
          },
        ];
  });
}

function countOf(cases: readonly CaseScore[], status: CaseScore['status']): number {
  return cases.filter((one) => one.status === status).length;
}

function playsOf(cases: readonly CaseScore[], repeat: Repeatabilities): PlayRecord[] {
  const playsIn = ({ plays }: CaseScore): readonly string[] =>
    plays.length === 0 ? [loadOnly] : plays;
  const names = [...new Set(cases.flatMap(playsIn))].toSorted();
  return names.map((play) => {
    const own = cases.filter((one) => playsIn(one).includes(play));
    const metrics = own.flatMap((one) => one.metrics);
    const score = tally(metrics, repeat);
    const { inside, of } = coverageAt90(score);
    return { play, cases: own.length, inside, of, medianError: score.medianError };
  });
}

/** Reliability in tenths of probability; the scores are by Murphy's groups of equal probabilities. */
function slosOf(cases: readonly CaseScore[]): RecordSummary['slos'] {
  const events = cases.flatMap(({ slos }) =>
    slos.flatMap(({ probability, broken }) =>
      broken.map((happened) => ({ probability, happened })),
    ),
  );
  if (events.length === 0) return null;
  const bins = Array.from({ length: 10 }, (_, index) => {
    const [from, to] = [index / 10, (index + 1) / 10];
    const own = events.filter(({ probability: p }) => Math.min(9, Math.floor(p * 10)) === index);
    const sum = own.reduce((total, { probability }) => total + probability, 0);
    return {
      from,
      to,
      n: own.length,
      meanProbability: own.length === 0 ? (from + to) / 2 : sum / own.length,
      happened: own.filter(({ happened }) => happened).length,
    };
  });
  return { ...brierScore(events), bins: bins.filter(({ n }) => n > 0) };
}

function exactOf(cases: readonly CaseScore[]): RecordSummary['exact'] {
  return {
    claims: cases.reduce((sum, { exact }) => sum + exact.length, 0),
    violations: cases.flatMap(({ id, exact }) =>
      exact
        .filter(({ holds }) => !holds)
        .map(({ claim, predicted, measured }) => ({ case: id, claim, predicted, measured })),
    ),
  };
}

/** The furthest of each case and family, by relative error; those that cannot be divided before all others. */
function missesOf(facts: readonly Fact[]): Miss[] {
  const missed = facts.filter(
    ({ metric: { valid, measured, forecast } }) =>
      valid && !isInside(median([...measured]), forecast.pi90),
  );
  const furthest = missed.toSorted(
    (a, b) => (absoluteError(b.metric) ?? Infinity) - (absoluteError(a.metric) ?? Infinity),
  );
  // Metrics of a family share what was missed: the lag of one replica is that of the next.
  const groups = Map.groupBy(furthest, ({ of, metric }) =>
    JSON.stringify([of.campaign, of.seed, of.id, metric.family]),
  );
  return [...groups.values()]
    .slice(0, namedMisses)
    .flatMap(([first, ...others]) => (first === undefined ? [] : [missOf(first, others.length)]));
}

function missOf({ of, metric: one }: Fact, others: number): Miss {
  const measured = median([...one.measured]);
  return {
    case: of.id,
    campaign: of.campaign,
    metric: one.metric,
    phase: one.phase,
    unit: one.unit,
    family: one.family,
    median: one.forecast.median,
    pi90: one.forecast.pi90,
    measured,
    repetitions: one.measured.length,
    relativeError: relativeError(one.forecast.median, measured),
    others,
  };
}

function invalidReasons(facts: readonly Fact[]): RecordSummary['invalid'] {
  const groups = Map.groupBy(
    facts.filter(({ metric }) => !metric.valid),
    ({ metric }) => metric.reason,
  );
  return [...groups]
    .map(([reason, own]) => ({ reason, metrics: own.length }))
    .toSorted((a, b) => b.metrics - a.metrics || (a.reason < b.reason ? -1 : 1));
}

// The goals of `goals.ts` held against the cases of a record: one check per limit, with what it rests on. A limit that
// nothing could be held against is open, not met.
import type { CaseScore, ScoredMetric } from './case.ts';
import {
  coverageGoal,
  fewestForCoverage,
  goals,
  isPromised,
  sharpTimes,
  termsText,
  type Goal,
} from './goals.ts';
import { coverageAt90, type GoalCheck, type Score } from './record.ts';
import { tally, type Repeatabilities } from './tally.ts';

type Check = Omit<GoalCheck, 'met'>;

/** Every check, in the order of the goals; families that no case is about are left out. */
export function checkGoals(cases: readonly CaseScore[], repeat: Repeatabilities): GoalCheck[] {
  const all = cases.flatMap(({ metrics }) => metrics);
  return [
    ...goals.flatMap((goal) => familyChecks(goal, cases, repeat)),
    coverageCheck('all metrics', '', { limits: coverageGoal, score: tally(all, repeat) }),
    ...skillChecks(cases, repeat),
    violationCheck(cases),
  ];
}

function familyChecks(
  goal: Goal,
  cases: readonly CaseScore[],
  repeat: Repeatabilities,
): GoalCheck[] {
  const { family, errorAtMost, coverage, sharp, terms } = goal;
  const of = (one: CaseScore): readonly ScoredMetric[] =>
    one.metrics.filter((metric) => metric.family === family);
  if (!cases.some((one) => of(one).length > 0)) return [];
  const promised = cases.flatMap((one) =>
    of(one).filter((metric) => isPromised(goal, metric, one)),
  );
  const score = tally(promised, repeat);
  const words = termsText(terms);
  const checks: GoalCheck[] = [];
  if (errorAtMost !== null)
    checks.push(errorCheck({ subject: family, terms: words }, errorAtMost, score));
  if (coverage !== null) checks.push(coverageCheck(family, words, { limits: coverage, score }));
  if (sharp) checks.push(widthCheck({ subject: family, terms: words }, score));
  return checks;
}

function errorCheck(
  about: Pick<Check, 'subject' | 'terms'>,
  atMost: number,
  { medianError, metrics }: Score,
): GoalCheck {
  const limit = `median error ≤ ${percent(atMost)}`;
  const check: Check = { ...about, what: 'error', limit, n: metrics, value: medianError };
  return { ...check, met: medianError === null ? null : medianError <= atMost };
}

function coverageCheck(
  subject: string,
  terms: string,
  { limits: [low, high], score }: { limits: readonly [number, number]; score: Score },
): GoalCheck {
  const { inside, of } = coverageAt90(score);
  const value = of === 0 ? null : inside / of;
  const limit = `90 % intervals cover ${percent(low)} to ${percent(high)}`;
  const met = value === null || of < fewestForCoverage ? null : value >= low && value <= high;
  return { subject, terms, what: 'coverage', limit, n: of, value, met };
}

function widthCheck(about: Pick<Check, 'subject' | 'terms'>, { width, sharp }: Score): GoalCheck {
  const limit = `90 % intervals at most ${sharpTimes} times as wide as chance`;
  const met = width === null ? null : width <= sharpTimes;
  return { ...about, what: 'width', limit, n: sharp.of, value: width, met };
}

/** In every kind of case the CRPS of the twin is below that of either naive forecast; the value is their ratio. */
function skillChecks(cases: readonly CaseScore[], repeat: Repeatabilities): GoalCheck[] {
  const kinds = [...new Set(cases.map(({ kind }) => kind))].toSorted();
  return kinds.flatMap((kind) => {
    const own = cases.filter((one) => one.kind === kind).flatMap(({ metrics }) => metrics);
    const { lastValue, textbook } = tally(own, repeat);
    const rivals = [
      ['as last time', lastValue],
      ['textbook M/M/1', textbook],
    ] as const;
    return rivals.map(([name, rival]): GoalCheck => {
      const value = rival === null || rival.naive === 0 ? null : rival.model / rival.naive;
      return {
        subject: `${kind} cases`,
        terms: '',
        what: 'skill',
        limit: `CRPS below that of “${name}”`,
        n: rival?.metrics ?? 0,
        value,
        met: value === null ? null : value < 1,
      };
    });
  });
}

function violationCheck(cases: readonly CaseScore[]): GoalCheck {
  const claims = cases.flatMap(({ exact }) => exact);
  const broken = claims.filter(({ holds }) => !holds).length;
  return {
    subject: 'guarantees',
    terms: '',
    what: 'violations',
    limit: 'none is violated',
    n: claims.length,
    value: claims.length === 0 ? null : broken,
    met: claims.length === 0 ? null : broken === 0,
  };
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

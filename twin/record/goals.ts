// What Premortem promises about its predictions, family by family, and under which conditions. Fixed beforehand, in this
// one table: a promise is withdrawn by a rule that is written here, never case by case.
import type { CaseScore, ScoredMetric } from './case.ts';
import type { MetricFamily } from './families.ts';

/** What a metric must be for a promise to be about it; what is not named does not matter. */
interface PromiseTerms {
  /** Mean service of the class, without links and waiting. */
  readonly serviceAtLeastMs?: number;
  /** Of the busiest resource of the case, as a share. */
  readonly utilisationAtMost?: number;
  /** Offered writes of the case. */
  readonly writesAtLeastPerSec?: number;
  /** Predicted median of the metric itself. */
  readonly medianAtLeastMs?: number;
  /** No processor-bound class runs beside the class, whose short statements would wait for its long ones. */
  readonly withoutCompute?: boolean;
}

/** Limits of a family: of the median absolute relative error, of the coverage of 90 % intervals; and whether they must be sharp. */
export interface Goal {
  readonly family: MetricFamily;
  readonly errorAtMost: number | null;
  readonly coverage: readonly [low: number, high: number] | null;
  readonly sharp: boolean;
  readonly terms: PromiseTerms;
}

/** Every 90 % interval of the record together. */
export const coverageGoal: readonly [number, number] = [0.85, 0.95];

/** Fewer executions cannot show a coverage between 97 % and 100 %, so that being right every time would count as a miss. */
export const fewestForCoverage = 34;

/**
 * An interval is sharp when it is at most so many times as wide as 90 % of repetitions, or of fresh traces in the twin,
 * lie apart. A set of intervals is sharp when its median one is.
 */
export const sharpTimes = 3;

const jobTerms: PromiseTerms = { serviceAtLeastMs: 5, utilisationAtMost: 0.7 };
const lagTerms: PromiseTerms = { writesAtLeastPerSec: 500 };
const intervalGoal = { errorAtMost: null, coverage: [0.8, 0.97], sharp: true, terms: {} } as const;

/** Families that are not named have no limit: their intervals count in `coverageGoal` and their errors are shown. */
export const goals: readonly Goal[] = [
  errorGoal('throughput', 0.05),
  errorGoal('utilisation', 0.05),
  errorGoal('cpu utilisation', 0.05),
  errorGoal('write p50', 0.05, { medianAtLeastMs: 1, withoutCompute: true }),
  errorGoal('job p50', 0.1, jobTerms),
  errorGoal('job p95', 0.2, jobTerms),
  errorGoal('job p99', 0.25, jobTerms),
  errorGoal('compute p50', 0.1, jobTerms),
  errorGoal('compute p95', 0.2, jobTerms),
  errorGoal('compute p99', 0.25, jobTerms),
  errorGoal('lag bytes p50', 0.15, lagTerms),
  errorGoal('lag bytes p95', 0.15, lagTerms),
  errorGoal('copy duration', 0.2),
  { family: 'fence', ...intervalGoal },
  { family: 'rto', ...intervalGoal },
  { family: 'rto component', ...intervalGoal },
];

/** Whether the promise of a goal is about this metric of this case. What is unknown meets no term. */
export function isPromised(
  { terms }: Pick<Goal, 'terms'>,
  metric: Pick<ScoredMetric, 'serviceMs' | 'forecast'>,
  {
    conditions,
    writesPerSec,
    classKinds,
  }: Pick<CaseScore, 'conditions' | 'writesPerSec' | 'classKinds'>,
): boolean {
  const { utilisation } = conditions;
  const { serviceAtLeastMs, utilisationAtMost, writesAtLeastPerSec, medianAtLeastMs } = terms;
  const reaches = (value: number | null, least: number | undefined): boolean =>
    least === undefined || (value !== null && value >= least);
  return (
    reaches(metric.serviceMs, serviceAtLeastMs) &&
    reaches(writesPerSec, writesAtLeastPerSec) &&
    reaches(metric.forecast.median, medianAtLeastMs) &&
    (utilisationAtMost === undefined ||
      (typeof utilisation === 'number' && utilisation <= utilisationAtMost)) &&
    (terms.withoutCompute !== true || !classKinds.includes('compute'))
  );
}

/** The terms as words, empty when there are none: `service ≥ 5 ms, utilisation ≤ 70 %`. */
export function termsText(terms: PromiseTerms): string {
  const { serviceAtLeastMs, utilisationAtMost, writesAtLeastPerSec, medianAtLeastMs } = terms;
  return [
    serviceAtLeastMs === undefined ? '' : `service ≥ ${serviceAtLeastMs} ms`,
    utilisationAtMost === undefined ? '' : `utilisation ≤ ${utilisationAtMost * 100} %`,
    writesAtLeastPerSec === undefined ? '' : `≥ ${writesAtLeastPerSec} writes/s`,
    medianAtLeastMs === undefined ? '' : `median ≥ ${medianAtLeastMs} ms`,
    terms.withoutCompute === true ? 'no processor-bound class beside it' : '',
  ]
    .filter((text) => text !== '')
    .join(', ');
}

function errorGoal(family: MetricFamily, errorAtMost: number, terms: PromiseTerms = {}): Goal {
  return { family, errorAtMost, coverage: null, sharp: false, terms };
}

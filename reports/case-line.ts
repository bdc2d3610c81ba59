// One case of a campaign as a line: what was forecast and what came, for the one or two figures that the case is about.
// For whoever watches a campaign; the record tells everything.
import { median } from 'simple-statistics';
import { isInside } from '../twin/forecast.ts';
import type { CaseScore, ScoredMetric } from '../twin/record/case.ts';
import type { MetricFamily } from '../twin/record/families.ts';
import { formatValue } from './figures.ts';

/** What a reader looks for first, most telling first; at most this many stand in a line. */
const headlineFamilies: readonly MetricFamily[] = [
  'rto',
  'fence',
  'write p50',
  'compute p50',
  'job p95',
  'job p50',
  'read p50',
  'lag bytes p50',
];
const mostFigures = 2;

/** `1-003-promotion  fence 512 ms → 498 ms, write p50 41.2 ms → 41.5 ms`; `→` leads from the forecast to what came. */
export function caseLine(score: CaseScore): string {
  const { id, status, reason } = score;
  if (status !== 'scored') return `${id}  ${status}: ${reason}`;
  const broken = score.exact
    .filter(({ holds }) => !holds)
    .map(({ claim, predicted, measured }) => `${claim} ${predicted} → ${measured.join(', ')}`);
  const figures = headlines(score).map(describe);
  const { inside, of } = insideOf(score);
  return `${id}  ${[...broken, ...figures].join(', ')}  (${inside} of ${of} valid metrics inside 90\u00A0%)`;
}

/** Valid metrics, and those of them whose median of repetitions lies in the 90 % interval. */
export function insideOf({ metrics }: Pick<CaseScore, 'metrics'>): { inside: number; of: number } {
  const valid = metrics.filter(({ valid: counts }) => counts);
  const inside = valid.filter(({ measured, forecast }) =>
    isInside(median([...measured]), forecast.pi90),
  );
  return { inside: inside.length, of: valid.length };
}

/** The first metric of each telling family, of the longest phase that has it. */
function headlines({ metrics }: CaseScore): readonly ScoredMetric[] {
  const found = headlineFamilies.flatMap(
    (family) =>
      metrics
        .filter((one) => one.family === family && one.measured.length > 0)
        .toSorted((a, b) => b.n - a.n)
        .at(0) ?? [],
  );
  return found.slice(0, mostFigures);
}

function describe({ family, unit, forecast, measured }: ScoredMetric): string {
  const values = [forecast.median, median([...measured])].map((value) => formatValue(value, unit));
  return `${family} ${values.join(' → ')}`;
}

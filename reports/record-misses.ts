// The furthest misses of a record by name: what was said, what came, and in which case, so that it can be played again.
import type { Miss, RecordSummary } from '../twin/record/record.ts';
import { columnsOf } from './columns.ts';
import { formatChange, formatCount, formatInterval, formatValue, plural } from './figures.ts';
import { capitalise, metricNames, metricPhrase, phaseName } from './names.ts';
import type { CellContent, Section } from './report.ts';
import { claimMeaning } from './risk-evidence.ts';

export function missesSection({ misses, exact }: RecordSummary): Section {
  const rows = misses.map((miss): CellContent[] => [
    miss.case,
    { text: missedName(miss.metric), detail: missDetail(miss) },
    {
      text: formatValue(miss.median, miss.unit),
      detail: formatInterval(miss.pi90, miss.unit, miss.median),
    },
    {
      text: formatValue(miss.measured, miss.unit),
      detail: `median of ${formatCount(miss.repetitions)}`,
    },
    miss.relativeError === null ? '–' : formatChange(miss.relativeError, ''),
  ]);
  const broken = exact.violations.map((one): CellContent[] => [
    one.case,
    capitalise(claimMeaning(one.claim)),
    formatCount(one.predicted),
    one.measured.map((value) => (value === null ? 'not checked' : formatCount(value))).join(', '),
    '–',
  ]);
  const columns = columnsOf('Case', 'Metric', '>Predicted', '>Measured', '>Error');
  const paragraph = {
    kind: 'paragraph' as const,
    text: 'No median of the repetitions fell outside of its 90 % interval.',
  };
  return {
    id: 'misses',
    title: 'The furthest misses',
    lead: 'Violated guarantees first, then metrics of which the median repetition fell outside of the 90 % interval, by relative error. One case can be played again alone: premortem prove --case ID.',
    blocks:
      rows.length + broken.length === 0
        ? [paragraph]
        : [{ kind: 'table', title: '', columns, rows: [...broken, ...rows], note: '' }],
  };
}

/** `Commit from us-east-1, p50 latency`, `Step 6-promote-node`: metrics of one value are told apart by their labels. */
function missedName(metric: string): string {
  const { stat, who, what } = metricNames(metric);
  if (stat !== 'value' || !metric.includes('{')) return capitalise(metricPhrase(metric));
  return capitalise(who.startsWith(`${what} `) ? who : `${what}, ${who}`);
}

function missDetail({ phase, others }: Miss): string {
  return others === 0 ? phaseName(phase) : `${phaseName(phase)}; ${plural(others, 'other')} alike`;
}

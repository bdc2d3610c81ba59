// What a production server's statistics told, as a report: workload, statements, parameters, and every gap with its
// reason.
import type {
  ProductionStatistics,
  StatementGroup,
  Underivable,
} from '../twin/production/statistics.ts';
import { columnsOf } from './columns.ts';
import { formatCount, formatInterval, formatShare, formatValue, plural } from './figures.ts';
import type { CellContent, Fact, Report, Section, Table } from './report.ts';

export function productionReport(statistics: ProductionStatistics): Report {
  const { server, database, version, windowSeconds, parameters, groups, underivable } = statistics;
  const seconds = windowSeconds.reduce((sum, one) => sum + one, 0);
  const derived = Object.entries(parameters);
  return {
    title: `Statistics of ${database} on ${server}`,
    verdict:
      derived.length > 0
        ? { text: `✓ ${plural(derived.length, 'parameter')} derived`, tone: 'good' }
        : { text: '○ No parameter could be derived', tone: 'caution' },
    headline: `${plural(groups.length, 'statement')} told in ${plural(windowSeconds.length, 'window')} of ${seconds.toFixed(0)} s in all; nothing was done to the server.`,
    summary: [],
    facts: factsOf(statistics),
    sections: [
      ...(groups.length === 0 ? [] : [statementSection(groups)]),
      ...(derived.length === 0 ? [] : [parameterSection(parameters)]),
      gapSection(underivable),
    ],
    origin: [
      { label: 'Postgres', value: version },
      ...Object.entries(statistics.settings).map(([label, value]) => ({
        label,
        value: value === '' ? 'none' : value,
      })),
    ],
  };
}

function factsOf({ flow }: ProductionStatistics): Fact[] {
  const fact = (label: string, value: string, detail: string): Fact => ({
    label,
    value,
    detail,
    tone: 'plain',
  });
  const { writesPerSec, readsPerSec, walBytesPerWrite, blockReadMs } = flow;
  return [
    fact(
      'Commits',
      formatValue(flow.commitsPerSec, '/s'),
      `rolled back ${formatValue(flow.rollbacksPerSec, '/s')}`,
    ),
    ...(writesPerSec === null || readsPerSec === null
      ? []
      : [
          fact(
            'Writes',
            formatValue(writesPerSec, '/s'),
            `${formatShare(shareOf(writesPerSec, readsPerSec))} of the requests; reads ${formatValue(readsPerSec, '/s')}`,
          ),
        ]),
    fact(
      'Log',
      formatValue(flow.walBytesPerSec, 'bytes/s'),
      walBytesPerWrite === null ? '' : `${formatValue(walBytesPerWrite, 'bytes')} per write`,
    ),
    fact(
      'Checkpoints',
      formatCount(flow.checkpoints),
      `${formatValue(flow.checkpointMs, 'ms')} of writing and flushing`,
    ),
    ...(blockReadMs === null ? [] : [fact('Block read', formatValue(blockReadMs, 'ms'), 'mean')]),
  ];
}

function shareOf(writes: number, reads: number): number {
  return writes + reads > 0 ? writes / (writes + reads) : 0;
}

function statementSection(groups: readonly StatementGroup[]): Section {
  const rows = groups.map((group): CellContent[] => [
    group.asClass === null ? group.text : { text: group.text, detail: group.asClass },
    group.kind,
    formatValue(group.perSec, '/s'),
    formatCount(group.calls),
    { text: formatValue(group.meanMs, 'ms'), detail: `± ${formatValue(group.deviationMs, 'ms')}` },
    formatValue(group.medianMs, 'ms'),
    formatValue(group.walBytesPerCall, 'bytes'),
  ]);
  return {
    id: 'statements',
    title: 'Statements',
    lead: 'Those that keep the server busiest. Times are of execution in the server, waits in it included. Where a statement takes a millisecond or more, the line below it is a class for an estate’s file.',
    blocks: [
      table(['Statement', 'Kind', '>Rate', '>Calls', '>Mean', '>Median', '>Log per call'], rows),
    ],
  };
}

function parameterSection(parameters: ProductionStatistics['parameters']): Section {
  const rows = Object.entries(parameters).map(
    ([path, { value, unit, interval90, n, repetitions }]) => [
      path,
      formatValue(value, unit),
      formatInterval(interval90, unit, value),
      formatCount(n),
      formatCount(repetitions),
    ],
  );
  return {
    id: 'parameters',
    title: 'Parameters',
    lead: 'What goes into the overlay. A window is a repetition.',
    blocks: [table(['Parameter', '>Value', '>90 % interval', '>n', '>Windows'], rows)],
  };
}

function gapSection(underivable: readonly Underivable[]): Section {
  const rows = underivable.map(({ what, why, remedy }) => [what, why, remedy ?? '–']);
  return {
    id: 'gaps',
    title: 'What could not be told',
    lead: '',
    blocks: [table(['What', 'Why', 'What to do'], rows)],
  };
}

function table(titles: readonly string[], rows: readonly (readonly CellContent[])[]): Table {
  return { kind: 'table', title: '', columns: columnsOf(...titles), rows, note: '' };
}

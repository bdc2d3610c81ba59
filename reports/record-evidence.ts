// The sections of a record: goals, tables by family, kind and load, the misses by name, what was not valid and why.
import type { CaseScore } from '../twin/record/case.ts';
import {
  coverageAt90,
  type GoalCheck,
  type RecordSummary,
  type Rival,
  type Score,
} from '../twin/record/record.ts';
import { columnsOf } from './columns.ts';
import { formatCount, formatNumber, formatShare, plural } from './figures.ts';
import { capitalise } from './names.ts';
import { missesSection } from './record-misses.ts';
import { calibrationCharts, calibrationLegend } from './record-charts.ts';
import { scatterCharts, scatterLegend } from './record-scatter.ts';
import type { Cell, CellContent, Column, Section, Table } from './report.ts';

/** `cases`: those that the record was made of; pictures are drawn of them. */
export interface RecordReportInput {
  readonly record: RecordSummary;
  readonly cases: readonly CaseScore[];
}

/** In the order in which a sceptic asks. */
export function recordSections({ record, cases }: RecordReportInput): Section[] {
  const sections = [
    goalsSection(record),
    familiesSection(record),
    calibrationSection({ record, cases }),
    groupsSection(record),
    missesSection(record),
    scatterSection({ record, cases }),
    promisesSection(record),
    cellsSection(record),
    invalidSection(record),
  ];
  return sections.filter((section) => section !== null);
}

function goalsSection({ goals }: RecordSummary): Section {
  const rows = goals.map((goal): CellContent[] => [
    familyName(goal.subject),
    goal.terms === '' ? goal.limit : { text: goal.limit, detail: `where ${goal.terms}` },
    goalValue(goal),
    formatCount(goal.n),
    goalVerdict(goal),
  ]);
  return {
    id: 'goals',
    title: 'Goals',
    lead: 'Fixed before any case was played. A goal that nothing could be held against is open, not met.',
    blocks: [table(columnsOf('About', 'Goal', '>Reached', '>n', 'Verdict'), rows)],
  };
}

function goalValue({ what, value }: GoalCheck): string {
  if (value === null) return '–';
  switch (what) {
    case 'error':
    case 'coverage':
      return formatShare(value);
    case 'width':
      return `${formatNumber(value)} times`;
    case 'skill':
      return `${formatNumber(value)} of it`;
    case 'violations':
      return formatCount(value);
  }
}

function goalVerdict({ met }: GoalCheck): Cell {
  if (met === null) return { text: '○\u00A0open', tone: 'caution' };
  return met ? { text: '✓\u00A0met', tone: 'good' } : { text: '✗\u00A0missed', tone: 'bad' };
}

function familiesSection({ families, score, goals }: RecordSummary): Section {
  const goalOf = (family: string): string =>
    goals.find(({ subject, what }) => subject === family && what === 'error')?.limit ?? '';
  const rows = families.map(({ family, score: own }): CellContent[] => {
    const goal = goalOf(family).replace('median error ', '');
    return [
      goal === '' ? familyName(family) : { text: familyName(family), detail: `goal ${goal}` },
      ...scoreCells(own),
    ];
  });
  return {
    id: 'families',
    title: 'By family of metrics',
    lead: 'Error: median, of the predicted median against the median of the repetitions. Floor: how far reality repeats itself, as the coefficient of variation between repetitions. In: share of executions inside of that interval. Width: of 90 % intervals, in multiples of what repetitions or fresh traces differ by. Last, textbook: CRPS as a share of that of the forecast “as last time” and of M/M/1; below 1 the twin is better.',
    blocks: [
      table([...columnsOf('Family'), ...scoreColumns], [...rows, ['All', ...scoreCells(score)]]),
    ],
  };
}

const scoreColumns: readonly Column[] = columnsOf(
  '>Valid',
  '>Error',
  '>Floor',
  '>In 50 %',
  '>In 80 %',
  '>In 90 %',
  '>Width',
  '>Last',
  '>Textbook',
);

function scoreCells(score: Score): CellContent[] {
  const { metrics, invalid, medianError, repeatability, width, lastValue, textbook } = score;
  const inside = score.coverage.map(({ inside: hits, of }) =>
    of === 0 ? '–' : formatShare(hits / of),
  );
  const { of } = coverageAt90(score);
  return [
    invalid === 0
      ? formatCount(metrics)
      : { text: formatCount(metrics), detail: `${formatCount(invalid)} invalid` },
    shareOrNone(medianError),
    shareOrNone(repeatability),
    ...inside.slice(0, 2),
    of === 0 ? '–' : { text: inside[2] ?? '–', detail: `of ${formatCount(of)}` },
    width === null ? '–' : formatNumber(width),
    rivalText(lastValue),
    rivalText(textbook),
  ];
}

function shareOrNone(share: number | null): string {
  return share === null ? '–' : formatShare(share);
}

function rivalText(rival: Rival | null): CellContent {
  if (rival === null || rival.naive === 0) return '–';
  return {
    text: formatNumber(rival.model / rival.naive),
    detail: `of ${formatCount(rival.metrics)}`,
  };
}

function calibrationSection({ record, cases }: RecordReportInput): Section {
  return {
    id: 'calibration',
    title: 'Do intervals hold what they promise?',
    lead: 'On the diagonal a forecast means what it says. Below it in the first picture, intervals are too narrow; whiskers are 95 % intervals of what was seen.',
    blocks: [
      {
        kind: 'charts',
        charts: calibrationCharts(record, cases),
        legend: calibrationLegend(record),
      },
    ],
  };
}

function groupsSection({ kinds, bands }: RecordSummary): Section {
  const byKind = kinds.map(({ kind, cases, score }): CellContent[] => [
    { text: capitalise(kind), detail: plural(cases, 'case') },
    ...scoreCells(score),
  ]);
  const byBand = bands.map(({ band, score }): CellContent[] => [
    capitalise(band),
    ...scoreCells(score),
  ]);
  return {
    id: 'groups',
    title: 'By kind of case and by load',
    lead: 'Load: the share of the case’s busiest resource that is in use.',
    blocks: [
      table([...columnsOf('Kind of case'), ...scoreColumns], byKind),
      table([...columnsOf('In use'), ...scoreColumns], byBand),
    ],
  };
}

function scatterSection({ cases }: RecordReportInput): Section | null {
  const charts = scatterCharts(cases);
  if (charts.length === 0) return null;
  return {
    id: 'scatter',
    title: 'Predicted against measured',
    lead: 'One point per valid metric: its predicted median, and the median of its repetitions.',
    blocks: [{ kind: 'charts', charts, legend: scatterLegend }],
  };
}

function promisesSection({ slos }: RecordSummary): Section | null {
  if (slos === null) return null;
  const rows = slos.bins.map(({ from, to, n, meanProbability, happened }) => [
    `${formatShare(from)} to ${formatShare(to)}`,
    formatCount(n),
    formatShare(meanProbability),
    formatShare(happened / n),
  ]);
  const { brier, reliability, resolution, uncertainty } = slos;
  const note = `Brier score ${brier.toFixed(4)} = reliability ${reliability.toFixed(4)} − resolution ${resolution.toFixed(4)} + uncertainty ${uncertainty.toFixed(4)} (Murphy’s decomposition; small reliability and large resolution are good).`;
  const columns = columnsOf(
    'Chance that was said',
    '>Executions',
    '>Said on average',
    '>Came about',
  );
  return {
    id: 'promises',
    title: 'Chances to break a promise on latency',
    lead: 'What was said to break with 30 % should break in three of ten executions.',
    blocks: [table(columns, rows, note)],
  };
}

function cellsSection({ cells }: RecordSummary): Section {
  const rows = cells.map(({ family, kind, band, score }): CellContent[] => [
    familyName(family),
    capitalise(kind),
    capitalise(band),
    ...scoreCells(score).slice(0, 3),
    scoreCells(score)[5] ?? '–',
  ]);
  const columns = columnsOf('Family', 'Kind', 'In use', '>Valid', '>Error', '>Floor', '>In 90 %');
  return {
    id: 'cells',
    title: 'Everything by family, kind and load',
    lead: 'Columns as above. Few metrics in a cell say little: the figures are here so that nothing is hidden in an average.',
    blocks: [table(columns, rows)],
  };
}

function invalidSection({ invalid, unplayed }: RecordSummary): Section | null {
  if (invalid.length + unplayed.length === 0) return null;
  const reasons = invalid.map(({ reason, metrics }) => [capitalise(reason), formatCount(metrics)]);
  const cases = unplayed.map(({ case: id, status, reason }) => [id, status, capitalise(reason)]);
  return {
    id: 'invalid',
    title: 'What could not be judged, and why',
    lead: 'The rules were fixed before any case was played; an invalid metric counts neither for nor against the twin.',
    blocks: [
      ...(reasons.length === 0 ? [] : [table(columnsOf('Reason', '>Metrics'), reasons)]),
      ...(cases.length === 0 ? [] : [table(columnsOf('Case', 'Status', 'Reason'), cases)]),
    ],
  };
}

/** `RTO component`, `CPU utilisation`, `Job p95`. */
function familyName(family: string): string {
  return capitalise(family.replace(/^(?:rto|cpu)\b/, (letters) => letters.toUpperCase()));
}

function table(
  columns: readonly Column[],
  rows: readonly (readonly CellContent[])[],
  note = '',
): Table {
  return { kind: 'table', title: '', columns, rows, note };
}

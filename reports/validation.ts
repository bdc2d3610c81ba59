// What `validate` found: reference cases by family, then every metric with its exact and its computed value. A case that
// cannot be run is shown as unsupported and never among the passed ones.
import type {
  CaseResult,
  MetricResult,
  ValidationDocument,
} from '../scenarios/reference/documents.ts';
import { columnsOf } from './columns.ts';
import { formatCount, formatNumber, plural } from './figures.ts';
import { verdictCell } from './names.ts';
import type { CellContent, Fact, Report, Table } from './report.ts';

export function validationReport(document: ValidationDocument): Report {
  const { cases, counts } = document;
  const families = Map.groupBy(cases, ({ family }) => family);
  const failed = cases.filter(({ status }) => status === 'failed');
  return {
    title: 'Validation against exact results',
    verdict: verdictOf(document),
    headline: headlineOf(document),
    summary: failed.map(failureText),
    facts: factsOf(counts, families.size),
    sections: [
      {
        id: 'families',
        title: 'Families',
        lead: 'Cases of one law or station belong to one family.',
        blocks: [familyTable(families)],
      },
      {
        id: 'cases',
        title: 'Cases',
        lead: 'Simulated values carry the 95 % interval of their run by batch means. Off by: computed minus exact; it passes up to the tolerance, which widens with the square root of a shorter run. z: the same in standard errors of this run.',
        blocks: [...families].map(([family, own]) => caseTable(family, own)),
      },
    ],
    origin: [],
  };
}

function verdictOf({ counts }: ValidationDocument): Report['verdict'] {
  if (counts.failed > 0) return { text: '✗ Refuted by exact results', tone: 'bad' };
  if (counts.passed === 0) return { text: '○ Nothing was judged', tone: 'caution' };
  return { text: '✓ Agrees with exact results', tone: 'good' };
}

function headlineOf({ counts, cases }: ValidationDocument): string {
  const judged = counts.passed + counts.failed;
  const rest =
    counts.unsupported === 0 ? '' : `; ${plural(counts.unsupported, 'case')} not supported`;
  return `${formatCount(counts.passed)} of ${plural(judged, 'judged case')} passed, of ${formatCount(cases.length)} given${rest}.`;
}

/** What deviates, and what is said of the case, which may be why. */
function failureText({ id, metrics, reason }: CaseResult): string {
  return `${id}: ${failuresOf(metrics)}${reason === null ? '' : `; ${reason}`}`;
}

function failuresOf(metrics: readonly MetricResult[]): string {
  return metrics
    .filter(({ verdict }) => verdict === 'failed')
    .map(
      ({ name, exact, computed }) =>
        `${name} is ${valueText(computed)} instead of ${valueText(exact)}`,
    )
    .join(', ');
}

function factsOf(counts: ValidationDocument['counts'], families: number): Fact[] {
  return [
    {
      label: 'Passed',
      value: formatCount(counts.passed),
      detail: 'every metric within tolerance',
      tone: 'good',
    },
    {
      label: 'Failed',
      value: formatCount(counts.failed),
      detail: 'one metric or more deviates',
      tone: counts.failed > 0 ? 'bad' : 'plain',
    },
    {
      label: 'Unsupported',
      value: formatCount(counts.unsupported),
      detail: 'not judged',
      tone: counts.unsupported > 0 ? 'caution' : 'plain',
    },
    { label: 'Families', value: formatCount(families), detail: 'laws and stations', tone: 'plain' },
  ];
}

function familyTable(families: ReadonlyMap<string, readonly CaseResult[]>): Table {
  const rows = [...families].map(([family, cases]) => {
    const count = (status: CaseResult['status']): string =>
      formatCount(cases.filter((one) => one.status === status).length);
    return [family, count('passed'), count('failed'), count('unsupported')];
  });
  return {
    kind: 'table',
    title: '',
    columns: columnsOf('Family', '>Passed', '>Failed', '>Unsupported'),
    rows,
    note: '',
  };
}

function caseTable(family: string, cases: readonly CaseResult[]): Table {
  const titles = [
    'Case',
    'Metric',
    '>Exact',
    '>Computed',
    'Method',
    '>Off by',
    '>Tolerance',
    '>z',
    'Verdict',
  ];
  return {
    kind: 'table',
    title: family,
    columns: columnsOf(...titles),
    rows: cases.flatMap(caseRows),
    note: '',
  };
}

function caseRows({ id, status, reason, metrics }: CaseResult): CellContent[][] {
  const why = reason ?? '';
  if (metrics.length === 0) return [[id, why, '', '', '', '', '', '', verdictCell(status)]];
  return metrics.map((metric, index) => {
    const { name, exact, computed, method, interval95, z, tolerance, verdict } = metric;
    return [
      index === 0 ? (why === '' ? id : { text: id, detail: why }) : '',
      name,
      valueText(exact),
      interval95 === null
        ? valueText(computed)
        : { text: valueText(computed), detail: interval95.map(formatNumber).join(' to ') },
      method,
      deviationText(exact, computed),
      tolerance === null ? '–' : formatNumber(tolerance),
      z === null ? '–' : formatNumber(z),
      verdictCell(verdict),
    ];
  });
}

/** Computed minus exact where both are one number. */
function deviationText(exact: unknown, computed: MetricResult['computed']): string {
  return typeof exact === 'number' && typeof computed === 'number'
    ? formatNumber(computed - exact)
    : '–';
}

/** Reference values may be numbers, lists of numbers or text; anything else is shown as the JSON that it is. */
function valueText(value: unknown): string {
  if (value === null || value === undefined) return 'none';
  if (typeof value === 'number') return formatNumber(value);
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(valueText).join(', ');
  return JSON.stringify(value);
}

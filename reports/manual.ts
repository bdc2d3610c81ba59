// The reference as a report: what can be written in a scenario, what is measured, and what the model rests on.
import type { Manual } from '../scenarios/manual.ts';
import { columnsOf } from './columns.ts';
import { formatCount, formatValue } from './figures.ts';
import type { CellContent, Fact, Report, Section } from './report.ts';

export function manualReport(manual: Manual): Report {
  return {
    title: 'Reference',
    verdict: { text: '○ Everything that has a name', tone: 'plain' },
    headline: 'Made of the registries that the model and the real world share.',
    summary: [],
    facts: factsOf(manual),
    sections: [
      deedSection(
        { id: 'actions', title: 'Actions', lead: 'What somebody decides: `action: { kind: … }`.' },
        manual.actions,
      ),
      deedSection(
        {
          id: 'faults',
          title: 'Faults',
          lead: 'What breaks by itself, for as long as `for` says: `fault: { kind: … }`.',
        },
        manual.faults,
      ),
      metricSection(manual),
      parameterSection(manual),
      gateSection(manual),
    ],
    origin: [],
  };
}

function factsOf({ actions, faults, metrics, parameters }: Manual): Fact[] {
  const counts: [string, readonly unknown[]][] = [
    ['Actions', actions],
    ['Faults', faults],
    ['Metrics', metrics],
    ['Parameters', parameters],
  ];
  return counts.map(([label, list]) => ({
    label,
    value: formatCount(list.length),
    detail: '',
    tone: 'plain',
  }));
}

type Deeds = Manual['faults'];

function deedSection(head: Omit<Section, 'blocks'>, deeds: Deeds): Section {
  const rows = deeds.flatMap(({ kind, summary, fields }): CellContent[][] =>
    fields.map((field, index) => [
      index === 0 ? { text: kind, detail: summary } : '',
      field.name,
      field.oneOf.length === 0 ? field.meaning : `${field.oneOf.join(' or ')}: ${field.meaning}`,
      field.otherwise ?? '–',
    ]),
  );
  return {
    ...head,
    blocks: [
      {
        kind: 'table',
        title: '',
        columns: columnsOf('Kind', 'Key', 'Meaning', 'Unless said'),
        rows,
        note: '',
      },
    ],
  };
}

function metricSection({ metrics, claims }: Manual): Section {
  const rows = metrics.map(({ name, unit, stats, meaning }) => [
    name,
    unit === '' ? 'share' : unit,
    stats.join(', '),
    meaning,
  ]);
  const exact = claims.map(({ name, meaning }) => [name, meaning]);
  return {
    id: 'metrics',
    title: 'Metrics',
    lead: 'Predicted and measured by the same code. Claims are counted, and admit no tolerance.',
    blocks: [
      {
        kind: 'table',
        title: '',
        columns: columnsOf('Metric', 'Unit', 'Statistics', 'Meaning'),
        rows,
        note: '',
      },
      {
        kind: 'table',
        title: 'Exact claims',
        columns: columnsOf('Claim', 'Meaning'),
        rows: exact,
        note: '',
      },
    ],
  };
}

function parameterSection({ parameters }: Manual): Section {
  const rows = parameters.map(({ path, unit, defaultValue, meaning, source }): CellContent[] => [
    path,
    formatValue(defaultValue, unit),
    { text: meaning, detail: source },
  ]);
  return {
    id: 'parameters',
    title: 'Parameters',
    lead: 'What calibration measures, and what holds until it has; below each meaning, where its default is from.',
    blocks: [
      {
        kind: 'table',
        title: '',
        columns: columnsOf('Parameter', '>Default', 'Meaning'),
        rows,
        note: '',
      },
    ],
  };
}

function gateSection({ gates }: Manual): Section {
  const rows = gates.map(({ gate, limit, unit, why }) => [gate, formatValue(limit, unit), why]);
  return {
    id: 'gates',
    title: 'Gates',
    lead: 'Beyond these a measurement is invalid instead of a verdict: something else disturbed it.',
    blocks: [
      {
        kind: 'table',
        title: '',
        columns: columnsOf('Gate', '>Limit', 'Invalid because'),
        rows,
        note: '',
      },
    ],
  };
}

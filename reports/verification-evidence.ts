// The sections of a verification: exact claims first, since nothing excuses them; then whether the host let the rest be
// judged; then every comparison with its interval, its place in it and its error.
import { phases, type Phase } from '../twin/document.ts';
import type { Measurement } from '../twin/measurement.ts';
import type { Prediction } from '../twin/prediction.ts';
import type { Verification } from '../twin/verify.ts';
import { bandCharts, bandLegend } from './band-charts.ts';
import { columnsOf } from './columns.ts';
import { forecastCell, formatCount, formatValue } from './figures.ts';
import { capitalise, metricNames, phaseName, stepName, verdictCell } from './names.ts';
import { isOfRequests } from './metric-table.ts';
import type { CellContent, Column, Section, Strip, Table } from './report.ts';
import { claimMeaning } from './risk-evidence.ts';
import { stepChart, stepLegend } from './step-chart.ts';
import { measuredSpans } from './step-spans.ts';
import { countVerdicts } from './verdict-counts.ts';

export interface Comparison {
  readonly prediction: Prediction;
  readonly measurement: Measurement;
  readonly verification: Verification;
}

const comparisonTitles = [
  '>Predicted',
  '>Measured',
  'Place in interval',
  '>Error',
  '>CRPS',
  'Verdict',
];

type MetricVerdict = Verification['metrics'][number];

export function verificationSections(comparison: Comparison): Section[] {
  const { verification } = comparison;
  const sections = [
    exactSection(verification),
    gatesSection(verification),
    refutedSection(verification),
    stepsSection(comparison),
    chartsSection(comparison),
    metricsSection(verification),
  ];
  return sections.filter((section) => section !== null);
}

function exactSection({ exact }: Verification): Section | null {
  if (exact.length === 0) return null;
  const rows = exact.map(({ claim, predicted, measured, verdict }) => [
    verdictCell(verdict),
    capitalise(claimMeaning(claim)),
    formatCount(predicted),
    measured === null ? 'not checked' : formatCount(measured),
  ]);
  const columns = columnsOf('Verdict', 'Claim', '>Predicted', '>Measured');
  const lead =
    'Judged without tolerance, and never excused by a gate. A claim that could not be checked counts as refuted.';
  return { id: 'exact', title: 'Exact claims', lead, blocks: [table('', columns, rows)] };
}

function gatesSection({ gates }: Verification): Section | null {
  if (gates.length === 0) return null;
  const rows = gates.map(({ gate, limit, value, unit, pass, why }) => [
    verdictCell(pass ? 'pass' : 'fail'),
    gate,
    value === null ? 'not measured' : formatValue(value, unit),
    `≤ ${formatValue(limit, unit)}`,
    why,
  ]);
  const columns = columnsOf('Outcome', 'Gate', '>Measured', '>Limit', 'What a failure means');
  const lead =
    'Whether the host let the measurement be judged. One failed gate makes every statistical verdict invalid.';
  return { id: 'gates', title: 'Validity gates', lead, blocks: [table('', columns, rows)] };
}

function stepsSection({ prediction, measurement, verification }: Comparison): Section | null {
  const { steps } = verification;
  if (steps.length === 0) return null;
  const rows = steps.map(({ step, predictedMs, measuredMs, verdict, relativeError }) => [
    stepName(step),
    forecastCell(predictedMs, 'ms'),
    { text: formatValue(measuredMs, 'ms'), detail: errorText(relativeError) },
    stripCell({ median: predictedMs.median, pi90: predictedMs.pi90, measured: measuredMs }),
    verdictCell(verdict),
  ]);
  const columns = columnsOf('Step', '>Predicted', '>Measured', 'Place in interval', 'Verdict');
  const { confirmed, judged } = countVerdicts(steps);
  const chart = stepChart(prediction, measuredSpans(measurement, prediction));
  return {
    id: 'steps',
    title: 'Steps',
    lead: `${formatCount(confirmed)} of ${formatCount(judged)} step durations inside their 90 % interval. In the picture both worlds begin at zero with their first step.`,
    blocks: [
      {
        kind: 'beside',
        blocks: [
          { kind: 'charts', charts: [chart], legend: stepLegend(true) },
          table('', columns, rows),
        ],
      },
    ],
  };
}

function chartsSection({ prediction, measurement }: Comparison): Section | null {
  if (prediction.bands.length === 0) return null;
  return {
    id: 'time',
    title: 'Over time',
    lead: 'The measured line against the predicted band of one execution of the same request trace. Numbers above a chart are steps at the time they were measured to begin.',
    blocks: [
      {
        kind: 'charts',
        charts: bandCharts(prediction, measurement),
        legend: bandLegend(prediction, true),
      },
    ],
  };
}

function metricsSection({ metrics }: Verification): Section {
  const shown = phases.filter((phase) =>
    metrics.some((one) => one.phase === phase && isOfRequests(one)),
  );
  const tables = shown.map((phase) =>
    metricTable(
      phase,
      metrics.filter((one) => one.phase === phase && isOfRequests(one)),
    ),
  );
  const lead =
    'Predicted: median of one execution over its 90 % interval. Error: (predicted − measured) / measured. CRPS: distance between the whole forecast and the measured value, in the unit of the metric; smaller is better.';
  return { id: 'metrics', title: 'Predicted against measured', lead, blocks: tables };
}

/** What missed, before everything that did not. */
function refutedSection({ metrics }: Verification): Section | null {
  const refuted = metrics.filter((one) => one.verdict === 'refuted' && isOfRequests(one));
  if (refuted.length === 0) return null;
  const rows = refuted.map((one) => {
    const [name = '', ...rest] = metricRow(one);
    return [name, phaseName(one.phase), ...rest];
  });
  return {
    id: 'refuted',
    title: 'Refuted metrics',
    lead: 'Outside of their 90 % interval. About one in ten is to be expected of a right model; several of one kind on one side are a finding. Error: (predicted − measured) / measured.',
    blocks: [table('', columnsOf('Metric', 'Phase', ...comparisonTitles), rows)],
  };
}

function metricTable(phase: Phase, metrics: readonly MetricVerdict[]): Table {
  const { confirmed, refuted, invalid } = countVerdicts(metrics);
  const title = `${capitalise(phaseName(phase))}: ${formatCount(confirmed)} confirmed, ${formatCount(refuted)} refuted, ${formatCount(invalid)} invalid`;
  const columns = columnsOf('Metric', ...comparisonTitles);
  const groups = Map.groupBy(metrics, ({ metric }) => metricNames(metric).who);
  const rows = [...groups.values()].flat().map((one) => metricRow(one));
  return table(title, columns, rows);
}

function metricRow(one: MetricVerdict): CellContent[] {
  const { metric, unit, median, pi90, measured, n, verdict, reason, relativeError, crps } = one;
  const { who, what } = metricNames(metric);
  return [
    { text: who, detail: what },
    forecastCell(one, unit),
    { text: formatValue(measured, unit), detail: `n ${formatCount(n)}` },
    stripCell({ median, pi90, measured }),
    errorText(relativeError),
    crps === null ? '–' : formatValue(crps, unit),
    // Inside and outside are seen in the strip; only another reason needs words.
    verdict === 'invalid' ? { ...verdictCell(verdict), detail: reason } : verdictCell(verdict),
  ];
}

function stripCell(values: {
  readonly median: number;
  readonly pi90: readonly [number, number];
  readonly measured: number;
}): CellContent {
  const { median, pi90, measured } = values;
  const [low, high] = pi90;
  const strip: Strip = { low, median, high, value: measured };
  const text =
    measured < low
      ? 'below the interval'
      : measured > high
        ? 'above the interval'
        : 'inside the interval';
  return { text, strip };
}

/** Tenths of a per cent: an error is no finer than that. */
function errorText(relativeError: number | null): string {
  if (relativeError === null) return 'no ratio';
  const percent = Number((relativeError * 100).toFixed(1));
  const sign = percent === 0 ? '' : percent < 0 ? '−' : '+';
  return `${sign}${Math.abs(percent).toFixed(1)} %`;
}

function table(title: string, columns: readonly Column[], rows: Table['rows']): Table {
  return { kind: 'table', title, columns, rows, note: '' };
}

// Predicted metrics as tables, one per kind of metric: a row per class, region and statistic, the phases side by side,
// each with the forecast of one execution and the change that the action makes.
import { phases, type Phase } from '../twin/document.ts';
import type { MetricName } from '../twin/metrics.ts';
import type { PredictedMetric, Prediction } from '../twin/prediction.ts';
import { changeCell, forecastCell, formatChange } from './figures.ts';
import { capitalise, metricHeading, metricNames, phaseName } from './names.ts';
import type { Cell, CellContent, Column, Table, Tone } from './report.ts';

/** Metrics of the action as a whole; they have places of their own in a report. */
const wholeActionMetrics: readonly MetricName[] = ['fence_ms', 'copy_ms', 'duration_ms', 'step_ms'];

/** Do requests feel this metric, rather than that it tells about the action as a whole? */
export function isOfRequests({ metric }: { readonly metric: string }): boolean {
  return !wholeActionMetrics.includes(metricNames(metric).name);
}

/** Metrics that requests feel, in the order of class and region, then kind. */
export function requestMetrics({
  metrics,
}: Pick<Prediction, 'metrics'>): readonly PredictedMetric[] {
  return metrics.filter(isOfRequests);
}

/** One table per kind of metric. Phases come from the metrics; `all` only when nothing else is there. */
export function metricTables(prediction: Pick<Prediction, 'metrics'>): Table[] {
  const metrics = requestMetrics(prediction);
  const shown = shownPhases(metrics.map(({ phase }) => phase));
  const kinds = new Set(metrics.map(({ metric }) => metricNames(metric).name));
  return [...kinds].map((kind) => {
    const own = metrics.filter(({ metric }) => metricNames(metric).name === kind);
    return metricTable(kind, own, shown);
  });
}

/** The phases to show side by side. */
function shownPhases(present: readonly Phase[]): readonly Phase[] {
  const cut = phases.filter((phase) => phase !== 'all' && present.includes(phase));
  return cut.length > 0 ? cut : ['all'];
}

/** Whether the change is certain (0 is outside its 95 % interval), and then whether it hurts. */
export function changeTone({ metric, delta }: Pick<PredictedMetric, 'metric' | 'delta'>): Tone {
  const { worse } = metricNames(metric);
  const [low, high] = delta.ci95;
  if (worse === null || (low <= 0 && high >= 0)) return 'plain';
  return delta.mean > 0 === (worse === 'higher') ? 'bad' : 'good';
}

function metricTable(
  kind: MetricName,
  metrics: readonly PredictedMetric[],
  shown: readonly Phase[],
): Table {
  const still = shown.filter((phase) =>
    metrics.every((one) => one.phase !== phase || !isChanged(one)),
  );
  const columns: Column[] = [
    { title: 'Requests', align: 'left' },
    { title: 'Statistic', align: 'left' },
    ...shown.flatMap((phase) => phaseColumns(phase, !still.includes(phase))),
  ];
  const ids = [...new Set(metrics.map(({ metric }) => metric))];
  const rows = ids.map((id, index) => {
    const names = metricNames(id);
    const previous = metricNames(ids[index - 1] ?? id).who;
    const who = index > 0 && previous === names.who ? '' : names.who;
    const cells = shown.flatMap((phase) =>
      phaseCells(
        metrics.find((one) => one.metric === id && one.phase === phase),
        !still.includes(phase),
      ),
    );
    return [who, names.stat, ...cells];
  });
  const columnsHidden = still.map((phase) => capitalise(phaseName(phase))).join(', ');
  const note = still.length === 0 ? '' : `${columnsHidden}: no change to the digits shown.`;
  return { kind: 'table', title: metricHeading(kind), columns, rows, note };
}

/** Whether any digit of the change or of its interval would show. */
function isChanged({ delta, unit }: PredictedMetric): boolean {
  return [delta.mean, ...delta.ci95].some((value) => /[1-9]/.test(formatChange(value, unit)));
}

function phaseColumns(phase: Phase, withChange: boolean): Column[] {
  const value: Column = { title: capitalise(phaseName(phase)), align: 'right' };
  return withChange ? [value, { title: 'change', align: 'right' }] : [value];
}

function phaseCells(metric: PredictedMetric | undefined, withChange: boolean): CellContent[] {
  if (metric === undefined) return withChange ? ['–', '–'] : ['–'];
  const value = forecastCell(metric.forecast, metric.unit);
  const change: Cell = { ...changeCell(metric.delta, metric.unit), tone: changeTone(metric) };
  return withChange ? [value, change] : [value];
}

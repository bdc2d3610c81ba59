// Charts of one metric over time: the predicted band (5 % to 95 %) with its median, the measured line when there is one,
// the span in which requests are held, and the steps as marks whose labels never overlap.
import type { TopLevelSpec } from 'vega-lite';
import type { Measurement } from '../twin/measurement.ts';
import { metricKinds } from '../twin/metrics.ts';
import type { Band } from '../twin/prediction.ts';
import { metricNames, metricPhrase, stepOrdinal } from './names.ts';
import type { Chart, Sparkline } from './report.ts';
import type { StepSpan } from './step-spans.ts';
import { fenceOf } from './step-spans.ts';
import { chartWidth, palette } from './theme.ts';
import type { ValueAxis } from './value-axis.ts';

type Series = Measurement['series'][number];

/** What surrounds the metric: spans of the steps in the time of the run, and the length of the run. */
export interface BandContext {
  readonly id: string;
  readonly steps: readonly StepSpan[];
  readonly horizonMs: number;
  /** In the unit that is drawn: shares are drawn in per cent. */
  readonly axis: ValueAxis;
}

interface Point {
  readonly t: number;
  readonly low: number | null;
  readonly middle: number | null;
  readonly high: number | null;
}

/** Plot height and the room a step label needs, in the chart's own pixels. */
const plotWidth = chartWidth - 70;
const plotHeight = 170;
const labelGap = 5;
const digitWidth = 7;

/** `series` is the measurement of the same metric, or null. */
export function bandChart(band: Band, series: Series | null, context: BandContext): Chart {
  const { name, who, what } = metricNames(band.metric);
  const { unit } = metricKinds[name];
  const factor = drawnFactor(unit);
  return {
    kind: 'chart',
    id: context.id,
    title: `${who}, ${what}`,
    caption: context.axis.kind === 'log' ? '(logarithmic axis)' : '',
    spec: specOf({
      points: pointsOf(band, factor),
      measured: series === null ? [] : measuredPoints(series, factor),
      unit: unit === '' ? '%' : unit,
      context,
    }),
    sparklines: sparklinesOf(band, series, unit),
  };
}

/** What a value is multiplied with to be drawn: shares are drawn in per cent. */
export function drawnFactor(unit: string): number {
  return unit === '' ? 100 : 1;
}

interface Picture {
  readonly points: readonly Point[];
  readonly measured: readonly { readonly t: number; readonly value: number | null }[];
  readonly unit: string;
  readonly context: BandContext;
}

type Layer = Extract<TopLevelSpec, { layer: unknown }>['layer'][number];

function specOf(picture: Picture): TopLevelSpec {
  return {
    width: plotWidth,
    height: plotHeight,
    padding: { left: 4, right: 12, top: 22, bottom: 4 },
    layer: [
      ...fenceLayers(picture.context),
      ...valueLayers(picture),
      ...stepLayers(picture.context),
    ],
  };
}

function valueLayers({ points, measured, unit, context }: Picture): Layer[] {
  const x = {
    field: 't',
    type: 'quantitative' as const,
    scale: { domain: [0, context.horizonMs / 1000], nice: false },
    axis: { title: 'seconds since the load began', grid: false, tickCount: 7 },
  };
  const y = {
    type: 'quantitative' as const,
    scale: { type: context.axis.kind, domain: [...context.axis.domain], nice: false },
    axis: {
      title: unit === '/s' ? 'per second' : unit,
      values: [...context.axis.ticks],
      format: ',~f',
    },
  };
  const line = (field: string, color: string, values: readonly object[]): Layer => ({
    data: { values: [...values] },
    mark: { type: 'line', color, strokeWidth: 1.8 },
    encoding: { x, y: { ...y, field } },
  });
  const layers: Layer[] = [
    {
      data: { values: [...points] },
      mark: { type: 'area', color: palette.predicted, opacity: 0.22 },
      encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' } },
    },
    line('middle', palette.predicted, points),
  ];
  return measured.length === 0 ? layers : [...layers, line('value', palette.measured, measured)];
}

function fenceLayers({ steps }: BandContext): Layer[] {
  const fence = fenceOf(steps);
  if (fence === null) return [];
  const values = [{ from: fence.startMs / 1000, to: fence.endMs / 1000 }];
  return [
    {
      data: { values },
      mark: { type: 'rect', color: palette.fence, opacity: 0.45, stroke: palette.fence },
      encoding: { x: { field: 'from', type: 'quantitative' }, x2: { field: 'to' } },
    },
  ];
}

function stepLayers(context: BandContext): Layer[] {
  if (context.steps.length === 0) return [];
  const values = clusterSteps(context).map(({ label, atMs }) => ({ at: atMs / 1000, label }));
  const x = { field: 'at', type: 'quantitative' as const };
  return [
    {
      data: { values },
      mark: { type: 'rule', color: palette.step, strokeDash: [2, 3] },
      encoding: { x },
    },
    {
      data: { values },
      mark: { type: 'text', color: palette.step, fontSize: 11, baseline: 'bottom' },
      encoding: { x, y: { value: -4 }, text: { field: 'label', type: 'nominal' } },
    },
  ];
}

/** A label for one step or for several that start too close together to be told apart. */
export interface StepMark {
  readonly label: string;
  readonly atMs: number;
}

/** Steps joined (`2–9`) until no two labels touch. */
export function clusterSteps({
  steps,
  horizonMs,
}: Pick<BandContext, 'steps' | 'horizonMs'>): StepMark[] {
  const pixelsPerMs = plotWidth / horizonMs;
  const groups = steps.toSorted((a, b) => a.startMs - b.startMs).map((step) => [step]);
  for (let index = 1; index < groups.length;) {
    const [left = [], right = []] = [groups[index - 1], groups[index]];
    const room = (markOf(right).atMs - markOf(left).atMs) * pixelsPerMs;
    if (room >= halfWidth(left) + halfWidth(right) + labelGap) {
      index++;
      continue;
    }
    groups.splice(index - 1, 2, [...left, ...right]);
    // The joined label stands elsewhere and is wider: look again at what is to the left of it.
    index = Math.max(1, index - 1);
  }
  return groups.map(markOf);
}

function markOf(group: readonly StepSpan[]): StepMark {
  const [first, last] = [group[0], group.at(-1)];
  const from = stepOrdinal(first?.step ?? '');
  const to = stepOrdinal(last?.step ?? '');
  const atMs = ((first?.startMs ?? 0) + (last?.startMs ?? 0)) / 2;
  return { label: group.length > 1 ? `${from}–${to}` : from, atMs };
}

function halfWidth(group: readonly StepSpan[]): number {
  return (markOf(group).label.length * digitWidth) / 2;
}

function pointsOf(band: Band, factor: number): Point[] {
  const at = (values: readonly (number | null)[], index: number): number | null =>
    scaled(values[index] ?? null, factor);
  return band.p50.map((_, index) => ({
    t: middleOf(index, band.stepMs) / 1000,
    low: at(band.p05, index),
    middle: at(band.p50, index),
    high: at(band.p95, index),
  }));
}

function measuredPoints(series: Series, factor: number): { t: number; value: number | null }[] {
  return series.values.map((value, index) => ({
    t: middleOf(index, series.stepMs) / 1000,
    value: scaled(value, factor),
  }));
}

/** A value stands for its whole interval of time, so it is drawn in the middle of it. */
function middleOf(index: number, stepMs: number): number {
  return (index + 0.5) * stepMs;
}

function scaled(value: number | null, factor: number): number | null {
  return value === null ? null : value * factor;
}

function sparklinesOf(band: Band, series: Series | null, unit: string): Sparkline[] {
  const label = metricPhrase(band.metric);
  const step = `${band.stepMs / 1000} s`;
  const predicted = { label: `${label}, predicted median per ${step}`, values: band.p50, unit };
  if (series === null) return [predicted];
  return [predicted, { label: `${label}, measured`, values: series.values, unit }];
}

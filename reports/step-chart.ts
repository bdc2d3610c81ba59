// The steps of an action as lanes in time: a predicted bar with the 90 % interval of its end, and the measured bar
// inside it when there is one. Steps last from two to some hundred milliseconds, so they need a picture of their own.
import type { TopLevelSpec } from 'vega-lite';
import type { Prediction } from '../twin/prediction.ts';
import { stepName } from './names.ts';
import type { Chart, Legend } from './report.ts';
import { extentOf, predictedSpans, type StepSpan } from './step-spans.ts';
import { palette } from './theme.ts';

const laneHeight = 24;
const laneWidth = 300;
/** Above this an axis in milliseconds is hard to read. */
const secondsFromMs = 3_000;

interface Lane {
  readonly step: string;
  readonly from: number;
  readonly to: number;
  readonly isFenced: boolean;
}

/** Times count from the start of the first step of each world, so that both begin at zero. */
export function stepChart(prediction: Prediction, measured: readonly StepSpan[] | null): Chart {
  const predicted = predictedSpans(prediction);
  const longest = Math.max(...[predicted, measured ?? []].map((spans) => lengthOf(spans)), 1);
  const unit =
    longest >= secondsFromMs
      ? { perMs: 1e-3, name: 'seconds' }
      : { perMs: 1, name: 'milliseconds' };
  const spec = specOf({
    predicted: lanesOf(predicted, unit.perMs),
    ends: endsOf(prediction, unit.perMs),
    measured: lanesOf(measured ?? [], unit.perMs),
    axisTitle: `${unit.name} since the first step began`,
  });
  return { kind: 'chart', id: 'steps', title: 'Steps in time', caption: '', spec, sparklines: [] };
}

export function stepLegend(withMeasured: boolean): Legend[] {
  const legend: Legend[] = [
    { label: 'predicted, requests held', shape: 'block', colour: palette.fence },
    { label: 'predicted, requests served', shape: 'block', colour: palette.served },
    { label: '90 % interval of the duration', shape: 'whisker', colour: palette.ink },
  ];
  return withMeasured
    ? [...legend, { label: 'measured', shape: 'line', colour: palette.measured }]
    : legend;
}

interface Picture {
  readonly predicted: readonly Lane[];
  readonly ends: readonly { step: string; low: number; high: number }[];
  readonly measured: readonly Lane[];
  readonly axisTitle: string;
}

type Layer = Extract<TopLevelSpec, { layer: unknown }>['layer'][number];

function specOf(picture: Picture): TopLevelSpec {
  return { width: laneWidth, height: { step: laneHeight }, layer: layersOf(picture) };
}

function layersOf({ predicted, ends, measured, axisTitle }: Picture): Layer[] {
  const order = predicted.map(({ step }) => step);
  const y = {
    field: 'step',
    type: 'nominal' as const,
    sort: order,
    scale: { domain: order },
    axis: { title: null, grid: false, labelLimit: 0, labelColor: palette.ink },
  };
  const axis = { title: axisTitle, tickCount: 6, format: ',~f' };
  const from = { field: 'from', type: 'quantitative' as const, axis, scale: { zero: true } };
  const bar = { y, x: from, x2: { field: 'to' } };
  const fill = {
    condition: { test: 'datum.isFenced', value: palette.fence },
    value: palette.served,
  };
  const whisker = { type: 'tick' as const, color: palette.ink, thickness: 1, size: 7 };
  const layers: Layer[] = [
    {
      data: { values: [...predicted] },
      mark: { type: 'bar', height: 14, strokeWidth: 1 },
      encoding: { ...bar, fill, stroke: fill },
    },
    {
      data: { values: [...ends] },
      mark: { type: 'rule', color: palette.ink, strokeWidth: 1 },
      encoding: { y, x: { ...from, field: 'low' }, x2: { field: 'high' } },
    },
    ...['low', 'high'].map((field) => ({
      data: { values: [...ends] },
      mark: { ...whisker, orient: 'vertical' as const },
      encoding: { y, x: { ...from, field } },
    })),
  ];
  // An empty layer has no extent to draw, which Vega takes for a mistake.
  if (measured.length === 0) return layers;
  const mark = {
    type: 'bar' as const,
    height: 5,
    color: palette.measured,
    stroke: palette.measured,
  };
  return [...layers, { data: { values: [...measured] }, mark, encoding: bar }];
}

function lanesOf(spans: readonly StepSpan[], perMs: number): Lane[] {
  const startMs = extentOf(spans)?.startMs ?? 0;
  return spans.map((span) => ({
    step: stepName(span.step),
    from: (span.startMs - startMs) * perMs,
    to: (span.endMs - startMs) * perMs,
    isFenced: span.isFenced,
  }));
}

/** The 90 % interval of a step's duration, drawn from the step's median start. */
function endsOf(
  prediction: Prediction,
  perMs: number,
): { step: string; low: number; high: number }[] {
  const startMs = extentOf(predictedSpans(prediction))?.startMs ?? 0;
  return prediction.steps.map((one) => {
    const from = one.startMs.median - startMs;
    const [low, high] = one.durationMs.pi90;
    return { step: stepName(one.step), low: (from + low) * perMs, high: (from + high) * perMs };
  });
}

function lengthOf(spans: readonly StepSpan[]): number {
  const extent = extentOf(spans);
  return extent === null ? 0 : extent.endMs - extent.startMs;
}

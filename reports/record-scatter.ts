// Predicted against measured values of a record, one picture per kind of metric: every miss can be seen.
import { median } from 'simple-statistics';
import { isInside } from '../twin/forecast.ts';
import type { CaseScore, ScoredMetric } from '../twin/record/case.ts';
import type { MetricFamily } from '../twin/record/families.ts';
import type { Chart, Legend } from './report.ts';
import { squareAxes, squareSpec, type Layer } from './square-chart.ts';
import { palette } from './theme.ts';
import { valueAxis } from './value-axis.ts';

export const scatterLegend: readonly Legend[] = [
  { label: 'inside of its 90 % interval', shape: 'block', colour: palette.predicted },
  { label: 'outside', shape: 'block', colour: palette.measured },
  { label: 'a perfect forecast', shape: 'rule', colour: palette.step },
];

/** Families that are drawn together: of one unit and one size, so that one pair of axes fits them. */
const scatters: readonly {
  readonly id: string;
  readonly title: string;
  readonly holds: (family: MetricFamily) => boolean;
}[] = [
  { id: 'throughput', title: 'Throughput', holds: (family) => family === 'throughput' },
  { id: 'utilisation', title: 'Utilisation', holds: (family) => family.endsWith('utilisation') },
  ...(['write', 'job', 'compute', 'read'] as const).map((kind) => ({
    id: kind,
    title: `Latency, ${kind}`,
    holds: (family: MetricFamily) => family.startsWith(`${kind} `),
  })),
  { id: 'lag-bytes', title: 'Lag in bytes', holds: (family) => family.startsWith('lag bytes') },
  { id: 'lag-time', title: 'Lag in time', holds: (family) => family.startsWith('lag time') },
  {
    id: 'actions',
    title: 'Actions: fence, steps, whole',
    holds: (family) => ['fence', 'step', 'action duration', 'copy duration'].includes(family),
  },
  {
    id: 'recovery',
    title: 'Recovery: whole and by component',
    holds: (family) => family.startsWith('rto'),
  },
];

export function scatterCharts(cases: readonly CaseScore[]): Chart[] {
  const metrics = cases.flatMap((one) => one.metrics).filter(({ valid }) => valid);
  return scatters.flatMap(({ id, title, holds }) => {
    const points = metrics.filter(({ family }) => holds(family)).map(pointOf);
    return points.length < 2 ? [] : [scatterChart(id, title, points)];
  });
}

interface Point {
  readonly predicted: number;
  readonly measured: number;
  readonly isInside: boolean;
  readonly unit: string;
}

function pointOf({ forecast, measured, unit }: ScoredMetric): Point {
  const middle = median([...measured]);
  const factor = unit === '' ? 100 : 1;
  return {
    predicted: forecast.median * factor,
    measured: middle * factor,
    isInside: isInside(middle, forecast.pi90),
    unit: unit === '' ? '%' : unit,
  };
}

function scatterChart(id: string, title: string, points: readonly Point[]): Chart {
  const axis = valueAxis(points.flatMap(({ predicted, measured }) => [predicted, measured]));
  const unit = points[0]?.unit ?? '';
  const color = {
    condition: { test: 'datum.isInside', value: palette.predicted },
    value: palette.measured,
  };
  const layers: Layer[] = [
    {
      // Those outside last, so that none is hidden by one that is inside.
      data: { values: points.toSorted((a, b) => Number(b.isInside) - Number(a.isInside)) },
      mark: { type: 'point', filled: true, size: 26, opacity: 0.65 },
      encoding: { ...squareAxes('predicted', 'measured', axis), color },
    },
  ];
  const missed = points.filter((point) => !point.isInside).length;
  return {
    kind: 'chart',
    id: `scatter-${id}`,
    title,
    caption: `${points.length} metrics, ${missed} outside${axis.kind === 'log' ? ' (logarithmic axes)' : ''}`,
    spec: squareSpec(layers, axis, [`predicted, ${unit}`, `measured, ${unit}`]),
    sparklines: [],
  };
}

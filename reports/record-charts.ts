// Pictures of how far forecasts mean what they say: promised against observed coverage, said against observed chances,
// error by load.
import { median, quantile } from 'simple-statistics';
import { shareInterval } from '../engine/statistics/scores.ts';
import { relativeError } from '../twin/forecast.ts';
import type { CaseScore, ScoredMetric } from '../twin/record/case.ts';
import { loadBands, type RecordSummary, type Score } from '../twin/record/record.ts';
import { bandOf } from '../twin/record/summary.ts';
import { capitalise } from './names.ts';
import type { Chart, Legend } from './report.ts';
import { scaleOf, squareAxes, squareSide, squareSpec, type Layer } from './square-chart.ts';
import { palette } from './theme.ts';
import { valueAxis, type ValueAxis } from './value-axis.ts';

const percents: ValueAxis = { kind: 'linear', domain: [0, 100], ticks: [0, 20, 40, 60, 80, 100] };

/** Coverage, error by load and, where promises were made, their reliability. */
export function calibrationCharts(record: RecordSummary, cases: readonly CaseScore[]): Chart[] {
  const charts = [coverageChart(record), reliabilityChart(record), loadChart(cases)];
  return charts.filter((chart) => chart !== null);
}

export function calibrationLegend({ kinds }: RecordSummary): Legend[] {
  return [
    { label: 'all', shape: 'line', colour: palette.measured },
    ...(kinds.length > 1
      ? [{ label: 'each kind of case', shape: 'line' as const, colour: palette.served }]
      : []),
    { label: 'a perfect forecast', shape: 'rule', colour: palette.step },
  ];
}

interface Seen {
  readonly said: number;
  readonly seen: number;
  readonly low: number;
  readonly high: number;
}

function coverageChart({ score, kinds }: RecordSummary): Chart | null {
  const all = coveragePoints(score);
  if (all.length === 0) return null;
  const lines = kinds.flatMap(({ kind, score: own }) =>
    coveragePoints(own).map((point) => ({ ...point, kind })),
  );
  const byKind: Layer[] =
    kinds.length < 2
      ? []
      : [
          {
            data: { values: lines },
            mark: { type: 'line', color: palette.served, strokeWidth: 1.2 },
            encoding: {
              ...squareAxes('said', 'seen', percents),
              detail: { field: 'kind', type: 'nominal' },
            },
          },
        ];
  return {
    kind: 'chart',
    id: 'coverage',
    title: 'Coverage of intervals',
    caption: 'promised against observed, per cent of executions',
    spec: squareSpec(
      [
        ...byKind,
        ...seenLayers(all, palette.measured),
        {
          data: { values: [...all] },
          mark: { type: 'line', color: palette.measured },
          encoding: squareAxes('said', 'seen', percents),
        },
      ],
      percents,
      ['promised, %', 'observed, %'],
    ),
    sparklines: [],
  };
}

function coveragePoints({ coverage }: Score): Seen[] {
  return coverage
    .filter(({ of }) => of > 0)
    .map(({ level, inside, of, interval95: [low, high] }) => ({
      said: level * 100,
      seen: (inside / of) * 100,
      low: low * 100,
      high: high * 100,
    }));
}

function reliabilityChart({ slos }: RecordSummary): Chart | null {
  if (slos === null) return null;
  const points = slos.bins.map(({ n, meanProbability, happened }) => {
    const [low, high] = shareInterval(happened, n);
    return {
      said: meanProbability * 100,
      seen: (happened / n) * 100,
      low: low * 100,
      high: high * 100,
    };
  });
  return {
    kind: 'chart',
    id: 'reliability',
    title: 'Chances to break a promise',
    caption: 'said against observed, per cent of executions',
    spec: squareSpec(seenLayers(points, palette.measured), percents, ['said, %', 'observed, %']),
    sparklines: [],
  };
}

function seenLayers(points: readonly Seen[], color: string): Layer[] {
  const { x, y } = squareAxes('said', 'low', percents);
  return [
    {
      data: { values: [...points] },
      mark: { type: 'rule', color, strokeWidth: 1 },
      encoding: { x, y, y2: { field: 'high' } },
    },
    {
      data: { values: [...points] },
      mark: { type: 'point', color, filled: true, size: 55, opacity: 1 },
      encoding: squareAxes('said', 'seen', percents),
    },
  ];
}

/** Quartiles of the absolute error per load band. */
function loadChart(cases: readonly CaseScore[]): Chart | null {
  const groups = loadBands.flatMap((band) => {
    const errors = cases
      .filter((one) => bandOf(one) === band)
      .flatMap(({ metrics }) =>
        metrics.filter(({ valid }) => valid).flatMap((one) => errorPercent(one) ?? []),
      );
    if (errors.length === 0) return [];
    const [low, middle, high] = [0.25, 0.5, 0.75].map((level) => quantile(errors, level));
    return [{ band: capitalise(band), low: low ?? 0, middle: middle ?? 0, high: high ?? 0 }];
  });
  if (groups.length === 0) return null;
  const axis = valueAxis([0, ...groups.map(({ high }) => high)]);
  const order = groups.map(({ band }) => band);
  const x = {
    field: 'band',
    type: 'ordinal' as const,
    sort: order,
    axis: { title: 'busiest resource in use', labelAngle: 0, grid: false },
  };
  const y = { type: 'quantitative' as const, ...scaleOf(axis, 'absolute error, %') };
  return {
    kind: 'chart',
    id: 'error-by-load',
    title: 'Error by load',
    caption: 'median, and the middle half of all valid metrics',
    spec: {
      width: squareSide,
      height: squareSide * 0.7,
      data: { values: groups },
      layer: [
        {
          mark: { type: 'bar', width: 34, color: palette.served },
          encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' } },
        },
        {
          mark: { type: 'tick', width: 34, thickness: 3, color: palette.measured },
          encoding: { x, y: { ...y, field: 'middle' } },
        },
      ],
    },
    sparklines: [
      {
        label: `absolute error by load, median: ${order.join(', ')}`,
        values: groups.map(({ middle }) => middle / 100),
        unit: '',
      },
    ],
  };
}

function errorPercent({ forecast, measured }: ScoredMetric): number | null {
  const error = relativeError(forecast.median, median([...measured]));
  return error === null ? null : Math.abs(error) * 100;
}

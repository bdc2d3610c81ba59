// All charts of a prediction over time, with the measurement when there is one: classes and regions in rows, so that
// latency and throughput of the same requests stand side by side.
import type { Measurement } from '../twin/measurement.ts';
import { metricKinds } from '../twin/metrics.ts';
import type { Band, Prediction } from '../twin/prediction.ts';
import { bandChart, drawnFactor } from './band-chart.ts';
import { metricNames } from './names.ts';
import type { Chart, Legend } from './report.ts';
import { fenceOf, measuredSpans, predictedSpans } from './step-spans.ts';
import { palette } from './theme.ts';
import { valueAxis, type ValueAxis } from './value-axis.ts';

/** Steps are drawn where they were measured when they were, else where they are predicted. */
export function bandCharts(prediction: Prediction, measurement: Measurement | null): Chart[] {
  const steps =
    measurement === null ? predictedSpans(prediction) : measuredSpans(measurement, prediction);
  const pairs = byRequests(prediction.bands).map((band) => ({
    band,
    series: measurement?.series.find(({ metric }) => metric === band.metric) ?? null,
  }));
  return pairs.map(({ band, series }, index) => {
    const { name } = metricNames(band.metric);
    const alike = pairs.filter((one) => metricNames(one.band.metric).name === name);
    const axis = sharedAxis(alike, drawnFactor(metricKinds[name].unit));
    const { horizonMs } = prediction;
    return bandChart(band, series, { id: `band-${index + 1}`, steps, horizonMs, axis });
  });
}

/** One axis for all charts of a kind of metric, so that they can be compared by eye. */
function sharedAxis(
  pairs: readonly { band: Band; series: Measurement['series'][number] | null }[],
  factor: number,
): ValueAxis {
  const values = pairs.flatMap(({ band, series }) => [
    ...band.p05,
    ...band.p50,
    ...band.p95,
    ...(series?.values ?? []),
  ]);
  return valueAxis(values.map((value) => (value === null ? null : value * factor)));
}

export function bandLegend(prediction: Prediction, withMeasured: boolean): Legend[] {
  const legend: Legend[] = [
    { label: 'predicted median', shape: 'line', colour: palette.predicted },
    { label: 'predicted 5 % to 95 %', shape: 'band', colour: palette.predicted },
  ];
  if (withMeasured) legend.push({ label: 'measured', shape: 'line', colour: palette.measured });
  if (fenceOf(predictedSpans(prediction)) !== null) {
    legend.push({
      label: withMeasured ? 'requests held (measured)' : 'requests held',
      shape: 'block',
      colour: palette.fence,
    });
  }
  if (prediction.steps.length > 0) {
    legend.push({ label: 'steps', shape: 'rule', colour: palette.step });
  }
  return legend;
}

/** Keeps the order of first appearance of each class and region, and of metrics within it. */
function byRequests(bands: Prediction['bands']): Prediction['bands'] {
  const groups = Map.groupBy(bands, ({ metric }) => metricNames(metric).who);
  return [...groups.values()].flat();
}

// Families of metrics: what the record adds up. A family joins the metrics that one promise is about, whatever region,
// phase or step they are of: `write p50` is the median latency of every class that commits rows.
import { assert } from '../../engine/failure.ts';
import { operationKinds, type OperationKind } from '../estate/estate.ts';
import { parseMetricId } from '../metrics.ts';

const latencyStats = ['mean', 'p50', 'p95', 'p99'] as const;

/** In the order of tables. */
export const metricFamilies = [
  'throughput',
  'utilisation',
  'cpu utilisation',
  ...operationKinds.flatMap((kind) => latencyStats.map((stat) => `${kind} ${stat}` as const)),
  'error share',
  'lag bytes p50',
  'lag bytes p95',
  'lag time p50',
  'lag time p95',
  'copy duration',
  'fence',
  'action duration',
  'step',
  'rto',
  'rto component',
  'lost writes',
] as const;
export type MetricFamily = (typeof metricFamilies)[number];

/** By metric name, where the family follows from the name alone (and its statistic, where `*` stands). */
const familiesByName: Readonly<Record<string, string>> = {
  throughput_per_s: 'throughput',
  utilisation: 'utilisation',
  cpu_utilisation: 'cpu utilisation',
  error_share: 'error share',
  lag_bytes: 'lag bytes *',
  lag_ms: 'lag time *',
  copy_ms: 'copy duration',
  fence_ms: 'fence',
  duration_ms: 'action duration',
  step_ms: 'step',
  lost_writes: 'lost writes',
};

/** The family of a metric; `kindOf` tells the kind of an operation class by its id. */
export function familyOf(
  metric: string,
  kindOf: (operation: string) => OperationKind | undefined,
): MetricFamily {
  const { name, stat, labels } = parseMetricId(metric);
  const found = textOf(name, stat, labels, kindOf);
  const family = metricFamilies.find((one) => one === found);
  assert(family !== undefined, `${metric} belongs to a family`);
  return family;
}

function textOf(
  name: string,
  stat: string,
  labels: Readonly<Record<string, string>>,
  kindOf: (operation: string) => OperationKind | undefined,
): string | undefined {
  if (name === 'latency_ms') return `${kindOf(labels['class'] ?? '') ?? ''} ${stat}`;
  if (name === 'rto_ms') return labels['component'] === undefined ? 'rto' : 'rto component';
  return familiesByName[name]?.replace('*', stat);
}

// The registry of metrics: names end in their unit, `exact` ones admit no tolerance. A metric id is
// `name.stat{label=value,…}` with sorted labels, the same text in prediction, measurement, report and API.
import { assert } from '../engine/failure.ts';

interface MetricKind {
  readonly unit: string;
  readonly meaning: string;
  readonly stats: readonly string[];
}

export const metricKinds = {
  latency_ms: {
    unit: 'ms',
    meaning: 'from the intended send time of a request to its answer',
    stats: ['mean', 'p50', 'p95', 'p99'],
  },
  throughput_per_s: {
    unit: '/s',
    meaning: 'requests answered per second',
    stats: ['mean'],
  },
  utilisation: {
    unit: '',
    meaning: 'share of the pool’s connections in use, on time average',
    stats: ['mean'],
  },
  cpu_utilisation: {
    unit: '',
    meaning: 'share of the processors that the server may use which its requests keep busy',
    stats: ['mean'],
  },
  error_share: {
    unit: '',
    meaning: 'share of requests that were not acknowledged',
    stats: ['mean'],
  },
  lag_bytes: {
    unit: 'bytes',
    meaning: 'log that a primary has flushed and a standby has not confirmed yet',
    stats: ['p50', 'p95'],
  },
  lag_ms: {
    unit: 'ms',
    meaning: 'from a flush of a primary to the confirmation of a standby',
    stats: ['p50', 'p95'],
  },
  fence_ms: {
    unit: 'ms',
    meaning: 'from the first request held to the release of requests',
    stats: ['value'],
  },
  copy_ms: {
    unit: 'ms',
    meaning: 'from the start of a copy of a server’s or tenant’s data to its end',
    stats: ['value'],
  },
  rto_ms: {
    unit: 'ms',
    meaning:
      'from the death of a primary to the first acknowledged write after it, or a part of that',
    stats: ['value'],
  },
  lost_writes: {
    unit: 'writes',
    meaning: 'acknowledged writes that a failover lost, where commits wait for nobody',
    stats: ['value'],
  },
  step_ms: { unit: 'ms', meaning: 'duration of one step', stats: ['value'] },
  duration_ms: {
    unit: 'ms',
    meaning: 'from the first step’s start to the last step’s end',
    stats: ['value'],
  },
} as const satisfies Record<string, MetricKind>;

export type MetricName = keyof typeof metricKinds;

/** Claims that are judged exactly, whatever the host did: predicted and measured value must be equal. */
export const exactClaims = {
  lost_acknowledged_writes: 'writes that were acknowledged and are not there afterwards',
  duplicate_writes: 'writes that are there more than once',
  promotions: 'times that the shard got a new primary',
} as const;

/** `latency_ms.p99{class=commit,region=eu-west-1}` */
export function metricId(
  name: MetricName,
  stat: string,
  labels: Readonly<Record<string, string>> = {},
): string {
  assert(
    (metricKinds[name].stats as readonly string[]).includes(stat),
    `${name} has a stat ${stat}`,
  );
  const text = Object.entries(labels)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
  return text === '' ? `${name}.${stat}` : `${name}.${stat}{${text}}`;
}

/** Splits what `metricId` joined. */
export function parseMetricId(id: string): {
  name: MetricName;
  stat: string;
  labels: Readonly<Record<string, string>>;
} {
  const match = /^([a-z_]+)\.([a-z0-9]+)(?:\{(.*)\})?$/.exec(id);
  const [, name = '', stat = '', labels = ''] = match ?? [];
  assert(Object.hasOwn(metricKinds, name), `${id} is a metric id`);
  const pairs = labels === '' ? [] : labels.split(',').map((pair) => pair.split('='));
  return { name: name as MetricName, stat, labels: Object.fromEntries(pairs) };
}

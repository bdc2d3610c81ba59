// Two forecasts that need no twin, to see what the twin is worth: as last time, and as the textbook says. Both know
// only what was known before the case ran.
import { median } from 'simple-statistics';
import type { Phase } from '../document.ts';
import { parseMetricId } from '../metrics.ts';
import type { CaseIdentity, CaseScore, ScoredMetric } from './case.ts';
import type { OfferedLoad } from './offered.ts';

/**
 * What the newest earlier case of the same kind and campaign showed: of the same metric when it had that one, else the
 * median over the metrics of its family in the same phase. Null when no earlier case has a valid one.
 */
export function lastValue(
  { metric, phase, family }: Pick<ScoredMetric, 'metric' | 'phase' | 'family'>,
  { campaign, seed, index, kind }: CaseIdentity,
  earlier: readonly CaseScore[],
): number | null {
  const candidates = earlier
    .filter((one) => one.campaign === campaign && one.seed === seed && one.kind === kind)
    .filter((one) => one.index < index && one.status === 'scored')
    .toSorted((a, b) => b.index - a.index || a.attempt - b.attempt);
  for (const { metrics } of candidates) {
    const alike = metrics.filter(
      (one) => one.valid && one.family === family && one.phase === phase && one.measured.length > 0,
    );
    const same = alike.find((one) => one.metric === metric);
    if (same !== undefined) return median(same.measured);
    if (alike.length > 0) return median(alike.map(({ measured }) => median(measured)));
  }
  return null;
}

/**
 * M/M/1 with the mean and the rate of each pool (Kleinrock 1975, sec. 3.2): with S the mean time that a request holds a
 * connection and U the share of the pool in use, the response time is exponential with mean S / (1 − U); a computation
 * waits for the processors where they are busier than its pool. What is offered is what is answered. It knows no law of
 * service times, no held requests, no replication and no fault. Null where it has nothing to say, or says that the
 * queue grows for ever.
 */
export function textbookForecast(load: OfferedLoad, metric: string, phase: Phase): number | null {
  const { name, stat, labels } = parseMetricId(metric);
  if (name === 'cpu_utilisation') {
    const busy = load.processors(labels['node'] ?? '', phase);
    return busy === null ? null : Math.min(1, busy);
  }
  const operation = load.class(labels['class'] ?? '');
  if (operation === undefined) return null;
  if (name === 'throughput_per_s') return load.ratePerSec(operation);
  if (name !== 'latency_ms' && name !== 'utilisation') return null;
  const pool = load.pool(operation, labels['region'] ?? '', phase);
  if (pool === null) return null;
  if (name === 'utilisation') return Math.min(1, pool.inUse);
  const processors = operation.kind === 'compute' ? (load.busiestProcessors(phase) ?? 0) : 0;
  const inUse = Math.max(pool.inUse, processors);
  return inUse < 1 ? (pool.holdMs / (1 - inUse)) * exponentialFactor(stat) : null;
}

/** A statistic of an exponential law as a multiple of its mean. */
function exponentialFactor(stat: string): number {
  if (stat === 'mean') return 1;
  return -Math.log(1 - Number(stat.slice(1)) / 100);
}

// Two forecasts that need no twin, to see what the twin is worth: as last time, and as the textbook says. Both know
// only what was known before the case ran.
import { median } from 'simple-statistics';
import type { Phase } from '../document.ts';
import { parseMetricId } from '../metrics.ts';
import type { CaseIdentity, CaseScore, ScoredMetric } from './case.ts';
import { offeredLoad, type Offered, type OfferedLoad } from './offered.ts';

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
 * connection and U the share of the pool in use, the response time is exponential with mean S / (1 − U); the throughput
 * is what is offered. It knows no distribution of service, no phases in which requests are held, no replication and no fault.
 */
export class Textbook {
  readonly #load: OfferedLoad;

  constructor(played: Offered) {
    this.#load = offeredLoad(played);
  }

  /** Null where the textbook has nothing to say, or says that the queue grows for ever. */
  forecast(metric: string, phase: Phase): number | null {
    const { name, stat, labels } = parseMetricId(metric);
    const { class: operation = '', region = '' } = labels;
    if (name === 'throughput_per_s') return this.#load.ratePerSec(operation);
    if (name !== 'latency_ms' && name !== 'utilisation') return null;
    const pool = this.#load.pool(operation, region, phase);
    if (pool === null) return null;
    const { holdMs, inUse } = pool;
    if (name === 'utilisation') return Math.min(1, inUse);
    if (inUse >= 1) return null;
    return (holdMs / (1 - inUse)) * exponentialFactor(stat);
  }

  /** Mean service of the metric's class without links and waiting; null when the metric is not of one class. */
  serviceMs(metric: string): number | null {
    const { class: operation } = parseMetricId(metric).labels;
    return operation === undefined ? null : this.#load.serviceMs(operation);
  }
}

/** A statistic of an exponential law as a multiple of its mean. */
function exponentialFactor(stat: string): number {
  if (stat === 'mean') return 1;
  return -Math.log(1 - Number(stat.slice(1)) / 100);
}

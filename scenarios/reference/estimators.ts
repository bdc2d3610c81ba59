// Metric names → how to compute them from a batch. Each name is a pattern, because cases ask for any quantile, level
// or size. A family lists the groups that make sense for it; what no group knows is reported as unsupported.
import { Batch } from './batch.ts';
import type { Figure } from './documents.ts';
import type { ReferenceCase } from './schema.ts';

/** Facts of the model that some metrics are relative to. */
export interface EstimatorContext {
  /** A typical time of the model, like its mean service time. */
  readonly scaleMs: number;
  readonly servers: number;
  /** Capacity of a station that loses customers. */
  readonly capacity?: number;
  /** A constant service time, where there is one. */
  readonly constantMs?: number;
}

type Estimate = (batch: Batch) => number;

interface Estimator {
  readonly pattern: RegExp;
  /** Undefined when the context lacks what the metric is relative to. */
  make(argument: number, context: EstimatorContext): Estimate | undefined;
}

function estimator(
  pattern: RegExp,
  make: (argument: number, context: EstimatorContext) => Estimate | undefined,
): Estimator {
  return { pattern, make };
}

/** "95" → 0.95, "999" → 0.999. */
function levelOf(digits: number): number {
  return digits / 10 ** String(digits).length;
}

function variance(sum: number, squares: number, n: number): number {
  return squares / n - (sum / n) ** 2;
}

/** Waits of customers, where waiting and being served are apart. */
export const waitEstimators: readonly Estimator[] = [
  estimator(/^mean_wait(?:_accepted)?$/, () => (batch) => batch.waitSum / batch.customers),
  estimator(
    /^wait_var$/,
    () => (batch) => variance(batch.waitSum, batch.waitSquares, batch.customers),
  ),
  estimator(/^p_wait(?:_accepted)?$/, () => (batch) => batch.waited / batch.customers),
  estimator(
    /^wait(?:_accepted)?_p([1-9]\d*)$/,
    (digits) => (batch) => batch.waitQuantile(levelOf(digits)),
  ),
  estimator(/^p_wait_gt_(\d+)D$/, (times, { constantMs }) =>
    constantMs === undefined ? undefined : (batch) => batch.shareOfWaitsAbove(times * constantMs),
  ),
];

/** Whole stays of customers. */
export const sojournEstimators: readonly Estimator[] = [
  estimator(/^mean_sojourn(?:_accepted)?$/, () => (batch) => batch.sojournSum / batch.customers),
  estimator(
    /^sojourn_var$/,
    () => (batch) => variance(batch.sojournSum, batch.sojournSquares, batch.customers),
  ),
  estimator(
    /^sojourn(?:_accepted)?_p([1-9]\d*)$/,
    (digits) => (batch) => batch.sojournQuantile(levelOf(digits)),
  ),
];

/** Time averages over the number in the system. */
export const levelEstimators: readonly Estimator[] = [
  estimator(/^mean_number_in_system$/, () => (batch) => batch.levelMean((level) => level)),
  estimator(
    /^p_more_than_(\d+)_in_system$/,
    (bound) => (batch) => batch.levelMean((level) => (level > bound ? 1 : 0)),
  ),
  estimator(
    /^p_number_ge_(\d+)$/,
    (bound) => (batch) => batch.levelMean((level) => (level >= bound ? 1 : 0)),
  ),
  estimator(/^p_empty$/, () => (batch) => batch.levelMean((level) => (level === 0 ? 1 : 0))),
  estimator(
    /^(?:server_)?utilization$/,
    (_, { servers }) =>
      (batch) =>
        batch.levelMean((level) => Math.min(level, servers)) / servers,
  ),
];

/** Queue length where each server serves one customer at a time. */
export const queueEstimators: readonly Estimator[] = [
  estimator(
    /^mean_number_in_queue$/,
    (_, { servers }) =>
      (batch) =>
        batch.levelMean((level) => Math.max(0, level - servers)),
  ),
];

/** Stations that turn customers away. */
export const lossEstimators: readonly Estimator[] = [
  estimator(/^p_block_customer$/, () => (batch) => batch.blocked / batch.arrived),
  estimator(/^p_block_time$/, (_, { capacity }) =>
    capacity === undefined
      ? undefined
      : (batch) => batch.levelMean((level) => (level >= capacity ? 1 : 0)),
  ),
  estimator(/^throughput$/, () => (batch) => (batch.arrived - batch.blocked) / batch.spanMs),
];

/** Sojourn in proportion to size, which is what processor sharing is about. */
export const slowdownEstimators: readonly Estimator[] = [
  estimator(/^mean_slowdown$/, () => (batch) => batch.slowdownSum / batch.customers),
  estimator(/^mean_sojourn_given_size_(\d+(?:\.\d+)?)$/, (size) => (batch) => {
    const sizeClass = batch.sizes.get(size);
    return sizeClass === undefined ? Number.NaN : (size * sizeClass.ratioSum) / sizeClass.count;
  }),
];

/** Stations that serve in flushes; the level counts those who wait. */
export const flushEstimators: readonly Estimator[] = [
  estimator(/^mean_queue$/, () => (batch) => batch.levelMean((level) => level)),
  estimator(/^p_idle$/, () => (batch) => 1 - batch.busyMs / batch.spanMs),
  estimator(/^mean_batch_size$/, () => (batch) => batch.flushed / batch.flushes),
  estimator(/^commits_per_time$/, () => (batch) => batch.flushes / batch.spanMs),
];

/** The sizes by which a case's metrics ask for customers. */
export function sizesAskedFor({ metrics }: ReferenceCase): number[] {
  return Object.keys(metrics).flatMap((name) => {
    const size = /^mean_sojourn_given_size_(\d+(?:\.\d+)?)$/.exec(name)?.[1];
    return size === undefined ? [] : [Number(size)];
  });
}

/** A metric on its way through the batches. */
interface Series {
  readonly name: string;
  readonly estimate: Estimate;
  readonly batchValues: number[];
}

/** Takes in the batches of one run and gives the figures of all metrics that the estimators know. */
export class Estimation {
  readonly #whole: Batch;
  readonly #series: readonly Series[];

  constructor(
    { metrics }: ReferenceCase,
    estimators: readonly Estimator[],
    context: EstimatorContext,
  ) {
    this.#whole = new Batch(context.scaleMs);
    this.#series = Object.entries(metrics).flatMap(([name, { tolerance }]) => {
      if (tolerance.kind !== 'statistical') return [];
      const estimate = estimateOf(name, estimators, context);
      return estimate === undefined ? [] : [{ name, estimate, batchValues: [] }];
    });
  }

  take(batch: Batch): void {
    for (const { estimate, batchValues } of this.#series) batchValues.push(estimate(batch));
    this.#whole.merge(batch);
  }

  figures(): Map<string, Figure> {
    const whole = this.#whole;
    const length = { customers: whole.arrived, time: whole.spanMs };
    const figures = this.#series.map(({ name, estimate, batchValues }): [string, Figure] => [
      name,
      { method: 'simulated', value: estimate(whole), batchValues, length },
    ]);
    return new Map(figures);
  }
}

function estimateOf(
  name: string,
  estimators: readonly Estimator[],
  context: EstimatorContext,
): Estimate | undefined {
  for (const known of estimators) {
    const match = known.pattern.exec(name);
    if (match !== null) return known.make(Number(match[1]), context);
  }
  return undefined;
}

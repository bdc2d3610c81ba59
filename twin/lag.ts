// Replication lag as a primary knows it: for each standby, how far what it has confirmed as written, flushed and replayed
// is behind what the primary has flushed, in bytes and in time. Both worlds take samples of it at a steady pace, and the
// metrics are made of the samples here, by the same arithmetic.
import { assert } from '../engine/failure.ts';
import type { Phase } from './document.ts';
import type { Measurement } from './measurement.ts';
import { metricId } from './metrics.ts';

type Value = Measurement['values'][number];

/** What a standby confirms, each never ahead of the one before. */
export const lagPositions = ['written', 'flushed', 'replayed'] as const;
export type LagPosition = (typeof lagPositions)[number];

/** How far apart samples are, in both worlds. */
export const lagSampleEveryMs = 100;

/**
 * One look at one standby. `ms`: how long the newest confirmed log took from the primary's flush to its confirmation; null
 * while nothing was confirmed lately.
 */
export interface LagSample {
  readonly atMs: number;
  readonly replica: string;
  readonly bytes: Readonly<Record<LagPosition, number>>;
  readonly ms: Readonly<Record<LagPosition, number | null>>;
}

/** Median and 95 % quantile of each standby's lags in every phase; nothing where there is no sample. */
export function measureLag(
  samples: readonly LagSample[],
  spans: readonly (readonly [phase: Phase, fromMs: number, toMs: number])[],
): readonly Value[] {
  const replicas = [...new Set(samples.map(({ replica }) => replica))].toSorted();
  // Lags over several phases at once mix different situations and mean nothing by themselves.
  const phases = spans.filter(([phase]) => spans.length === 1 || phase !== 'all');
  return phases.flatMap(([phase, fromMs, toMs]) =>
    replicas.flatMap((replica) => {
      const inside = samples.filter(
        (one) => one.replica === replica && one.atMs >= fromMs && one.atMs < toMs,
      );
      return lagPositions.flatMap((position) => {
        const labels = { position, replica };
        const bytes = inside.map((one) => one.bytes[position]);
        const ms = inside.flatMap((one) => one.ms[position] ?? []);
        return [
          ...quantiles('lag_bytes', bytes, labels).map((value) => ({ ...value, phase })),
          ...quantiles('lag_ms', ms, labels).map((value) => ({ ...value, phase })),
        ];
      });
    }),
  );
}

function quantiles(
  name: 'lag_bytes' | 'lag_ms',
  observed: readonly number[],
  labels: Readonly<Record<string, string>>,
): readonly Omit<Value, 'phase'>[] {
  const n = observed.length;
  if (n === 0) return [];
  const ascending = observed.toSorted((a, b) => a - b);
  return (['p50', 'p95'] as const).map((stat) => {
    const rank = Math.ceil((stat === 'p50' ? 0.5 : 0.95) * n);
    const value = ascending[Math.max(0, rank - 1)];
    assert(value !== undefined, 'a rank of at least one observation exists');
    return { metric: metricId(name, stat, labels), value, n };
  });
}

// How exactly an ensemble tells what a scenario changes: the widest of the intervals of what becomes of the slowest requests.
import { UserError } from '../engine/failure.ts';
import { meanInterval, pairedInterval } from '../engine/statistics/intervals.ts';
import type { ReplicationResult } from './replication.ts';

export interface Precision {
  /** Half the width of each 95 % interval, as a share of what the value is without the scenario. */
  readonly halfWidth: number;
  /** Fresh executions, of which there are no more whatever they show. */
  readonly atMost: number;
}

/** Executions between two looks at what they show. */
export const executionsPerLook = 20;

/** Change of the 99 % quantiles of latency in the phase that follows the deeds: what lasts, and rests on many requests. */
const isLookedAt = (key: string): boolean => key.startsWith('after latency_ms.p99');

/**
 * The widest half-width of the 95 % intervals of the mean change, over classes and regions, relative to the value without
 * the scenario. At least two executions. Throws UserError('input') when no class is answered after the deeds.
 */
export function widestHalfWidth(fresh: readonly ReplicationResult[]): number {
  const keys = Object.keys(fresh[0]?.baseline ?? {}).filter(
    (key) =>
      isLookedAt(key) &&
      fresh.every(({ baseline, candidate }) => key in baseline && key in candidate),
  );
  if (keys.length === 0) {
    throw new UserError('input', {
      message:
        'no class has a p99 after the deeds of this scenario, so it cannot be told how exact it is',
      remedy: 'give the scenario a longer end, or leave the precision away',
    });
  }
  return Math.max(
    ...keys.map((key) => {
      const without = fresh.map(({ baseline }) => baseline[key] ?? 0);
      const changed = pairedInterval(
        without,
        fresh.map(({ candidate }) => candidate[key] ?? 0),
      );
      return (changed.high - changed.low) / 2 / meanInterval(without).mean;
    }),
  );
}

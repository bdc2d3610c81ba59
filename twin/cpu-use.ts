// How busy requests keep the processors of a node, as a running total over time: the model writes it at its events, the
// live driver reads it from the scheduler's statistics of its backends. Both worlds' metric is made of it here.
import type { Phase } from './document.ts';
import type { Fleet } from './estate/estate.ts';
import { metricId } from './metrics.ts';

/** Processor time in ms that requests on this node have used until each time (ascending, in ms since the load began). */
export interface CpuUse {
  readonly node: string;
  /** Processors that they may use. */
  readonly cores: number;
  readonly atMs: readonly number[];
  readonly busyMs: readonly number[];
}

interface CpuValue {
  readonly metric: string;
  readonly phase: Phase;
  readonly value: number;
  readonly n: number;
}

/** Whether processors are worth a metric: only computations fill them. */
export function fillsProcessors({ classes }: Pick<Fleet, 'classes'>): boolean {
  return classes.some(({ kind }) => kind === 'compute');
}

/**
 * The busy share of the processors of the node that worked most in each phase, which is the one that led. Nothing for phases in
 * which the leader changes: one node then works for part of the time only. `n` counts the looks at the total.
 */
export function measureCpu(
  uses: readonly CpuUse[],
  spans: readonly (readonly [phase: Phase, fromMs: number, toMs: number])[],
): CpuValue[] {
  const isCut = spans.length > 1;
  return spans.flatMap(([phase, fromMs, toMs]): CpuValue[] => {
    if (phase === 'during' || (isCut && phase === 'all')) return [];
    const shares = uses.map(({ cores, node, ...total }) => {
      const busyMs = busyUntil(total, toMs) - busyUntil(total, fromMs);
      const n = total.atMs.filter((atMs) => atMs >= fromMs && atMs <= toMs).length;
      return { node, value: busyMs / (toMs - fromMs) / cores, n };
    });
    const [most] = shares.toSorted((a, b) => b.value - a.value);
    if (most === undefined || most.n < 2) return [];
    const { node, value, n } = most;
    return [{ metric: metricId('cpu_utilisation', 'mean', { node }), phase, value, n }];
  });
}

/** The running total at a time: on straight lines between the looks, level before the first and after the last. */
function busyUntil({ atMs, busyMs }: Pick<CpuUse, 'atMs' | 'busyMs'>, timeMs: number): number {
  const next = atMs.findIndex((one) => one >= timeMs);
  if (next === 0) return busyMs[0] ?? 0;
  if (next === -1) return busyMs.at(-1) ?? 0;
  const [fromMs = 0, toMs = 0] = [atMs[next - 1], atMs[next]];
  const [from = 0, to = 0] = [busyMs[next - 1], busyMs[next]];
  return from + ((to - from) * (timeMs - fromMs)) / (toMs - fromMs);
}

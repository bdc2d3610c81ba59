// The experiment on computations: what they take by their rows when nobody else is there, and what the processors carry
// when there is always one more waiting.
import type { Trace } from '../../../twin/trace.ts';
import type { LoadSummary } from '../../load/summary.ts';
import { capacityText } from '../capacity.ts';
import {
  aloneComputations,
  closedLoop,
  fitCores,
  fitRows,
  fitWait,
  type ClosedLoop,
  type OpenLoop,
} from '../compute-fit.ts';
import { closedComputations, computationsOf, openComputations } from '../compute-load.ts';
import type { Bench, Effort, Experiment, Measured } from '../experiment.ts';
import { playLoad } from '../play-load.ts';
import { calmest } from '../service-runs.ts';

/** Closed loops make many observations in a short time: shares of the repetitions and of their length. */
const closedRepetitions = ({ repetitions }: Effort): number => Math.ceil(repetitions / 2);
const closedMs = ({ horizonMs }: Effort): number => 0.4 * horizonMs;

/** What a driver needs to start, to drain and to hand over its samples, beyond the time that it plays. */
const perLoadMs = 1_500;

const parameters = ['compute.fixedMs', 'compute.rowMs', 'compute.waitMs', 'cpu.cores'] as const;

export const compute: Experiment = {
  id: 'compute',
  method: (effort) =>
    [
      `computations in open loop at 8 and 30 % of a processor, ${effort.repetitions} × ${effort.horizonMs / 1000} s, a trimmed line through those that were alone, brought into line with their processor time`,
      `closed loops of one and of all connections, ${closedRepetitions(effort)} × ${closedMs(effort) / 1000} s each`,
    ].join('; '),
  parameters,
  needed: ({ fleet }) => (computationsOf(fleet).length > 0 ? parameters : []),
  because: ({ fleet }) =>
    computationsOf(fleet).length > 0
      ? `classes that compute: ${computationsOf(fleet)
          .map(({ id }) => id)
          .join(', ')}`
      : 'none of its classes computes',
  durationMs: (effort) =>
    effort.repetitions * (effort.horizonMs + perLoadMs) +
    2 * closedRepetitions(effort) * (closedMs(effort) + perLoadMs),
  run: async (bench) => {
    const processors = await measureProcessors(bench);
    return {
      ...(await measureRows(bench, processors['compute.waitMs']?.value ?? null)),
      ...processors,
    };
  },
};

async function measureRows(bench: Bench, waitMs: number | null): Promise<Measured> {
  const { fleet, effort, onProgress, signal } = bench;
  const { repetitions, horizonMs, warmupMs } = effort;
  const place = { ...bench, shard: bench.shard.id };
  const played = await calmest(repetitions, async (index, calm) => {
    signal?.throwIfAborted();
    onProgress(`computations, repetition ${calm + 1} of ${repetitions}`);
    const load = openComputations(fleet, index, horizonMs);
    const { samples, summary } = await playLoad(place, load);
    return {
      points: aloneComputations(load.trace, samples, warmupMs),
      account: accountOf(load.trace, summary),
      lagMs: summary.generatorLagP99Ms,
    };
  });
  const { fixed, row } = fitRows(played, waitMs);
  return { 'compute.fixedMs': fixed, 'compute.rowMs': row };
}

async function measureProcessors(bench: Bench): Promise<Measured> {
  const { fleet, lab, effort, onProgress, signal } = bench;
  const repetitions = closedRepetitions(effort);
  const pairs: { alone: ClosedLoop; full: ClosedLoop }[] = [];
  for (let repetition = 0; repetition < repetitions; repetition++) {
    signal?.throwIfAborted();
    onProgress(`processors, repetition ${repetition + 1} of ${repetitions}`);
    const alone = await playClosed(bench, 1, `alone-${repetition}`);
    const full = await playClosed(bench, fleet.pool.size, `full-${repetition}`);
    pairs.push({ alone, full });
  }
  const wait = fitWait(pairs.map(({ alone }) => alone));
  const cores = fitCores(pairs);
  if (cores !== null) onProgress(capacityText(cores.value, lab.placement));
  return {
    ...(wait === null ? {} : { 'compute.waitMs': wait }),
    ...(cores === null ? {} : { 'cpu.cores': cores }),
  };
}

async function playClosed(bench: Bench, connections: number, name: string): Promise<ClosedLoop> {
  const place = { ...bench, shard: bench.shard.id };
  const load = closedComputations(bench.fleet, connections, {
    name,
    horizonMs: closedMs(bench.effort),
  });
  const { samples, summary } = await playLoad(place, load);
  const [cpu] = summary.cpu?.byClass ?? [];
  return closedLoop(samples, cpu === undefined ? null : cpu.cpuMs / cpu.operations);
}

/** Every computation of a trace that came to its end, together. */
function accountOf({ size, count }: Trace, { cpu, sent }: LoadSummary): OpenLoop['account'] {
  if (cpu === null || sent !== count) return null;
  const cpuMs = cpu.byClass.reduce((sum, one) => sum + one.cpuMs, 0);
  return { operations: count, rows: size.reduce((sum, rows) => sum + rows, 0), cpuMs };
}

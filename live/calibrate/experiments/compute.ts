// The experiment on computations: what they take by their rows when nobody else is there, and what the processors carry
// when there is always one more waiting.
import type { Trace } from '../../../twin/trace.ts';
import type { LoadSummary } from '../../load/summary.ts';
import { capacityText } from '../capacity.ts';
import {
  aloneComputations,
  answeredMs,
  closedLoop,
  fitCores,
  fitRows,
  fitSlices,
  fitWait,
  type CommitTimes,
  type ClosedLoop,
  type OpenLoop,
} from '../compute-fit.ts';
import {
  closedComputations,
  commitClasses,
  commitsBeside,
  computationsOf,
  openComputations,
} from '../compute-load.ts';
import { parameterKinds } from '../../../twin/parameters.ts';
import type { Bench, Effort, Experiment, Measured, Subject } from '../experiment.ts';
import { playLoad } from '../play-load.ts';
import { calmest } from '../service-runs.ts';

/** Closed loops make many observations in a short time: shares of the repetitions and of their length. */
const closedRepetitions = ({ repetitions }: Effort): number => Math.ceil(repetitions / 2);
const closedMs = ({ horizonMs }: Effort): number => 0.4 * horizonMs;

/** Connections are made and processors warm by then. */
const warmMs = 300;

/** So that enough commits of both kinds are seen, however short the loops are. */
const commitsMs = (effort: Effort): number => Math.max(1_500, closedMs(effort));

/** What a driver needs to start, to drain and to hand over its samples, beyond the time that it plays. */
const perLoadMs = 1_500;

const ofComputations = ['compute.fixedMs', 'compute.rowMs', 'compute.waitMs', 'cpu.cores'] as const;
const ofCommitsBeside = ['cpu.sliceMs', 'standby.sliceMs'] as const;
const parameters = [...ofComputations, ...ofCommitsBeside];

export const compute: Experiment = {
  id: 'compute',
  method: (effort) =>
    [
      `computations in open loop at 8 and 30 % of a processor, ${effort.repetitions} × ${effort.horizonMs / 1000} s, a trimmed line through those that were alone, brought into line with their processor time`,
      `closed loops of one and of all connections, ${closedRepetitions(effort)} × ${closedMs(effort) / 1000} s each`,
      `where there are writes, commits alone and beside computations, as often and as long`,
    ].join('; '),
  parameters,
  needed: (subject) => {
    if (computationsOf(subject.fleet).length === 0) return [];
    return hasCommitsBeside(subject) ? parameters : ofComputations;
  },
  because: ({ fleet }) =>
    computationsOf(fleet).length > 0
      ? `classes that compute: ${computationsOf(fleet)
          .map(({ id }) => id)
          .join(', ')}`
      : 'none of its classes computes',
  durationMs: (effort) =>
    effort.repetitions * (effort.horizonMs + perLoadMs) +
    2 * closedRepetitions(effort) * (closedMs(effort) + perLoadMs) +
    2 * closedRepetitions(effort) * (commitsMs(effort) + perLoadMs),
  run: async (bench) => {
    const processors = await measureProcessors(bench);
    return {
      ...(await measureRows(bench, processors['compute.waitMs']?.value ?? null)),
      ...processors,
      ...(hasCommitsBeside(bench)
        ? await measureSlices(bench, processors['cpu.cores']?.value ?? 1)
        : {}),
    };
  },
};

/** Commits of both kinds can be played where there is a standby to wait for. */
function hasCommitsBeside({ fleet, shard }: Subject): boolean {
  return fleet.classes.some(({ kind }) => kind === 'write') && shard.syncRule !== null;
}

/** Commits alone and beside computations on every processor, in turn. */
async function measureSlices(bench: Bench, cores: number): Promise<Measured> {
  const { effort, onProgress, signal } = bench;
  const repetitions = closedRepetitions(effort);
  const pairs: { alone: CommitTimes; beside: CommitTimes }[] = [];
  const connections = Math.max(1, Math.round(cores));
  for (let repetition = 0; repetition < repetitions; repetition++) {
    signal?.throwIfAborted();
    onProgress(`slices, repetition ${repetition + 1} of ${repetitions}`);
    const alone = await playCommits(bench, 0, `commits-alone-${repetition}`);
    pairs.push({ alone, beside: await playCommits(bench, connections, `commits-${repetition}`) });
  }
  const { primary, standby } = fitSlices(pairs, parameterKinds['write.cpuMs'].defaultValue);
  return { 'cpu.sliceMs': primary, 'standby.sliceMs': standby };
}

async function playCommits(bench: Bench, connections: number, name: string): Promise<CommitTimes> {
  const { fleet, effort, shard } = bench;
  const load = commitsBeside(fleet, connections, { name, horizonMs: commitsMs(effort) });
  const { samples } = await playLoad({ ...bench, shard: shard.id }, load);
  const timesOf = (id: string): readonly number[] =>
    answeredMs(load.trace, samples, { id, warmupMs: warmMs });
  return { local: timesOf(commitClasses.local), on: timesOf(commitClasses.on) };
}

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

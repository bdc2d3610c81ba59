// From samples of computations to the parameters of the model: the line of time over rows, what of its constant is no
// processor time, and how many processors there really are. Pure arithmetic over what was played.
import { mean } from 'simple-statistics';
import { makeStream } from '../../engine/random.ts';
import { meanInterval } from '../../engine/statistics/intervals.ts';
import {
  lineIntervals,
  trimmedLine,
  type Line,
  type Point,
} from '../../engine/statistics/regression.ts';
import { quantileLevels } from '../../twin/estate/calibration.ts';
import { outcomes, type Samples } from '../../twin/samples.ts';
import type { Trace } from '../../twin/trace.ts';
import { UserError } from '../../engine/failure.ts';
import { summariseRepetitions, type Observed } from './repetitions.ts';

/** Fewest computations that a line is drawn through. */
const fewestPoints = 20;

/** On a busy host about this share of computations is left alone; accidents only ever lengthen the others. */
const undisturbedShare = 0.75;

/** Shares of observations at both ends that are somebody else's doing more often than not. */
const trimmedShare = 0.025;

/**
 * Rows and milliseconds of the computations that were alone on the servers from beginning to end, after the warm-up. A
 * choice by what others did, so it favours no outcome; at a light load it is most of them.
 */
export function aloneComputations(
  trace: Trace,
  { sentMs, doneMs, outcome }: Samples,
  warmupMs: number,
): readonly Point[] {
  const acknowledged = outcomes.indexOf('acknowledged');
  const bySent = Array.from({ length: trace.count }, (_, request) => request)
    .filter((request) => outcome[request] === acknowledged)
    .toSorted((a, b) => (sentMs[a] ?? 0) - (sentMs[b] ?? 0));
  let busyUntilMs = -Infinity;
  return bySent.flatMap((request, index): Point[] => {
    const [from, to] = [sentMs[request] ?? 0, doneMs[request] ?? 0];
    const isAlone = from >= busyUntilMs && to <= (sentMs[bySent[index + 1] ?? -1] ?? Infinity);
    busyUntilMs = Math.max(busyUntilMs, to);
    const counts = isAlone && (trace.atMs[request] ?? 0) >= warmupMs;
    return counts ? [[trace.size[request] ?? 0, to - from]] : [];
  });
}

/** What one repetition showed. */
export interface OpenLoop {
  readonly points: readonly Point[];
  /** Of all its computations: their processor time and their rows; null where the system does not tell. */
  readonly account: {
    readonly operations: number;
    readonly rows: number;
    readonly cpuMs: number;
  } | null;
}

/**
 * The line of time over rows. Where processor time is known, the part of the line that is not `waitMs` is brought into
 * line with it: neighbours lengthen wall times, and what they take away is no demand of the computations. Throws
 * UserError('environment') when too few were alone.
 */
export function fitRows(
  repetitions: readonly OpenLoop[],
  waitMs: number | null,
): { readonly fixed: Observed; readonly row: Observed } {
  const all = repetitions.flatMap(({ points }) => points);
  if (all.length < fewestPoints) throw tooFew(all.length);
  const line = trimmedLine(all, undisturbedShare);
  const besideMs = Math.min(waitMs ?? 0, line.intercept);
  const factors = repetitions.map(({ account }) =>
    account === null || waitMs === null ? 1 : account.cpuMs / demandMs(account, line, besideMs),
  );
  const factor = meanInterval(factors).mean;
  const intervals = lineIntervals(all, makeStream('calibration', 0, 'compute/bootstrap'), {
    keep: undisturbedShare,
  });
  const constantMs = (intercept: number): number =>
    Math.max(0, intercept - besideMs) * factor + besideMs;
  const fixed: Observed = {
    load: null,
    value: constantMs(line.intercept),
    n: all.length,
    interval90: [constantMs(intervals.intercept[0]), constantMs(intervals.intercept[1])],
    repetitions: repetitions.length,
    repetitionCv: 0,
    spreadCv: 0,
    quantiles: quantileLevels.map(() => constantMs(line.intercept)),
  };
  return {
    fixed: containing(fixed),
    row: rowOf(repetitions, { line, factors, factor, intervals }),
  };
}

/** Single computations spread about the line as their wall times do; repetitions differ by what they cost processors. */
function rowOf(
  repetitions: readonly OpenLoop[],
  fit: {
    readonly line: Line;
    readonly factors: readonly number[];
    readonly factor: number;
    readonly intervals: ReturnType<typeof lineIntervals>;
  },
): Observed {
  const { line, factors, factor, intervals } = fit;
  const perRow = repetitions.map(({ points }, repetition) => {
    const slopes = slopesOf(points, line.intercept);
    const median = slopes[slopes.length >> 1] ?? 1;
    return slopes.map((slope) => (slope / median) * line.slope * (factors[repetition] ?? 1));
  });
  const spread = summariseRepetitions(perRow.filter((slopes) => slopes.length > 0));
  const value = line.slope * factor;
  const [low, high] = intervals.slope;
  return containing({
    ...spread,
    value,
    interval90: [
      Math.min(spread.interval90[0], low * factor),
      Math.max(spread.interval90[1], high * factor),
    ],
    quantiles: spread.quantiles.map((one) => (one * value) / spread.value),
  });
}

/** What the line says that these computations asked of a processor. */
function demandMs(
  { operations, rows }: NonNullable<OpenLoop['account']>,
  { intercept, slope }: Line,
  besideMs: number,
): number {
  return operations * (intercept - besideMs) + rows * slope;
}

/** A closed loop's result: computations answered, from the first one's start to the last one's end. */
export interface ClosedLoop {
  readonly tookMs: readonly number[];
  readonly perSec: number;
  /** Processor time of one computation, where the system tells. */
  readonly cpuMs: number | null;
}

/** What a closed loop showed; computations that expired in its queue are no part of it. */
export function closedLoop({ sentMs, doneMs, outcome }: Samples, cpuMs: number | null): ClosedLoop {
  const acknowledged = outcomes.indexOf('acknowledged');
  const done = Array.from(sentMs.keys()).filter((request) => outcome[request] === acknowledged);
  if (done.length < fewestPoints) throw tooFew(done.length);
  const firstMs = Math.min(...done.map((request) => sentMs[request] ?? 0));
  const lastMs = Math.max(...done.map((request) => doneMs[request] ?? 0));
  return {
    tookMs: done.map((request) => (doneMs[request] ?? 0) - (sentMs[request] ?? 0)),
    perSec: (1_000 * done.length) / (lastMs - firstMs),
    cpuMs,
  };
}

/** What a lone computation takes beyond its processor time. Null where that is not known. */
export function fitWait(alone: readonly ClosedLoop[]): Observed | null {
  const waits = alone.flatMap(({ tookMs, cpuMs }) =>
    cpuMs === null ? [] : [trimmed(tookMs).map((ms) => Math.max(0, ms - cpuMs))],
  );
  return waits.length === 0 ? null : summariseRepetitions(waits);
}

/**
 * Processors that computations can keep busy: their rate when there is always one more waiting, times what one of them
 * costs when it is alone. Pairs of loops, one connection and many; null where processor time is not known.
 */
export function fitCores(
  pairs: readonly { readonly alone: ClosedLoop; readonly full: ClosedLoop }[],
): Observed | null {
  const cores = pairs.flatMap(({ alone, full }) =>
    alone.cpuMs === null ? [] : [[(full.perSec * alone.cpuMs) / 1_000]],
  );
  return cores.length === 0 ? null : summariseRepetitions(cores);
}

/** Times of commits alone and beside computations, of both kinds. */
export interface CommitTimes {
  readonly local: readonly number[];
  readonly on: readonly number[];
}

/**
 * How long a computation keeps its processor from who waited for a flush: twice what commits wait for it on average, since
 * flushes end at any moment of a slice. A commit that waits for a standby waits for its flush, too. `cpuMs`: what a commit
 * computes itself, which takes twice as long beside one computation. Pairs of loads.
 */
export function fitSlices(
  pairs: readonly { readonly alone: CommitTimes; readonly beside: CommitTimes }[],
  cpuMs: number,
): { readonly primary: Observed; readonly standby: Observed } {
  const longer = ({ alone, beside }: (typeof pairs)[number], kind: keyof CommitTimes): number =>
    mean([...trimmed(beside[kind])]) - mean([...trimmed(alone[kind])]) - cpuMs;
  const primaries = pairs.map((pair) => Math.max(0, longer(pair, 'local')));
  const standbys = pairs.map((pair, at) => Math.max(0, longer(pair, 'on') - (primaries[at] ?? 0)));
  return {
    primary: summariseRepetitions(primaries.map((ms) => [2 * ms])),
    standby: summariseRepetitions(standbys.map((ms) => [2 * ms])),
  };
}

/** Times of the requests of one class that were answered, after the warm-up. */
export function answeredMs(
  { classes, classOf, atMs, count }: Trace,
  { sentMs, doneMs, outcome }: Samples,
  { id, warmupMs }: { readonly id: string; readonly warmupMs: number },
): readonly number[] {
  const acknowledged = outcomes.indexOf('acknowledged');
  const times = Array.from({ length: count }, (_, request) => request)
    .filter((request) => classOf[request] === classes.indexOf(id))
    .filter((request) => outcome[request] === acknowledged && (atMs[request] ?? 0) >= warmupMs)
    .map((request) => (doneMs[request] ?? 0) - (sentMs[request] ?? 0));
  if (times.length < fewestPoints) throw tooFew(times.length);
  return times;
}

/** What one row took in each computation, without the constant: of the larger ones, in which it hardly counts. */
function slopesOf(points: readonly Point[], intercept: number): readonly number[] {
  const sizes = points.map(([size]) => size).toSorted((a, b) => a - b);
  const median = sizes[sizes.length >> 1] ?? 0;
  const large = points.filter(([size]) => size >= median);
  return trimmed(large.map(([size, took]) => Math.max(0, took - intercept) / size));
}

function trimmed(values: readonly number[]): readonly number[] {
  const cut = Math.floor(trimmedShare * values.length);
  return values.toSorted((a, b) => a - b).slice(cut, values.length - cut);
}

function containing(observed: Observed): Observed {
  const {
    value,
    interval90: [low, high],
  } = observed;
  return { ...observed, interval90: [Math.min(low, value), Math.max(high, value)] };
}

function tooFew(count: number): UserError {
  return new UserError('environment', {
    message: `only ${count} computations could be measured by themselves`,
    remedy: 'calibrate longer, or declare smaller computations',
  });
}

// From snapshots of a server's statistics to what calibration can honestly use. Nothing was done to the server, so
// nothing can be told that its own work did not show; every gap is named with its reason.
import { formatQuantity } from '../units.ts';
import { deriveParameters, momentsOf, type DeriveContext } from './derive-parameters.ts';
import { lognormalFrom, pool, type Moments } from './lognormal.ts';
import {
  isRequest,
  windowBetween,
  type CounterName,
  type ServerFacts,
  type Snapshot,
  type StatementActivity,
  type Window,
} from './snapshot.ts';
import type { ProductionStatistics, StatementGroup, Underivable } from './statistics.ts';

/** Statements with fewer calls are not told: their means are mostly chance. */
const fewestCalls = 30;

/** Most statements that are told, those that keep the server busiest. */
const mostGroups = 12;

const longestText = 90;

/** The document of an observation. Snapshots are in the order of time; two at least. */
export function deriveStatistics(
  facts: ServerFacts,
  snapshots: readonly Snapshot[],
  context: DeriveContext,
): ProductionStatistics {
  const between = snapshots.slice(1).map((after, index) => {
    const before = snapshots[index] ?? after;
    return windowBetween(before, after);
  });
  const windows = between.flatMap((one) => (one.kind === 'window' ? [one.window] : []));
  const lost = between.flatMap((one) => (one.kind === 'lost' ? [one.reason] : []));
  const { parameters, underivable } = deriveParameters(facts, windows, context);
  return {
    schema: 'premortem/production-statistics/v1',
    server: facts.name,
    database: facts.database,
    version: facts.version,
    settings: facts.settings,
    windowSeconds: windows.map(({ seconds }) => seconds),
    flow: flowOf(facts, windows),
    groups: groupsOf(windows),
    parameters,
    underivable: [
      ...lostWindows(lost, between.length),
      ...statementGaps(facts, windows),
      ...underivable,
    ],
  };
}

function flowOf(
  { settings }: ServerFacts,
  windows: readonly Window[],
): ProductionStatistics['flow'] {
  const seconds = windows.reduce((sum, window) => sum + window.seconds, 0);
  const total = (name: CounterName): number =>
    windows.reduce((sum, { counters }) => sum + counters[name], 0);
  const perSec = (amount: number): number => (seconds > 0 ? amount / seconds : 0);
  const requests = requestsIn(windows);
  const writes = requests?.filter(({ isWrite }) => isWrite) ?? [];
  const calls = (list: readonly StatementActivity[]): number =>
    list.reduce((sum, one) => sum + one.calls, 0);
  const writeCalls = calls(writes);
  const isTimed = settings['track_io_timing'] === 'on' && total('blockReads') > 0;
  return {
    commitsPerSec: perSec(total('commits')),
    rollbacksPerSec: perSec(total('rollbacks')),
    writesPerSec: requests === null ? null : perSec(writeCalls),
    readsPerSec: requests === null ? null : perSec(calls(requests) - writeCalls),
    walBytesPerSec: perSec(total('walBytes')),
    walBytesPerWrite:
      writeCalls > 0 ? writes.reduce((sum, one) => sum + one.walBytes, 0) / writeCalls : null,
    walFullPagesPerSec: perSec(total('walFullPages')),
    checkpoints: total('checkpoints'),
    checkpointMs: total('checkpointMs'),
    blockReadMs: isTimed ? total('blockReadMs') / total('blockReads') : null,
  };
}

/** Requests of all windows that tell of statements; null when none does. */
function requestsIn(windows: readonly Window[]): StatementActivity[] | null {
  const told = windows.flatMap(({ statements }) => (statements === null ? [] : [statements]));
  return told.length === 0 ? null : told.flat().filter(isRequest);
}

function groupsOf(windows: readonly Window[]): StatementGroup[] {
  const seconds = windows
    .filter(({ statements }) => statements !== null)
    .reduce((sum, window) => sum + window.seconds, 0);
  const byKey = Map.groupBy(requestsIn(windows) ?? [], ({ key }) => key);
  return [...byKey.values()]
    .map((activities) => groupOf(activities, seconds))
    .filter(({ calls }) => calls >= fewestCalls)
    .toSorted((a, b) => b.calls * b.meanMs - a.calls * a.meanMs)
    .slice(0, mostGroups);
}

function groupOf(activities: readonly StatementActivity[], seconds: number): StatementGroup {
  const { n, mean, deviation } = pool(activities.map(momentsOf));
  const { median, sigma } = lognormalFrom({ mean, deviation });
  const [first] = activities;
  const walBytes = activities.reduce((sum, one) => sum + one.walBytes, 0);
  return {
    text: oneLine(first?.text ?? ''),
    kind: first?.isWrite === true ? 'write' : 'read',
    calls: n,
    perSec: n / seconds,
    meanMs: mean,
    deviationMs: deviation,
    medianMs: median,
    sigma,
    walBytesPerCall: walBytes / n,
    asClass: asClass(n / seconds, { n, mean, deviation }),
  };
}

/** In the words of an estate's file. A job's size is in whole milliseconds, so shorter ones cannot be one. */
function asClass(perSec: number, { mean, deviation }: Moments): string | null {
  if (mean < 1) return null;
  const duration = formatQuantity('duration', rounded(mean));
  const size =
    deviation > 0
      ? `{ lognormal: { mean: ${duration}, cv: ${rounded(deviation / mean)} } }`
      : duration;
  return `{ kind: job, rate: ${formatQuantity('rate', rounded(perSec))}, size: ${size} }`;
}

function rounded(value: number): number {
  return Number(value.toPrecision(3));
}

function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > longestText ? `${line.slice(0, longestText - 1)}…` : line;
}

function lostWindows(lost: readonly string[], all: number): Underivable[] {
  if (lost.length === 0) return [];
  return [
    {
      what: `${lost.length} of ${all} windows`,
      why: [...new Set(lost)].join('; '),
      remedy: 'observe again',
      isPermission: false,
    },
  ];
}

function statementGaps(facts: ServerFacts, windows: readonly Window[]): Underivable[] {
  const what = 'service times and rates of statements';
  if (facts.withoutStatements !== null) {
    const { reason, isPermission } = facts.withoutStatements;
    return [{ what, why: reason, remedy: extensionRemedy, isPermission }];
  }
  const told = windows.flatMap(({ statements }) => (statements === null ? [] : [statements]));
  if (told.length < windows.length) {
    return [
      {
        what: `${what} in ${windows.length - told.length} of ${windows.length} windows`,
        why: 'the statistics of statements were reset meanwhile',
        remedy: 'observe again',
        isPermission: false,
      },
    ];
  }
  const hidden = told.flat().filter(({ text }) => text === null);
  if (hidden.length === 0) return [];
  return [
    {
      what: `${what} of other users`,
      why: `${hidden.reduce((sum, { calls }) => sum + calls, 0)} calls are of statements that this user may not read`,
      remedy: 'grant pg_read_all_stats to the user',
      isPermission: true,
    },
  ];
}

const extensionRemedy =
  'add pg_stat_statements to shared_preload_libraries, restart, and `create extension pg_stat_statements` in this database';

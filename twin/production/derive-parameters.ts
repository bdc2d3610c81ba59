// The model's parameters that a server's own statistics can tell, and the reason for each that they cannot.
import { parameterKinds, type ParameterPath } from '../parameters.ts';
import { addMoments, calibratedFrom, pool, type Moments } from './lognormal.ts';
import { isRequest, type ServerFacts, type StatementActivity, type Window } from './snapshot.ts';
import type { ProductionStatistics, Underivable } from './statistics.ts';

/** Fewer in a window are told by chance. */
const fewestPerWindow = 10;

/** Only the mean of flushes is counted; single ones are taken to spread as a parameter's default does. */
const flushCv = 0.3;

/** What is asked of the statistics for an estate. */
export interface DeriveContext {
  /** Parameters that its predictions rest on. */
  readonly needed: readonly ParameterPath[];
  /** Mean size of a row that its classes write; null: none writes. */
  readonly meanRowBytes: number | null;
}

/** What follows for parameters: a value, or a reason. */
type Derived = ProductionStatistics['parameters'] | Underivable;

/** Every parameter that the estate needs is in one of the two results. */
export function deriveParameters(
  facts: ServerFacts,
  windows: readonly Window[],
  { needed, meanRowBytes }: DeriveContext,
): Pick<ProductionStatistics, 'parameters' | 'underivable'> {
  if (facts.inRecovery) return { parameters: {}, underivable: [onStandby(needed)] };
  const results: Derived[] = [
    ...(needed.includes('wal.flushMs') ? [flushes(facts, windows)] : []),
    ...(needed.includes('write.localMs') ? [localWrites(facts, windows)] : []),
    ...(needed.includes('wal.fixedBytes') ? [logPerWrite(windows, meanRowBytes)] : []),
    ...neverTold(needed),
  ];
  return {
    parameters: Object.assign({}, ...results.filter((one) => !isGap(one))),
    underivable: results.filter(isGap),
  };
}

function isGap(derived: Derived): derived is Underivable {
  return 'why' in derived;
}

function gap(what: string, why: string, remedy: string | null = null): Underivable {
  return { what, why, remedy, isPermission: false };
}

function onStandby(needed: readonly ParameterPath[]): Underivable {
  return gap(
    needed.join(', '),
    'the server is a standby: it writes and flushes what its primary sent',
    'observe the primary',
  );
}

function flushes(facts: ServerFacts, windows: readonly Window[]): Derived {
  const what = 'wal.flushMs';
  const moments = windows.flatMap(flushMoments);
  if (facts.settings['track_wal_io_timing'] !== 'on') {
    return gap(what, 'flushes of the log are not timed', 'set track_wal_io_timing = on');
  }
  const method = facts.settings['wal_sync_method'] ?? '';
  if (method.startsWith('open_')) {
    return gap(what, `wal_sync_method = ${method} flushes as it writes`);
  }
  if (facts.settings['fsync'] === 'off') return gap(what, 'fsync = off: the log is not flushed');
  if (moments.length === 0 || moments.length < windows.length) return tooFew(what, 'flushes');
  return { 'wal.flushMs': calibratedFrom(moments, 'ms') };
}

function flushMoments({ counters }: Window): Moments[] {
  const { flushes: n, flushMs } = counters;
  if (n < fewestPerWindow || flushMs <= 0) return [];
  return [{ n, mean: flushMs / n, deviation: (flushCv * flushMs) / n }];
}

/**
 * Executing a write and flushing its commit: the time of a statement ends before its transaction is committed. What the
 * network and the client add is not in a server's statistics, so this is a lower bound.
 */
function localWrites(facts: ServerFacts, windows: readonly Window[]): Derived {
  const what = 'write.localMs';
  const executed = windows.flatMap(writeMoments);
  if (facts.withoutStatements !== null) return gap(what, 'statements are not told');
  if (windows.length === 0 || executed.length < windows.length) return tooFew(what, 'writes');
  const flushed = windows.flatMap(flushMoments);
  if (flushed.length < windows.length || 'why' in flushes(facts, windows)) {
    return gap(what, 'the flush of a commit is not in the time of its statement, and is not timed');
  }
  const sums = executed.flatMap((moments, index) => {
    const flush = flushed[index];
    return flush === undefined ? [] : [addMoments(moments, flush)];
  });
  return { 'write.localMs': calibratedFrom(sums, 'ms') };
}

function writeMoments({ statements }: Window): Moments[] {
  const writes = (statements ?? []).filter((one) => one.isWrite && isRequest(one));
  const moments = pool(writes.map(momentsOf));
  return moments.n < fewestPerWindow ? [] : [moments];
}

/**
 * Log per write statement, less what the row takes that the estate declares (at the default of log per byte of row). The mean of single statements is
 * not told, so windows alone tell how far it varies.
 */
function logPerWrite(windows: readonly Window[], meanRowBytes: number | null): Derived {
  const what = 'wal.fixedBytes';
  if (meanRowBytes === null) return gap(what, 'no class of the estate writes');
  const rowBytes = meanRowBytes * parameterKinds['wal.bytesPerByte'].defaultValue;
  const moments = windows.flatMap(({ statements }): Moments[] => {
    const writes = (statements ?? []).filter((one) => one.isWrite && isRequest(one));
    const n = writes.reduce((sum, one) => sum + one.calls, 0);
    if (n < fewestPerWindow) return [];
    const bytes = writes.reduce((sum, one) => sum + one.walBytes, 0) / n;
    return [{ n, mean: Math.max(0, bytes - rowBytes), deviation: 0 }];
  });
  if (moments.length === 0 || moments.length < windows.length) return tooFew(what, 'writes');
  return { 'wal.fixedBytes': calibratedFrom(moments, 'bytes') };
}

function tooFew(what: string, things: string): Underivable {
  return gap(
    what,
    `fewer than ${fewestPerWindow} ${things} in a window of the observation`,
    'observe a busier time, or longer with --seconds',
  );
}

/** What no server's statistics tell, however it is set. */
const reasons: readonly (readonly [pattern: RegExp, why: string])[] = [
  [
    /^write\.(sync|remote|off)/,
    'the wait of a commit is not in the time of its statement, and in production it holds the links’ delay',
  ],
  [/cpuMs$|^cpu\./, 'statistics tell the time that statements took, not the processor time in it'],
  [
    /^(job|compute|read)\./,
    'they hold what a client and its connection add, which a server does not see',
  ],
  [/^(promote|failover)\./, 'nobody promotes anything in an observation'],
  [/./, 'it takes an experiment on a lab'],
];

const toldHere: readonly ParameterPath[] = ['wal.flushMs', 'write.localMs', 'wal.fixedBytes'];

/** Each parameter under the first reason that is its own. */
function neverTold(needed: readonly ParameterPath[]): Underivable[] {
  const rest = needed.filter((path) => !toldHere.includes(path));
  const byReason = Map.groupBy(rest, (path) => reasons.find(([own]) => own.test(path))?.[1] ?? '');
  return Array.from(byReason, ([why, paths]) => gap(paths.join(', '), why));
}

export function momentsOf({ calls, meanMs, deviationMs }: StatementActivity): Moments {
  return { n: calls, mean: meanMs, deviation: deviationMs };
}

// What a server's statistics say at one moment, and what happened between two such moments. Counters only ever grow, so
// a difference is what was done in between, unless somebody reset them, the server was started anew or a statement was
// thrown out for want of room: such a window is left out with its reason.

/** What is known of a server before its counters are read. */
export interface ServerFacts {
  /** As people call it, without user and password. */
  readonly name: string;
  readonly majorVersion: number;
  readonly version: string;
  readonly database: string;
  /** A standby replays what others wrote. */
  readonly inRecovery: boolean;
  readonly settings: Readonly<Record<string, string>>;
  /** Why there are no statistics of statements; null: there are. */
  readonly withoutStatements: { readonly reason: string; readonly isPermission: boolean } | null;
}

/** Counters of one statement since it was first seen. Times in ms; deviation is of single calls. */
export interface StatementCounters {
  readonly key: string;
  /** Normalised text, null where it may not be read. */
  readonly text: string | null;
  readonly calls: number;
  readonly meanMs: number;
  readonly deviationMs: number;
  readonly walBytes: number;
  readonly walFullPages: number;
  /** When it began to be counted, where the version tells. */
  readonly since: string | null;
}

export interface Snapshot {
  readonly atMs: number;
  /** Whatever changes when counters begin anew: start of the server, resets of the views. */
  readonly epochs: { readonly server: string; readonly statements: string };
  readonly counters: {
    readonly flushes: number;
    readonly flushMs: number;
    readonly walBytes: number;
    readonly walFullPages: number;
    readonly commits: number;
    readonly rollbacks: number;
    readonly checkpoints: number;
    readonly checkpointMs: number;
    readonly blockReads: number;
    readonly blockReadMs: number;
  };
  /** null: the server does not tell. */
  readonly statements: readonly StatementCounters[] | null;
}

export type CounterName = keyof Snapshot['counters'];

/** Calls of one statement within a window. */
export interface StatementActivity extends Omit<StatementCounters, 'since'> {
  readonly isWrite: boolean;
}

/** What was done between two snapshots. */
export interface Window {
  readonly seconds: number;
  readonly counters: Snapshot['counters'];
  readonly statements: readonly StatementActivity[] | null;
}

/** What was done between two moments, or why that cannot be told. */
export type WindowOrReason =
  | { readonly kind: 'window'; readonly window: Window }
  | { readonly kind: 'lost'; readonly reason: string };

/** The window between two snapshots of one server. */
export function windowBetween(before: Snapshot, after: Snapshot): WindowOrReason {
  if (before.epochs.server !== after.epochs.server) {
    return lost('the server was started anew, or its statistics were reset, meanwhile');
  }
  const counters = Object.fromEntries(
    (Object.keys(before.counters) as CounterName[]).map((name) => [
      name,
      after.counters[name] - before.counters[name],
    ]),
  ) as Snapshot['counters'];
  if (Object.values(counters).some((grown) => grown < 0)) {
    return lost('a counter went back meanwhile');
  }
  const isReset = before.epochs.statements !== after.epochs.statements;
  const statements =
    isReset || before.statements === null || after.statements === null
      ? null
      : activities(before.statements, after.statements);
  const seconds = (after.atMs - before.atMs) / 1_000;
  if (seconds <= 0) return lost('the clock of the server went back meanwhile');
  return { kind: 'window', window: { seconds, counters, statements } };
}

function lost(reason: string): WindowOrReason {
  return { kind: 'lost', reason };
}

function activities(
  before: readonly StatementCounters[],
  after: readonly StatementCounters[],
): StatementActivity[] {
  const earlier = new Map(before.map((one) => [one.key, one]));
  return after.flatMap((one) => {
    const activity = activityOf(earlier.get(one.key), one);
    return activity === null ? [] : [activity];
  });
}

/**
 * Calls, mean and deviation of what came on top: sums of squares of two groups add up to that of all, together with what
 * their means differ by (Chan, Golub & LeVeque 1979). null when nothing came, or when it was counted anew in between.
 */
export function activityOf(
  before: StatementCounters | undefined,
  after: StatementCounters,
): StatementActivity | null {
  const isNew = before === undefined || before.since !== after.since;
  const earlier = isNew ? nothingYet(after) : before;
  const calls = after.calls - earlier.calls;
  const walBytes = after.walBytes - earlier.walBytes;
  if (calls <= 0 || walBytes < 0) return null;
  const meanMs = (after.calls * after.meanMs - earlier.calls * earlier.meanMs) / calls;
  const apart = meanMs - earlier.meanMs;
  const squares =
    after.calls * after.deviationMs ** 2 -
    earlier.calls * earlier.deviationMs ** 2 -
    (apart ** 2 * earlier.calls * calls) / after.calls;
  return {
    key: after.key,
    text: after.text,
    calls,
    // Rounding of what was summed for months may outweigh a few calls.
    meanMs: Math.max(0, meanMs),
    deviationMs: Math.sqrt(Math.max(0, squares) / calls),
    walBytes,
    walFullPages: Math.max(0, after.walFullPages - earlier.walFullPages),
    isWrite: isWrite(after),
  };
}

function nothingYet({ key, text, since }: StatementCounters): StatementCounters {
  return { key, text, since, calls: 0, meanMs: 0, deviationMs: 0, walBytes: 0, walFullPages: 0 };
}

/** What changes rows; a `with` may hide it. A read may write a little log, too, by setting hints. */
function isWrite({ text }: StatementCounters): boolean {
  return (
    text !== null &&
    /^\s*(insert|update|delete|merge)\b|^\s*with\b.*\b(insert into|update|delete from|merge into)\b/is.test(
      text,
    )
  );
}

/** Statements that serve requests: utility commands are neither, and their texts may hold secrets. */
export function isRequest({ text }: Pick<StatementCounters, 'text'>): boolean {
  return text !== null && /^\s*(select|with|insert|update|delete|merge|values|table)\b/i.test(text);
}

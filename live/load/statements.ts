// The statements that the driver plays, one per kind of class, and what an answer or an error says about a request's fate. The rule for
// writes: acknowledged only when the server said so without reservation, refused only when it surely did not commit,
// in doubt otherwise. A later check of the table relies on exactly that.
import { DatabaseError, type QueryConfig } from 'pg';
import { unreachable } from '../../engine/failure.ts';
import type { OperationKind } from '../../twin/estate/estate.ts';
import type { Outcome } from '../../twin/samples.ts';

/** A write's row body is cut from this text; it does not repeat within 61 characters, so pages hold real bytes. */
const bodyText = makeBodyText(65_536);

const insertText = `insert into orders (key, tenant, body)
  select $1::bigint, $2::text, $3::text where not exists (select from orders where key = $1::bigint)`;

/** Commits one row of `sizeBytes` under `key`; does nothing when the key is there already. */
function writeStatement(key: number, tenant: string, sizeBytes: number): QueryConfig {
  const body = bodyText.slice(0, Math.max(0, Math.round(sizeBytes)));
  return { name: 'premortem-write', text: insertText, values: [key, tenant, body] };
}

/**
 * Holds the connection for `sizeMs`, rounded up to whole milliseconds. Postgres rounds up itself, but what is left until a point in
 * time that a floating-point number of seconds can tell only to 0.12 µs: asked for 23 ms, it waits for 24. Half a
 * millisecond less is rounded to what was meant.
 */
function jobStatement(sizeMs: number): QueryConfig {
  const values = [Math.max(0, Math.ceil(sizeMs) - 0.5) / 1000];
  return { name: 'premortem-job', text: 'select pg_sleep($1::double precision)', values };
}

/**
 * Keeps a processor busy with this many rows: each is made, hashed twice and forgotten, so that the time is proportional to
 * their number; nothing is kept in memory, and nothing is read from or written to a table or a disk. (A series in the
 * `from` clause would be stored first, beyond `work_mem` on disk.)
 */
function computeStatement(rows: number): QueryConfig {
  const text = `select count(sha256(sha256(int8send(made)))) as rows
    from (select generate_series(1, $1::bigint) as made) as series`;
  return { name: 'premortem-compute', text, values: [Math.max(0, Math.round(rows))] };
}

/** Rows that the lab puts into the table for reads, with keys from 1. */
export const readableRows = 10_000;

/** Looks up one of these rows; which one follows from the request's number and jumps about. */
function readStatement(request: number): QueryConfig {
  // A prime step visits every row before it visits one twice.
  const key = ((request * 7_919) % readableRows) + 1;
  return { name: 'premortem-read', text: 'select body from items where key = $1', values: [key] };
}

/** What a request is about. */
export interface StatementFacts {
  readonly request: number;
  readonly key: number;
  readonly tenant: string;
  readonly size: number;
}

/** The statement of a request of this kind. */
export function statementOf(
  kind: OperationKind,
  { request, key, tenant, size }: StatementFacts,
): QueryConfig {
  switch (kind) {
    case 'write':
      return writeStatement(key, tenant, size);
    case 'job':
      return jobStatement(size);
    case 'compute':
      return computeStatement(size);
    case 'read':
      return readStatement(request);
    default:
      return unreachable(kind);
  }
}

/** Severity `ERROR` ends the statement only; `FATAL` and `PANIC` end the connection. */
export function isConnectionLost(error: Error): boolean {
  return !(error instanceof DatabaseError) || error.severity !== 'ERROR';
}

/** Codes by which a server says that it does not know whether the transaction was committed. */
const unknownCompletion = new Set(['40003', '08007']);

/** The fate of a request that ended with an error. */
export function outcomeOfError(kind: OperationKind, error: Error): Outcome {
  if (kind !== 'write') return 'refused';
  if (isConnectionLost(error)) return 'in-doubt';
  const { code } = error as DatabaseError;
  return code !== undefined && unknownCompletion.has(code) ? 'in-doubt' : 'refused';
}

/**
 * A commit whose wait for its standby was cancelled is answered as a success, with a warning before it: committed here,
 * perhaps nowhere else.
 */
export function isReservation(notice: { severity?: string | undefined }): boolean {
  return notice.severity === 'WARNING';
}

/** Name by which an error is counted: the SQLSTATE, or the system's error code. */
export function errorKind(error: Error): string {
  if ('code' in error && typeof error.code === 'string' && error.code !== '') return error.code;
  return 'connection-lost';
}

/** Text that does not repeat soon: a linear congruential generator (Numerical Recipes), written in base 36. */
function makeBodyText(length: number): string {
  let state = 1;
  let text = '';
  while (text.length < length) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    text += state.toString(36);
  }
  return text.slice(0, length);
}

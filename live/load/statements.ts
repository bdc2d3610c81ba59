// The two statements that the driver plays, and what an answer or an error says about a request's fate. The rule for
// writes: acknowledged only when the server said so without reservation, refused only when it surely did not commit,
// in doubt otherwise. A later check of the table relies on exactly that.
import { DatabaseError, type QueryConfig } from 'pg';
import type { Outcome } from '../../twin/samples.ts';

/** A write's row body is cut from this text; it does not repeat within 61 characters, so pages hold real bytes. */
const bodyText = makeBodyText(65_536);

const insertText = `insert into orders (key, tenant, body)
  select $1::bigint, $2::text, $3::text where not exists (select from orders where key = $1::bigint)`;

/** Commits one row of `sizeBytes` under `key`; does nothing when the key is there already. */
export function writeStatement(key: number, tenant: string, sizeBytes: number): QueryConfig {
  const body = bodyText.slice(0, Math.max(0, Math.round(sizeBytes)));
  return { name: 'premortem-write', text: insertText, values: [key, tenant, body] };
}

/** Holds the connection for `sizeMs`; Postgres rounds the wait up to whole milliseconds. */
export function jobStatement(sizeMs: number): QueryConfig {
  const values = [sizeMs / 1000];
  return { name: 'premortem-job', text: 'select pg_sleep($1::double precision)', values };
}

/** Severity `ERROR` ends the statement only; `FATAL` and `PANIC` end the connection. */
export function isConnectionLost(error: Error): boolean {
  return !(error instanceof DatabaseError) || error.severity !== 'ERROR';
}

/** Codes by which a server says that it does not know whether the transaction was committed. */
const unknownCompletion = new Set(['40003', '08007']);

/** The fate of a request that ended with an error. */
export function outcomeOfError(kind: 'write' | 'job', error: Error): Outcome {
  if (kind === 'job') return 'refused';
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

// Waiting for something that can only be asked: in short steps, with a deadline, and with a sentence that says what did
// not happen.
import { setTimeout as sleep } from 'node:timers/promises';

/** Long enough to leave the processors to the servers, short enough not to be seen in a step's duration. */
const pollEveryMs = 2;

/**
 * The first answer that is not null. `deadlineMs` is in the time of `performance.now()`; after it an Error is thrown that
 * reads "<what> within the limit".
 */
export async function waitUntil<T>(
  what: string,
  deadlineMs: number,
  ask: () => Promise<T | null>,
): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (answer !== null) return answer;
    if (performance.now() > deadlineMs) throw new Error(`${what} within the limit`);
    await sleep(pollEveryMs);
  }
}

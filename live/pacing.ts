// Sub-millisecond alarm for the load driver and the delay proxy. `setTimeout` counts whole milliseconds and overshoots
// by up to one; spinning would take a core from the servers under test. So a worker thread sleeps until shortly before
// the due time (pacing-thread.ts) and wakes this thread, which spins for the last tenth of a millisecond at most.
// One alarm per object; queues of due times belong to the caller.
import { existsSync, writeFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { monotonicMs, SharedAlarm, type AlarmData } from './pacing-alarm.ts';

/** How long before the due time the sleeper wakes us: its own wake-up and the message take 60 µs at the median. */
const leadMs = 0.06;

/** A wake-up that comes earlier than this was meant for an earlier arming, or the clocks were compared badly. */
const spinLimitMs = 0.12;

/** Linux may delay a sleeper by 50 µs to save power; a thread inherits the limit from the one that starts it. */
const timerSlackFile = '/proc/self/timerslack_ns';

export class PreciseTimer {
  readonly #onDue: () => void;
  readonly #worker: Worker;
  readonly #alarm = new SharedAlarm();
  /** Monotonic time minus `performance.now()` of this thread. */
  readonly #offsetMs: number;
  #dueMs = Infinity;
  #closed = false;

  /** `onDue` runs on this thread, once per arming, never before the due time. */
  constructor(onDue: () => void) {
    this.#onDue = onDue;
    reduceTimerSlack();
    const [originSec] = process.hrtime();
    this.#offsetMs = measureOffset(originSec);
    const workerData: AlarmData = { buffer: this.#alarm.buffer, originSec, leadMs };
    this.#worker = new Worker(new URL('./pacing-thread.ts', import.meta.url), { workerData });
    this.#worker.on('message', () => this.#wake());
    this.#worker.unref();
  }

  /**
   * Asks for one call of `onDue` at `dueMs` (`performance.now()` of this thread) and forgets any earlier arming. A due
   * time in the past fires as soon as the event loop turns. `Infinity` disarms.
   */
  armAt(dueMs: number): void {
    if (this.#closed || dueMs === this.#dueMs) return;
    this.#dueMs = dueMs;
    this.#alarm.set(dueMs + this.#offsetMs);
  }

  /** Ends the thread; no call of `onDue` follows. */
  close(): void {
    this.#closed = true;
    this.#dueMs = Infinity;
    this.#alarm.close();
  }

  #wake(): void {
    if (this.#dueMs - performance.now() > spinLimitMs) {
      // The thread has spoken for this arming, so without another one nobody would ever wake us.
      if (this.#dueMs < Infinity) this.#alarm.set(this.#dueMs + this.#offsetMs);
      return;
    }
    while (performance.now() < this.#dueMs);
    this.#dueMs = Infinity;
    this.#onDue();
  }
}

/** The two clocks are read one after the other; the largest of some differences had the shortest gap between. */
function measureOffset(originSec: number): number {
  let offsetMs = -Infinity;
  for (let round = 0; round < 100; round++) {
    offsetMs = Math.max(offsetMs, monotonicMs(originSec) - performance.now());
  }
  return offsetMs;
}

/** Best effort: where a container forbids it, wake-ups are 50 µs later, which the recorded lag shows. */
function reduceTimerSlack(): void {
  if (process.platform !== 'linux' || !existsSync(timerSlackFile)) return;
  try {
    writeFileSync(timerSlackFile, '1000');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'EACCES' && code !== 'EPERM' && code !== 'EROFS') throw error;
  }
}

// The memory that a PreciseTimer shares with its sleeping thread: one due time and a counter of its changes. Every
// change of the due time bumps the counter and notifies the sleeper, so an earlier due time cuts a sleep short.

/** What the thread is started with. `originSec` is where both threads count the monotonic clock from. */
export interface AlarmData {
  readonly buffer: SharedArrayBuffer;
  readonly originSec: number;
  readonly leadMs: number;
}

const closedMark = -1;

/** The monotonic clock, which all threads share, in ms since `originSec`. `performance.now()` differs per thread. */
export function monotonicMs(originSec: number): number {
  const [sec, nanos] = process.hrtime();
  return (sec - originSec) * 1000 + nanos / 1e6;
}

export class SharedAlarm {
  readonly buffer: SharedArrayBuffer;
  readonly #changes: Int32Array<SharedArrayBuffer>;
  readonly #dueMs: Float64Array<SharedArrayBuffer>;

  /** Makes new memory, disarmed, or looks at that of another thread. */
  constructor(buffer?: SharedArrayBuffer) {
    this.buffer = buffer ?? new SharedArrayBuffer(16);
    this.#changes = new Int32Array(this.buffer, 0, 1);
    this.#dueMs = new Float64Array(this.buffer, 8, 1);
    if (buffer === undefined) this.#dueMs[0] = Infinity;
  }

  /** Sets the due time, in ms of the monotonic clock. */
  set(dueMs: number): void {
    this.#dueMs[0] = Math.max(dueMs, 0);
    Atomics.add(this.#changes, 0, 1);
    Atomics.notify(this.#changes, 0);
  }

  close(): void {
    this.#dueMs[0] = closedMark;
    Atomics.add(this.#changes, 0, 1);
    Atomics.notify(this.#changes, 0);
  }

  /** The counter is read before the due time, so a change in between makes the next `sleep` return at once. */
  read(): { change: number; dueMs: number; closed: boolean } {
    const change = Atomics.load(this.#changes, 0);
    const dueMs = this.#dueMs[0] ?? Infinity;
    return { change, dueMs, closed: dueMs === closedMark };
  }

  /** Blocks this thread until the due time changes or `limitMs` have passed. Not for the main thread. */
  sleep(change: number, limitMs: number): void {
    Atomics.wait(this.#changes, 0, change, limitMs);
  }
}

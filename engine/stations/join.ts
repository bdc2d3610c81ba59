// Waiting for several at once: a job forks into parts, and goes on when as many as it needs are done (all of them: fork-join;
// fewer: a quorum). What the others do afterwards is nobody's business here.
import { assert } from '../failure.ts';

export class Join {
  readonly #onJoined: (job: number) => void;
  /** Parts that each job still waits for. */
  readonly #missing = new Map<number, number>();

  /** `onJoined` is called within the `done` that was the last one needed. */
  constructor(onJoined: (job: number) => void) {
    this.#onJoined = onJoined;
  }

  /** Jobs that still wait. */
  get waiting(): number {
    return this.#missing.size;
  }

  /** A job begins that needs so many parts. Its number is free again once it has joined. */
  fork(job: number, needed: number): void {
    assert(Number.isInteger(needed) && needed > 0, `a job waits for parts from 1, not ${needed}`);
    assert(!this.#missing.has(job), `job ${job} has forked already`);
    this.#missing.set(job, needed);
  }

  /** A part of a job is done. */
  done(job: number): void {
    const missing = this.#missing.get(job);
    if (missing === undefined) return;
    if (missing > 1) {
      this.#missing.set(job, missing - 1);
      return;
    }
    this.#missing.delete(job);
    this.#onJoined(job);
  }
}

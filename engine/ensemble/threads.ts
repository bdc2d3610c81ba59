// Ensembles on worker threads (Piscina): the one file of the core that starts threads. The pool lives until it is
// disposed; results are the same as those of the runner in this thread, for any number of workers.
import { Piscina } from 'piscina';
import { assert, UserError } from '../failure.ts';
import type { Job, Runner, RunOptions } from './runner.ts';
import type { Task, TaskOutcome } from './task.ts';

/** Worker entry, beside this file: `.ts` in a checkout, `.js` in a build. */
const taskFile = new URL(
  import.meta.url.endsWith('.ts') ? './task.ts' : './task.js',
  import.meta.url,
);

/** Starts a pool of `workers` threads. Dispose of it (`await using`) to end them. */
export function threadRunner(workers: number): Runner & AsyncDisposable {
  assert(Number.isInteger(workers) && workers > 0, `a pool needs workers from 1, not ${workers}`);
  const threads = new Threads(workers);
  return {
    run: (job, options) => threads.run(job, options),
    [Symbol.asyncDispose]: () => threads.end(),
  };
}

class Threads {
  readonly #workers: number;
  readonly #pool: Piscina<Task, TaskOutcome>;
  /** Set once a task was cut off: its worker's answer may still be on its way. */
  #hasCutOff = false;

  constructor(workers: number) {
    this.#workers = workers;
    this.#pool = new Piscina<Task, TaskOutcome>({
      filename: taskFile.href,
      name: 'runTask',
      minThreads: workers,
      maxThreads: workers,
      // Waiting on Atomics between tasks would keep a worker from hearing anything else.
      atomics: 'disabled',
    });
    this.#pool.on('error', (error: Error) => {
      const isLateAnswer = this.#hasCutOff && error.message.startsWith('Unexpected message');
      if (!isLateAnswer) throw error;
    });
  }

  async run<Input, Result>(
    { module, name, inputs }: Job<Input>,
    { signal, onResult }: RunOptions<Result> = {},
  ): Promise<Result[]> {
    signal?.throwIfAborted();
    const noteCutOff = (): void => void (this.#hasCutOff = true);
    signal?.addEventListener('abort', noteCutOff, { once: true });
    const results = Array.from<Result>({ length: inputs.length });
    const waiting = inputs.entries();
    let hasFailed = false;
    // One lane per worker draws from the same list. A failed lane stops the others after the task that they are at.
    const lane = async (): Promise<void> => {
      for (const [index, input] of waiting) {
        try {
          const task = { module: module.href, name, input };
          const result = (await this.#runTask(task, signal)) as Result;
          results[index] = result;
          onResult?.(index, result);
        } catch (error) {
          hasFailed = true;
          throw error;
        }
        if (hasFailed) return;
      }
    };
    const lanes = await Promise.allSettled(Array.from({ length: this.#workers }, lane));
    signal?.removeEventListener('abort', noteCutOff);
    signal?.throwIfAborted();
    for (const outcome of lanes) if (outcome.status === 'rejected') throw outcome.reason;
    return results;
  }

  async end(): Promise<void> {
    this.#hasCutOff = true;
    await this.#pool.destroy();
  }

  async #runTask(task: Task, signal: AbortSignal | undefined): Promise<unknown> {
    const outcome = await this.#pool.run(task, signal === undefined ? {} : { signal });
    if (outcome.kind === 'mistaken') throw new UserError(outcome.code, outcome.mistakes);
    return outcome.result;
  }
}

// Ensembles on worker threads (Piscina): the one file of the core that starts threads. The pool lives until it is
// disposed; results are the same as those of the runner in this thread, for any number of workers.
import { Piscina } from 'piscina';
import type { Job, Runner, RunOptions } from './runner.ts';
import type { Task } from './task.ts';

/** Worker entry, beside this file: `.ts` in a checkout, `.js` in a build. */
const taskFile = new URL(
  import.meta.url.endsWith('.ts') ? './task.ts' : './task.js',
  import.meta.url,
);

/** Starts a pool of `workers` threads. Dispose of it (`await using`) to end them. */
export function threadRunner(workers: number): Runner & AsyncDisposable {
  const pool = new Piscina<Task, unknown>({
    filename: taskFile.href,
    name: 'runTask',
    minThreads: workers,
    maxThreads: workers,
    maxQueue: Infinity,
    // Waiting on Atomics between tasks would keep a worker from hearing anything else.
    atomics: 'disabled',
  });
  return {
    run: (job, options) => runOnPool(pool, job, options),
    [Symbol.asyncDispose]: () => pool.destroy(),
  };
}

async function runOnPool<Input, Result>(
  pool: Piscina<Task, unknown>,
  job: Job<Input>,
  options: RunOptions<Result> = {},
): Promise<Result[]> {
  options.signal?.throwIfAborted();
  const stop = new AbortController();
  const signal =
    options.signal === undefined ? stop.signal : AbortSignal.any([options.signal, stop.signal]);
  const tasks = job.inputs.map(async (input, index) => {
    const task = { module: job.module.href, name: job.name, input };
    const result = (await pool.run(task, { signal })) as Result;
    options.onResult?.(index, result);
    return result;
  });
  try {
    return await Promise.all(tasks);
  } catch (error) {
    // The first error ends the run: the other tasks must not keep the workers busy.
    stop.abort();
    await Promise.allSettled(tasks);
    options.signal?.throwIfAborted();
    throw error;
  }
}

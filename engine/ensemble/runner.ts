// Ensembles: the same function on many inputs, results in the order of the inputs. Where it runs is the runner's
// business: in this thread here, on worker threads in threads.ts. A job names its function by module and export, so
// that any thread can load it; inputs and results must survive structured cloning.
import { assert } from '../failure.ts';

export interface Job<Input> {
  /** Module that exports the function. */
  readonly module: URL;
  /** Name of the exported function: (input) → result, synchronous or not. */
  readonly name: string;
  readonly inputs: readonly Input[];
}

export interface RunOptions<Result> {
  /** Ends the run early; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called once per result, in whatever order they finish: for progress, never for sums. */
  readonly onResult?: (index: number, result: Result) => void;
}

export interface Runner {
  /** Resolves to one result per input, in order. Rejects with the first error; nothing goes on after that. */
  run<Input, Result>(job: Job<Input>, options?: RunOptions<Result>): Promise<Result[]>;
}

/** Loads the function that a job names. */
export async function loadFunction(
  module: string,
  name: string,
): Promise<(input: unknown) => unknown> {
  const exports: Readonly<Record<string, unknown>> = await import(module);
  const found = exports[name];
  assert(typeof found === 'function', `${module} exports no function ${name}`);
  return (input) => Reflect.apply(found, undefined, [input]);
}

/** Lets timers and signals in between two inputs. */
function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Runs one input after the other in this thread. */
export const inProcessRunner: Runner = {
  async run<Input, Result>(job: Job<Input>, options: RunOptions<Result> = {}): Promise<Result[]> {
    const compute = await loadFunction(job.module.href, job.name);
    const results: Result[] = [];
    for (const [index, input] of job.inputs.entries()) {
      options.signal?.throwIfAborted();
      // The job's author vouches for the type: a module named by URL has none.
      const result = (await compute(input)) as Result;
      results.push(result);
      options.onResult?.(index, result);
      await breathe();
    }
    return results;
  },
};

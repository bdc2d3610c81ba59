// What a worker thread does: load the module named by the task and call its function on one input. Modules stay
// loaded, so only the first task of a worker pays for the import.
import { UserError, type ErrorCode, type Mistake } from '../failure.ts';
import { loadFunction } from './runner.ts';

export interface Task {
  readonly module: string;
  readonly name: string;
  readonly input: unknown;
}

/** What a task came to. A user's mistake is data on its way between threads: cloning an error keeps its text only. */
export type TaskOutcome =
  | { readonly kind: 'done'; readonly result: unknown }
  | {
      readonly kind: 'mistaken';
      readonly code: ErrorCode;
      readonly mistakes: readonly Mistake[];
    };

/**
 * The worker's entry, called by threads.ts through the pool.
 * @public
 */
export async function runTask(task: Task): Promise<TaskOutcome> {
  const compute = await loadFunction(task.module, task.name);
  try {
    return { kind: 'done', result: await compute(task.input) };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { kind: 'mistaken', code: error.code, mistakes: error.mistakes };
  }
}

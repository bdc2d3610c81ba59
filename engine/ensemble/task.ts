// What a worker thread does: load the module named by the task and call its function on one input. Modules stay
// loaded, so only the first task of a worker pays for the import.
import { loadFunction } from './runner.ts';

export interface Task {
  readonly module: string;
  readonly name: string;
  readonly input: unknown;
}

/**
 * The worker's entry, called by threads.ts through the pool.
 * @public
 */
export async function runTask(task: Task): Promise<unknown> {
  const compute = await loadFunction(task.module, task.name);
  return compute(task.input);
}

// Sequential stopping: as many replications as an answer needs, and not one that depends on how fast they were. Looks at the
// results happen after fixed numbers of replications, so that any number of workers stops at the same one.
import { assert } from '../failure.ts';
import type { Job, Runner, RunOptions } from './runner.ts';

export interface Sequence<Input, Result> extends Pick<Job<Input>, 'module' | 'name'> {
  /** What replication `index`, from 0, is given. */
  readonly inputOf: (index: number) => Input;
  /**
   * Replications between two looks, and before the first. Not too few: an interval that is looked at after every replication
   * is short by luck sooner or later (Law 2015, sec. 9.4.1).
   */
  readonly step: number;
  readonly atMost: number;
  /** Whether these results, in the order of their replications, are enough. */
  readonly isEnough: (results: readonly Result[]) => boolean;
}

interface SequenceResults<Result> {
  /** In the order of the replications; when interrupted, those before the first that is missing. */
  readonly results: readonly Result[];
  readonly ended: 'enough' | 'most' | 'interrupted';
}

/** Runs until a look finds enough, or there are as many as may be. An abort ends it early, with what there is by then. */
export async function runSequence<Input, Result>(
  runner: Runner,
  { module, name, inputOf, step, atMost, isEnough }: Sequence<Input, Result>,
  { signal, onResult }: RunOptions<Result> = {},
): Promise<SequenceResults<Result>> {
  assert(
    Number.isInteger(step) && step > 0,
    `a look comes after 1 replication or more, not ${step}`,
  );
  const results: Result[] = [];
  while (results.length < atMost) {
    const first = results.length;
    const inputs = Array.from({ length: Math.min(step, atMost - first) }, (_, at) =>
      inputOf(first + at),
    );
    const arrived = new Map<number, Result>();
    const note = (at: number, result: Result): void => {
      arrived.set(at, result);
      onResult?.(first + at, result);
    };
    const options = signal === undefined ? {} : { signal };
    try {
      const job = { module, name, inputs };
      results.push(...(await runner.run<Input, Result>(job, { ...options, onResult: note })));
    } catch (error) {
      if (signal?.aborted !== true) throw error;
      return { results: [...results, ...unbroken(arrived)], ended: 'interrupted' };
    }
    if (isEnough(results)) return { results, ended: 'enough' };
  }
  return { results, ended: 'most' };
}

/** Results from index 0 up to the first that is missing. */
function unbroken<Result>(arrived: ReadonlyMap<number, Result>): readonly Result[] {
  const results: Result[] = [];
  for (let at = 0; arrived.has(at); at++) results.push(arrived.get(at) as Result);
  return results;
}

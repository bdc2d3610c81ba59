// One ensemble, three ways to run it: the results must not know which. And it must stop when told to.
import { describe, expect, test } from 'vitest';
import { inProcessRunner, runSequence, type Runner } from '../../engine/index.ts';
import { threadRunner } from '../../engine/ensemble/threads.ts';
import type { QueueInput } from './jobs/ensemble-jobs.ts';

const module = new URL('./jobs/ensemble-jobs.ts', import.meta.url);
const inputs = Array.from({ length: 12 }, (_, replication): QueueInput => ({
  seed: 'e',
  replication,
}));
const runQueue = { module, name: 'runQueue', inputs };

async function withThreads<T>(workers: number, use: (runner: Runner) => Promise<T>): Promise<T> {
  await using runner = threadRunner(workers);
  return await use(runner);
}

test('results are the same in process, on one worker and on two, in the order of the inputs', async () => {
  const expected = await inProcessRunner.run(runQueue);
  expect(expected).toHaveLength(12);
  expect(new Set(expected.map((result) => JSON.stringify(result))).size).toBe(12);
  for (const workers of [1, 2]) {
    expect(await withThreads(workers, (runner) => runner.run(runQueue))).toEqual(expected);
  }
});

test('every result is reported once, with its index', async () => {
  const run = async (runner: Runner): Promise<void> => {
    const seen = new Map<number, unknown>();
    const results = await runner.run(runQueue, {
      onResult: (index, result) => {
        expect(seen.has(index)).toBe(false);
        seen.set(index, result);
      },
    });
    expect(results.map((_, index) => seen.get(index))).toEqual(results);
  };
  await run(inProcessRunner);
  await withThreads(2, run);
});

test('the first error ends the run, and the pool can be used again', async () => {
  const job = { module, name: 'failAtThree', inputs: [1, 2, 3, 4] };
  await expect(inProcessRunner.run(job)).rejects.toThrow('three is right out');
  await withThreads(1, async (runner) => {
    await expect(runner.run(job)).rejects.toThrow('three is right out');
    expect(await runner.run({ ...job, inputs: [5, 6] })).toEqual([5, 6]);
  });
});

test("a user's mistake stays one on its way out of a worker", async () => {
  const job = { module, name: 'refuse', inputs: ['teapot'] };
  const mistake = {
    name: 'UserError',
    code: 'refused',
    mistakes: [{ message: 'no teapot here', remedy: 'look elsewhere' }],
  };
  await expect(inProcessRunner.run(job)).rejects.toMatchObject(mistake);
  await withThreads(1, (runner) => expect(runner.run(job)).rejects.toMatchObject(mistake));
});

test('a function that the module does not export is named', async () => {
  const job = { module, name: 'missing', inputs: [1] };
  await expect(inProcessRunner.run(job)).rejects.toThrow('exports no function missing');
  await withThreads(1, (runner) =>
    expect(runner.run(job)).rejects.toThrow('exports no function missing'),
  );
});

test('an aborted run ends although its worker is in the middle of a computation', async () => {
  const abort = new AbortController();
  const reason = new Error('the user changed their mind');
  await withThreads(1, async (runner) => {
    const job = { module, name: 'spin', inputs: [10, 1e15, 10] };
    const run = runner.run(job, { signal: abort.signal, onResult: () => abort.abort(reason) });
    await expect(run).rejects.toThrow('changed their mind');
    expect(await runner.run({ ...job, inputs: [10] })).toHaveLength(1);
  });
});

test('an aborted run in process ends before the next input', async () => {
  const abort = new AbortController();
  let results = 0;
  const run = inProcessRunner.run(runQueue, {
    signal: abort.signal,
    onResult: () => {
      results++;
      abort.abort(new Error('enough'));
    },
  });
  await expect(run).rejects.toThrow('enough');
  expect(results).toBe(1);
  await expect(
    withThreads(1, (runner) => runner.run(runQueue, { signal: abort.signal })),
  ).rejects.toThrow('enough');
});

describe('a sequence', () => {
  const sequence = {
    module,
    name: 'runQueue',
    inputOf: (replication: number): QueueInput => ({ seed: 'e', replication }),
    step: 4,
    atMost: 12,
  };

  test('stops at the same replication on any number of workers', async () => {
    const first = await inProcessRunner.run<QueueInput, unknown>(runQueue);
    const looks: number[] = [];
    const isEnough = (results: readonly unknown[]): boolean => {
      looks.push(results.length);
      return results.length >= 5;
    };
    for (const workers of [1, 2, 3]) {
      const found = await withThreads(workers, (runner) =>
        runSequence(runner, { ...sequence, isEnough }),
      );
      expect(found).toEqual({ results: first.slice(0, 8), ended: 'enough' });
    }
    expect(looks).toEqual([4, 8, 4, 8, 4, 8]);
  });

  test('is at most as long as it may be', async () => {
    const isEnough = (): boolean => false;
    const found = await runSequence(inProcessRunner, { ...sequence, atMost: 10, isEnough });
    expect(found.ended).toBe('most');
    expect(found.results).toEqual(
      await inProcessRunner.run({ ...runQueue, inputs: inputs.slice(0, 10) }),
    );
  });

  test('that is interrupted keeps what it has, up to the first result that is missing', async () => {
    const expected = await inProcessRunner.run(runQueue);
    const abort = new AbortController();
    const seen: number[] = [];
    const found = await withThreads(2, (runner) =>
      runSequence(
        runner,
        { ...sequence, isEnough: () => false },
        {
          signal: abort.signal,
          onResult: (index) => {
            seen.push(index);
            if (seen.length === 6) abort.abort(new Error('enough'));
          },
        },
      ),
    );
    expect(found.ended).toBe('interrupted');
    expect(found.results).toEqual(expected.slice(0, found.results.length));
    const missing = expected.findIndex((_, index) => !seen.includes(index));
    expect(found.results).toHaveLength(missing);
  });

  test('that fails says why', async () => {
    const failing = { ...sequence, name: 'failAtThree', inputOf: (index: number) => index };
    await expect(
      runSequence(inProcessRunner, { ...failing, isEnough: () => false }),
    ).rejects.toThrow('three is right out');
  });
});

// Same seed, same digest: on any runner, on any number of threads, in whatever order they finish, and in another process.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { inProcessRunner, type Runner } from '../engine/ensemble/runner.ts';
import { threadRunner } from '../engine/ensemble/threads.ts';
import { writeTrace } from '../twin/trace.ts';
import { predictLibrary } from './fixtures/library.ts';
import { predict } from './fixtures/scenario.ts';

const here = await predict({ seed: '1' });

/** Runs the inputs last to first, and still answers in their order. */
const backwardsRunner: Runner = {
  async run(job, options) {
    const inputs = job.inputs.toReversed();
    const results = await inProcessRunner.run<(typeof inputs)[number], unknown>(
      { ...job, inputs },
      options === undefined || options.signal === undefined ? {} : { signal: options.signal },
    );
    return results.toReversed() as never;
  },
};

const script = fileURLToPath(new URL('./fixtures/digest-process.ts', import.meta.url));

/** What a process of its own says of a prediction. */
async function elsewhere(...words: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [script, ...words]);
  return stdout;
}

describe('the same seed gives the same prediction', () => {
  it('again', async () => {
    const { prediction, trace } = await predict({ seed: '1' });
    expect(prediction).toEqual(here.prediction);
    expect(writeTrace(trace)).toEqual(writeTrace(here.trace));
  });

  it.each([1, 2])('on %d worker threads', async (workers) => {
    await using runner = threadRunner(workers);
    const { prediction } = await predict({ seed: '1', runner });
    expect(prediction).toEqual(here.prediction);
  });

  it('when its replications run in another order', async () => {
    const { prediction } = await predict({ seed: '1', runner: backwardsRunner });
    expect(prediction).toEqual(here.prediction);
  });

  it('in another process', async () => {
    const { digest, fingerprint } = here.prediction;
    expect(await elsewhere('1')).toBe(`${digest} ${fingerprint}\n`);
  });

  it.each(['lab/promote-eu', 'lab/primary-crash', 'lab/copy-tenant'])(
    'of %s in another process, on two workers',
    async (name) => {
      const { digest, fingerprint } = await predictLibrary(name, '1');
      expect(await elsewhere('1', name)).toBe(`${digest} ${fingerprint}\n`);
    },
  );
});

describe('another seed gives another prediction', () => {
  it('in its digest, its trace and its fingerprint', async () => {
    const { prediction } = await predict({ seed: '2' });
    expect(prediction.digest).not.toBe(here.prediction.digest);
    expect(prediction.trace).not.toBe(here.prediction.trace);
    expect(prediction.fingerprint).not.toBe(here.prediction.fingerprint);
  });
});

describe('more replications', () => {
  it('leave the earlier ones as they were', async () => {
    const more = await predict({ seed: '1', rehearsals: 7 });
    expect(more.prediction.metrics.map(({ baseline }) => baseline)).toEqual(
      here.prediction.metrics.map(({ baseline }) => baseline),
    );
    expect(more.prediction.trace).toBe(here.prediction.trace);
  });
});

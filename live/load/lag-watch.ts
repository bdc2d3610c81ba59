// The driver's eye on replication: a thread of its own with connections of its own, because looking must share no event
// loop with requests that are sent to the moment. This side starts it and ends it; `lag-thread.ts` looks.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { LoadConfig } from './config.ts';
import { lagFile } from './lag-file.ts';
import type { LagThreadData } from './lag-thread.ts';

/** A thread that does not end by then is ended; its file is whole up to the last look but one. */
const endLimitMs = 2_000;

export class LagWatch {
  readonly #worker: Worker | null;

  /** Begins to look at once. A configuration without observed nodes has nothing to look at. */
  constructor({ observed, database, user, outDirectory }: LoadConfig) {
    if (observed.length === 0) {
      this.#worker = null;
      return;
    }
    const workerData: LagThreadData = { observed, database, user, file: lagFile(outDirectory) };
    this.#worker = new Worker(new URL('./lag-thread.ts', import.meta.url), { workerData });
    // Without its eye a run plays on: lags are then missing, and whoever reads the file sees that.
    this.#worker.on('error', (error) => process.stderr.write(`lag: ${error.message}\n`));
  }

  /** Resolves when all that was seen is in the file. */
  async close(): Promise<void> {
    const worker = this.#worker;
    if (worker === null || worker.threadId === -1) return;
    const ended = once(worker, 'exit');
    worker.postMessage('end');
    const patience = new Promise<void>((resolve) => setTimeout(resolve, endLimitMs).unref());
    await Promise.race([ended, patience]);
    await worker.terminate();
  }
}

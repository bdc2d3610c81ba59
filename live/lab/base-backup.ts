// A copy of a running server's data as it travels in earnest: Postgres' own base backup over the replication protocol, on the
// way that the standby's log takes. The packaged binaries have no pg_basebackup, so this receives it. A thread of its own
// unpacks, because the loop that asks for it also carries everybody's requests.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { BackupThreadData, CopyWay } from './base-backup-thread.ts';

export type { CopyWay };

/** `directory`: empty, and where the files go. `owner`: whom they belong to; null: whoever asks. */
export type BackupOrder = BackupThreadData;

/** Resolves with the bytes that were sent when every file is there. Rejects with what the server or the disk said. */
export async function receiveBackup(order: BackupOrder): Promise<{ readonly bytes: number }> {
  const worker = new Worker(new URL('./base-backup-thread.ts', import.meta.url), {
    workerData: order,
  });
  const result = once(worker, 'message');
  const ended = once(worker, 'exit').then((): never => {
    throw new Error('the thread that receives a copy ended before it');
  });
  const [bytes] = (await Promise.race([result, ended])) as [number];
  // It ends after its result as well, which is no news any more.
  ended.catch(() => undefined);
  return { bytes };
}

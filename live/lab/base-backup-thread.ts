// The thread that receives a base backup and unpacks it: a tar archive in the messages of one COPY (Postgres 15 and later,
// protocol documentation, "BASE_BACKUP"). The log that the copy needs is kept for the standby by its slot, and comes with
// the stream.
import { once } from 'node:events';
import { constants, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { Client, type Connection, type Submittable } from 'pg';
import { Unpack } from 'tar';
import { Proxy, type Route } from '../proxy/proxy.ts';

/** Where the copy comes from, on the loopback; `delayMs`: one way, what the port does not add by itself. */
export interface CopyWay {
  readonly port: number;
  readonly delayMs: number;
}

export interface BackupThreadData {
  readonly way: CopyWay;
  readonly user: string;
  readonly directory: string;
  readonly owner: { readonly uid: number; readonly gid: number } | null;
  /** As the server is told; it takes whole kilobytes. */
  readonly bytesPerSec: number;
}

/** First byte of the messages within the COPY that hold a part of the archive. */
const archiveData = 'd'.charCodeAt(0);

/** Files of the source that say who it is and whom it follows: the copy gets its own. */
const skipped = new Set(['upstream.conf', 'standby.signal', 'recovery.signal']);

/** A query for the protocol's sake: `pg` hands it every message that answers it. */
class BackupQuery implements Submittable {
  readonly #text: string;
  readonly #archive: Unpack;
  readonly #done: (error: Error | null) => void;
  #bytes = 0;

  constructor(text: string, archive: Unpack, done: (error: Error | null) => void) {
    this.#text = text;
    this.#archive = archive;
    this.#done = done;
  }

  get bytes(): number {
    return this.#bytes;
  }

  submit(connection: Connection): void {
    connection.query(this.#text);
  }

  handleCopyData({ chunk }: { readonly chunk: Buffer }, { stream }: Connection): void {
    if (chunk[0] !== archiveData) return;
    this.#bytes += chunk.length - 1;
    // The chunk is a window on a buffer that is used again.
    if (this.#archive.write(Buffer.from(chunk.subarray(1)))) return;
    stream.pause();
    this.#archive.once('drain', () => stream.resume());
  }

  handleError(error: Error): void {
    this.#done(error);
  }

  handleReadyForQuery(): void {
    this.#archive.end();
    this.#done(null);
  }

  // Positions, tablespaces and the end of each part: nothing that the copy needs.
  handleRowDescription(): void {}
  handleDataRow(): void {}
  handleCommandComplete(): void {}
  handleEmptyQuery(): void {}
}

const order = workerData as BackupThreadData;

async function receive(): Promise<number> {
  const proxy = new Proxy();
  try {
    const between = ['there', 'here'] as const;
    proxy.setLinks([{ between, delayMs: order.way.delayMs, bandwidthBytesPerSec: null }]);
    return await receiveFrom(await proxy.open({ from: 'here', to: 'there', port: order.way.port }));
  } finally {
    await proxy.close();
  }
}

async function receiveFrom({ host, port }: Pick<Route, 'host' | 'port'>): Promise<number> {
  const { user, bytesPerSec } = order;
  const kilobytesPerSec = Math.round(bytesPerSec / 1_024);
  // `replication` is an option of the start-up message that the types do not know.
  const client = new Client({ host, port, user, replication: 'true' } as object);
  await client.connect();
  try {
    const archive = new Unpack({
      cwd: order.directory,
      filter: (path) => !skipped.has(path),
      // A file that cannot be written ends the copy; otherwise it would only be missing.
      strict: true,
      preserveOwner: false,
      ...order.owner,
    });
    const unpacked = once(archive, 'close');
    const text = `BASE_BACKUP (LABEL 'premortem', CHECKPOINT 'fast', WAL false, MANIFEST 'no', MAX_RATE ${kilobytesPerSec})`;
    const sent = new Promise<number>((resolve, reject) => {
      const query = new BackupQuery(text, archive, (error) => {
        if (error === null) resolve(query.bytes);
        else reject(error);
      });
      client.on('error', reject);
      client.query(query);
    });
    const [bytes] = await Promise.all([sent, unpacked]);
    return bytes;
  } finally {
    await client.end();
  }
}

// Whoever receives a copy is another machine in earnest: here this thread gives way to all that serves requests.
setPriority(constants.priority.PRIORITY_LOW);
parentPort?.postMessage(await receive());

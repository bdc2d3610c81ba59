// What the first write on a connection costs a new primary more than later ones. Its backend was opened while the server was
// a standby: it knows the statement, but has never written, and looks up then what writing needs (relations, indexes, free space).
import { performance } from 'node:perf_hooks';
import { Client } from 'pg';
import { assert } from '../../engine/failure.ts';
import { median } from 'simple-statistics';
import { tryWrite } from '../load/connection.ts';
import type { LabInfo } from '../lab/lab-info.ts';

/** How many connections are tried: one may meet a commit of somebody else, hardly half of them. */
const connections = 4;

/** Writes on each after its first, until nothing is new to it. */
const laterWrites = 3;

/** The application's connections to a standby, which has learned the statement on them. The caller ends them. */
export async function openUnused(lab: LabInfo, standby: string): Promise<readonly Client[]> {
  const node = lab.nodes.find(({ id }) => id === standby);
  assert(node !== undefined, `the lab has a node ${standby}`);
  const { host, port } = node;
  const { name: database, user } = lab.database;
  return Promise.all(
    Array.from({ length: connections }, async () => {
      const client = new Client({ host, port, database, user, application_name: 'premortem-load' });
      // A server that dies is told by the query that fails.
      client.on('error', () => undefined);
      await client.connect();
      await tryWrite(client);
      return client;
    }),
  );
}

/** In ms: the median, over these connections, of the first write less the typical later one. The server takes writes now. */
export async function firstUseMs(unused: readonly Client[]): Promise<number> {
  const extras: number[] = [];
  for (const client of unused) {
    const first = await timed(client);
    const later: number[] = [];
    for (let round = 0; round < laterWrites; round++) later.push(await timed(client));
    extras.push(Math.max(0, first - median(later)));
  }
  return median(extras);
}

async function timed(client: Client): Promise<number> {
  const beganMs = performance.now();
  await tryWrite(client);
  return performance.now() - beganMs;
}

// The lab's last resort, a process of its own: it holds the end of a pipe to the daemon, and when the pipe closes without
// a farewell (kill -9, a crash) it ends the daemon's children, servers among them, and removes what the lab created.
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { endProcess, type ProcessIdentity } from '../processes.ts';
import { removeStale } from './claim.ts';

/** What the daemon says: a child to watch, or that it has cleaned up itself. */
const messageSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('watch'),
    pid: z.int().positive(),
    startTime: z.string(),
    signal: z.enum(['SIGTERM', 'SIGQUIT']),
  }),
  z.strictObject({ kind: z.literal('farewell') }),
]);

export type WatchdogMessage = z.infer<typeof messageSchema>;

/** How a child is ended: SIGQUIT is Postgres' immediate shutdown, which also frees its shared memory. */
export type WatchdogSignal = 'SIGTERM' | 'SIGQUIT';

const graceMs = 5_000;

async function main(stateDir: string): Promise<void> {
  const children: { identity: ProcessIdentity; signal: WatchdogSignal }[] = [];
  for await (const line of createInterface({ input: process.stdin })) {
    const message = messageSchema.parse(JSON.parse(line));
    if (message.kind === 'farewell') return;
    const { pid, startTime, signal } = message;
    children.push({ identity: { pid, startTime }, signal });
  }
  await Promise.all(children.map(({ identity, signal }) => endProcess(identity, signal, graceMs)));
  await removeStale(stateDir);
}

// Ctrl-C in a terminal goes to a whole group of processes; this one must outlive the others.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
await main(process.argv[2] ?? '.');

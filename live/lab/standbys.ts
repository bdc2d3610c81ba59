// Waiting for the standbys of a shard that is brought up: nobody may use it before all of them are there.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { UserError } from '../../engine/failure.ts';
import type { Shard } from '../../twin/estate/estate.ts';

const attachLimitMs = 20_000;
const pollEveryMs = 5;

/**
 * Waits until every replica streams and the sync rule is met, by the word of the primary behind `admin`. Throws
 * UserError('environment') when they take too long.
 */
export async function waitForStandbys(
  admin: Client,
  { id, replicas, syncRule }: Pick<Shard, 'id' | 'replicas' | 'syncRule'>,
  logDirectory: string,
): Promise<void> {
  const deadlineMs = performance.now() + attachLimitMs;
  for (;;) {
    const { rows } = await admin.query<{ streaming: number; waited: number }>(
      `select count(*)::int as streaming,
          count(*) filter (where sync_state in ('sync', 'quorum'))::int as waited
         from pg_stat_replication where state = 'streaming'`,
    );
    const { streaming, waited } = rows[0] ?? { streaming: 0, waited: 0 };
    if (streaming >= replicas.length && waited >= (syncRule?.count ?? 0)) return;
    if (performance.now() > deadlineMs) {
      throw new UserError('environment', {
        message: `${id}: ${streaming} of ${replicas.length} standbys attached within ${attachLimitMs} ms`,
        remedy: `look at the servers' logs in ${logDirectory}`,
      });
    }
    await sleep(pollEveryMs);
  }
}

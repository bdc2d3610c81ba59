// Log that practice leaves behind. Every promotion begins a timeline, and every standby then writes a whole segment of 16 MB
// for it. Where a host takes back what its virtual machine does not use, memory that was never used before costs several
// times as much as memory that just became free: a practice that only ever takes more would measure that, from its
// seventh promotion on, and predict it of promotions that meet nothing of the kind. So old log goes before each.
import type { Client } from 'pg';
import { nodesOf, type Shard } from '../../twin/estate/estate.ts';
import { waitReplay } from '../bridge/postgres-verbs.ts';
import { openNode } from '../bridge/postgres.ts';
import type { LabInfo } from '../lab/lab-info.ts';

const replayLimitMs = 10_000;

/** From now on no server of a shard keeps log that nobody is waiting for; `keepOldLog` ends it. */
export async function keepNoOldLog(lab: LabInfo, shard: Shard): Promise<void> {
  await everywhere(lab, shard, async (client) => {
    await client.query('alter system set wal_keep_size = 0');
    await client.query('select pg_reload_conf()');
  });
}

/** The servers of a shard keep as much log as the lab told them to. */
export async function keepOldLog(lab: LabInfo, shard: Shard): Promise<void> {
  await everywhere(lab, shard, async (client) => {
    await client.query('alter system reset wal_keep_size');
    await client.query('select pg_reload_conf()');
  });
}

/** Every server of a shard throws away what is older than the segment that begins now. */
export async function discardOldLog(lab: LabInfo, shard: Shard, primary: string): Promise<void> {
  const leader = await openNode(lab, primary);
  try {
    await leader.query('select pg_switch_wal()');
    // A standby can only take over the checkpoints of its primary.
    await leader.query('checkpoint');
    await everywhere(lab, shard, async (client, node) => {
      if (node === primary) return;
      await waitReplay(leader, client, replayLimitMs);
      await client.query('checkpoint');
    });
  } finally {
    await leader.end();
  }
}

async function everywhere(
  lab: LabInfo,
  shard: Shard,
  ask: (client: Client, node: string) => Promise<unknown>,
): Promise<void> {
  for (const { id } of nodesOf(shard)) {
    const client = await openNode(lab, id);
    try {
      await ask(client, id);
    } finally {
      await client.end();
    }
  }
}

// Holds the driver's log of writes against the table on the current primary: the proof that no acknowledged write was
// lost and none is there twice. It reads both and changes neither.
import type { Client } from 'pg';
import { readWriteLog, type WriteOutcome } from './write-log.ts';

/** The keys of one run: `from` inclusive, `to` exclusive. */
export interface KeyRange {
  readonly from: number;
  readonly to: number;
}

export interface WriteCheck {
  /** Writes that the driver saw acknowledged. */
  readonly acknowledged: number;
  /** Different keys of the range that are in the table. */
  readonly present: number;
  /** Acknowledged and not there. */
  readonly lost: number;
  /** Rows beyond the first of their key. */
  readonly duplicates: number;
  /** Of the writes in doubt, those that are there. Either is right; more than there are in doubt cannot be. */
  readonly inDoubtPresent: number;
  /** Refused and there all the same: a server that said no and meant yes. */
  readonly refusedPresent: number;
}

/** Compares log and table. `client` is connected to the primary of the shard. */
export async function checkWrites(
  client: Pick<Client, 'query'>,
  outDirectory: string,
  { from, to }: KeyRange,
): Promise<WriteCheck> {
  const rows = await countRows(client, { from, to });
  const keysWith = new Map<WriteOutcome, Set<number>>();
  for (const { key, outcome } of await readWriteLog(outDirectory)) {
    const keys = keysWith.get(outcome) ?? new Set();
    keysWith.set(outcome, keys.add(key));
  }
  const keys = (outcome: WriteOutcome): readonly number[] =>
    [...(keysWith.get(outcome) ?? [])].filter((key) => key >= from && key < to);
  const present = (outcome: WriteOutcome): number =>
    keys(outcome).filter((key) => rows.has(key)).length;
  const acknowledged = keys('acknowledged').length;
  return {
    acknowledged,
    present: rows.size,
    lost: acknowledged - present('acknowledged'),
    duplicates: [...rows.values()].reduce((sum, count) => sum + count - 1, 0),
    inDoubtPresent: present('in-doubt'),
    refusedPresent: present('refused'),
  };
}

/** How many rows each key of the range has. */
async function countRows(
  client: Pick<Client, 'query'>,
  { from, to }: KeyRange,
): Promise<ReadonlyMap<number, number>> {
  const { rows } = await client.query<{ key: string; count: string }>(
    'select key, count(*) as count from orders where key >= $1 and key < $2 group by key',
    [from, to],
  );
  return new Map(rows.map(({ key, count }) => [Number(key), Number(count)]));
}

// What a synchronous rule makes of its standbys' confirmations: the slowest of the first k that are attached, or the k-th
// fastest of all of them. Postgres does the same with positions of the log (src/backend/replication/syncrep.c).
import { assert } from '../../engine/failure.ts';
import type { SyncRule } from '../estate/estate.ts';

/** The attached standbys whose confirmations count, in the order of the rule; null when they are too few. */
export function countedStandbys(
  { method, count, nodes }: SyncRule,
  isAttached: (node: string) => boolean,
): readonly string[] | null {
  const attached = nodes.filter(isAttached);
  if (attached.length < count) return null;
  return method === 'first' ? attached.slice(0, count) : attached;
}

/** The moment by which as many confirmations are there as the rule wants, of those that count. */
export function moment({ count }: SyncRule, confirmedMs: readonly number[]): number {
  if (confirmedMs.length === count) return Math.max(...confirmedMs);
  const found = confirmedMs.toSorted((a, b) => a - b)[count - 1];
  assert(found !== undefined, `${count} confirmations can be expected`);
  return found;
}

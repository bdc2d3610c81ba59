// Who replaces a dead primary: pure, so that the twin chooses as the monitor of real servers does, and so that the claim
// that nothing acknowledged is lost can be tested on every estate that can be drawn.
import type { CommitMode, Shard } from '../estate/estate.ts';

/** A standby that answered: how much of its dead primary's log it has on disk, in bytes from the log's beginning. */
export interface StandbyPosition {
  readonly node: string;
  readonly flushedBytes: number;
}

export type Choice =
  | { readonly kind: 'chosen'; readonly node: string; readonly because: string }
  | { readonly kind: 'none'; readonly because: string };

/** Commit modes in which a commit is acknowledged only when a standby has its record. */
const waitingModes: ReadonlySet<CommitMode> = new Set(['remote_write', 'on', 'remote_apply']);

/** Does every acknowledged write of this shard exist on a standby, whenever its primary dies? */
export function keepsEveryWrite({
  syncRule,
  commitMode,
}: Pick<Shard, 'syncRule' | 'commitMode'>): boolean {
  return syncRule !== null && waitingModes.has(commitMode);
}

/**
 * The standby that is furthest, among those that may hold what commits waited for; of equals the one that stands first in
 * the rule (or in the estate). Every acknowledged write is on `count` members of the rule, so it is on one of any
 * members − count + 1 of them; and since a log that goes further holds all of one that does not go as far, the furthest of
 * so many holds every acknowledged write. With fewer answers nobody is promoted: an outage ends, a lost write does not.
 */
export function chooseCandidate(
  shard: Pick<Shard, 'syncRule' | 'commitMode'>,
  members: readonly string[],
  answered: readonly StandbyPosition[],
): Choice {
  const { syncRule } = shard;
  const isBound = keepsEveryWrite(shard) && syncRule !== null;
  const ranked = isBound ? syncRule.nodes.filter((id) => members.includes(id)) : members;
  const positions = ranked.flatMap((id) => answered.filter(({ node }) => node === id));
  const needed = isBound ? Math.max(1, ranked.length - syncRule.count + 1) : 1;
  if (positions.length < needed) {
    const because = isBound
      ? `${positions.length} of ${ranked.length} synchronous standbys answer; an acknowledged write may be on one of the others`
      : 'no standby answers';
    return { kind: 'none', because };
  }
  const furthest = Math.max(...positions.map(({ flushedBytes }) => flushedBytes));
  const chosen = positions.find(({ flushedBytes }) => flushedBytes === furthest);
  if (chosen === undefined) return { kind: 'none', because: 'no standby answers' };
  return {
    kind: 'chosen',
    node: chosen.node,
    because: isBound
      ? `furthest of ${positions.length} standbys that together hold every acknowledged write`
      : `furthest of ${positions.length} standbys`,
  };
}

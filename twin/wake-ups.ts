// How often a load wakes processors. One that was left alone for long is slow to come back and has forgotten what it knew, so
// what a request takes depends on how long ago anything happened, whatever it was: a write with three standbys keeps
// processors awake as five reads do. Calibrations measure under one mix of requests and predictions are about others.
import { kindOfClass, type Fleet, type OperationKind } from './estate/estate.ts';
import type { Trace } from './trace.ts';

/** Client, network and server on the way there, network and client on the way back; and what comes to it. */
const wakeUps: Readonly<Record<OperationKind, number>> = {
  read: 5,
  compute: 5,
  /** The end of its wait. */
  job: 6,
  /** The flush of its log. */
  write: 6,
};

/** A commit at one standby: sender, network, receiver, its flush, network, and the sender who hears of it. */
const wakeUpsPerStandby = 6;

/** What one request of this kind does, with so many standbys. */
export function wakeUpsOf(kind: OperationKind, standbys: number): number {
  return wakeUps[kind] + (kind === 'write' ? wakeUpsPerStandby * standbys : 0);
}

/** What a trace does on average, in wake-ups per second; its writes are those of the shard with most standbys. */
export function wakeUpsPerSec(
  { classOf, classes, horizonMs }: Pick<Trace, 'classOf' | 'classes' | 'horizonMs'>,
  fleet: Pick<Fleet, 'classes' | 'shards'>,
): number {
  const standbys = Math.max(0, ...fleet.shards.map(({ replicas }) => replicas.length));
  const each = classes.map((id) => wakeUpsOf(kindOfClass(id, fleet), standbys));
  let total = 0;
  for (const at of classOf) total += each[at] ?? 0;
  return (1_000 * total) / horizonMs;
}

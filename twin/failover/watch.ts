// What a monitor believes about a primary: a state and what changes it, without clocks or sockets. A primary is dead when its
// connection is reset and it takes no new one, or when it has not answered for its lease.
import type { FailoverRule } from '../estate/estate.ts';

/** `answeredMs`: when the last heartbeat was answered; the lease runs from there. */
export type Watch =
  | { readonly kind: 'trusted'; readonly answeredMs: number }
  | { readonly kind: 'dead'; readonly sinceMs: number; readonly sign: 'reset' | 'silence' };

/** Something that a monitor sees. `refused`: the connection was reset, and a new one is refused. */
export interface Sign {
  readonly kind: 'answer' | 'refused' | 'clock';
  readonly atMs: number;
}

/** Trusted from the moment that it answered first. */
export function beginWatch(answeredMs: number): Watch {
  return { kind: 'trusted', answeredMs };
}

/** The next belief. The dead stay dead: a primary that was given up must never be trusted again by the same watch. */
export function observe(watch: Watch, { kind, atMs }: Sign, { leaseMs }: FailoverRule): Watch {
  if (watch.kind === 'dead') return watch;
  if (atMs >= watch.answeredMs + leaseMs) return { kind: 'dead', sinceMs: atMs, sign: 'silence' };
  switch (kind) {
    case 'answer':
      return { kind: 'trusted', answeredMs: Math.max(watch.answeredMs, atMs) };
    case 'refused':
      return { kind: 'dead', sinceMs: atMs, sign: 'reset' };
    case 'clock':
      return watch;
  }
}

/** When the lease of a trusted primary runs out. */
export function leaseEndMs(watch: Watch, { leaseMs }: FailoverRule): number {
  return watch.kind === 'dead' ? watch.sinceMs : watch.answeredMs + leaseMs;
}

/**
 * How long it takes to see that a primary died, beyond the time of noticing: nothing when its host resets connections;
 * when it falls silent, the lease minus what of it had run already. `phase` in [0, 1) is the share of a heartbeat's period
 * that had passed since the last answer.
 */
export function detectionMs(
  manner: 'reset' | 'silent',
  phase: number,
  { heartbeatMs, leaseMs }: FailoverRule,
): number {
  return manner === 'reset' ? 0 : leaseMs - phase * heartbeatMs;
}

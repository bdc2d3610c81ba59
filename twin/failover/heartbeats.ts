// Detection by heartbeats that stay away, as opposed to a lease that runs out: whoever waits counts those that he misses.

export interface HeartbeatRule {
  readonly intervalMs: number;
  /** Heartbeats in a row that must be missing. */
  readonly misses: number;
  /** What a heartbeat takes to arrive, and may take before it counts as missing. */
  readonly networkMs: number;
}

/** From a death, so long before the next heartbeat is due (0 to the interval), until it is noticed. */
export function missedBeatsMs(
  { intervalMs, misses, networkMs }: HeartbeatRule,
  dueInMs: number,
): number {
  return dueInMs + (misses - 1) * intervalMs + networkMs;
}

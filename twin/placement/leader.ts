// Where a leader should stand: what a commit takes with a copy in each region, from the round trips between them alone.

/** Copies, one in each region, of which `needed` must have a write; the leader's own counts. */
export interface SpreadGroup {
  readonly regions: readonly string[];
  /** Round trip between two regions, by their indexes, in ms. */
  readonly roundTripMs: readonly (readonly number[])[];
  readonly needed: number;
  /** What a copy takes to keep a write. */
  readonly serviceMs: number;
}

/** Until the last of those that are needed has answered a leader; Infinity where too few are left. `lost`: regions that are gone. */
export function commitMs(group: SpreadGroup, leader: number, lost: readonly number[] = []): number {
  const answersMs = group.regions
    .map((_, region) => region)
    .filter((region) => !lost.includes(region))
    .map((region) => roundTrip(group, leader, region) + group.serviceMs)
    .toSorted((a, b) => a - b);
  return answersMs[group.needed - 1] ?? Infinity;
}

/** The region next to a leader, which is the worst to lose. */
export function nearestRegion(group: SpreadGroup, leader: number): number {
  const others = group.regions.map((_, region) => region).filter((region) => region !== leader);
  return others.reduce((nearest, region) =>
    roundTrip(group, leader, region) < roundTrip(group, leader, nearest) ? region : nearest,
  );
}

/** The region from which commits take least; the first of several. */
export function bestLeader(group: SpreadGroup): number {
  const times = group.regions.map((_, leader) => commitMs(group, leader));
  return times.indexOf(Math.min(...times));
}

/** What a client in a region waits for a write: the way to the leader and back, and the commit. */
export function writeMs(group: SpreadGroup, client: number, leader: number): number {
  return roundTrip(group, client, leader) + commitMs(group, leader);
}

function roundTrip({ roundTripMs }: SpreadGroup, from: number, to: number): number {
  return roundTripMs[from]?.[to] ?? Infinity;
}

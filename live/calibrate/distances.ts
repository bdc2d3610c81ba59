// How far apart everybody stands while services are measured: a little, and known. At no distance at all the standbys would do
// their work at the very moment at which the primary answers, on the processors that it answers with, and every commit
// would look slower than it ever is from afar.
import {
  nodesOf,
  waitsForStandbys,
  type CommitMode,
  type Link,
  type Shard,
} from '../../twin/estate/estate.ts';
import { countedStandbys, moment } from '../../twin/model/sync-rule.ts';
import type { LabControl } from '../lab/lab-control.ts';

/** One way, of the shortest links: long enough for whoever works at once to be done before the others hear of it. */
export const apartMs = 3;

/** Standbys hear of a commit one after the other, and none of them when the primary answers, or others do. */
const furtherMs = 2;
const evenFurtherMs = 4;

/** How far a region is from that of the primary: the first standby's as near as anybody, every other one's further away. */
function distanceMs({ primary, replicas }: Shard, region: string): number {
  if (region === primary.region) return 0;
  const others = [...new Set(replicas.map((replica) => replica.region))].filter(
    (one) => one !== primary.region,
  );
  const place = others.indexOf(region);
  return place < 1 ? apartMs : apartMs + furtherMs + evenFurtherMs * (place - 1);
}

/** Does something while everybody is this far from the primary, and puts the links back whatever happens. */
export async function whileApart<T>(
  control: Pick<LabControl, 'status' | 'setLinks'>,
  shard: Shard,
  work: () => Promise<T>,
): Promise<T> {
  const { links } = await control.status();
  await control.setLinks(
    links.map((link): Link => {
      const [from, to] = link.between.map((region) => distanceMs(shard, region));
      return { ...link, delayMs: Math.max(from ?? 0, to ?? 0) };
    }),
  );
  try {
    return await work();
  } finally {
    await control.setLinks(links);
  }
}

/** What links add to what is measured then, there and back; all of it known. */
export interface Distances {
  /** To a request from this region. */
  readonly ofClient: (home: string) => number;
  /** To a commit that waits for as many standbys as the shard's rule says, if it waits for any. */
  readonly ofCommit: (mode: CommitMode) => number;
  /** To a confirmation of this standby. */
  readonly ofStandby: (node: string) => number;
}

/** The distances from the primary while it is so. Within a region there is no link. */
export function distancesOf(shard: Shard): Distances {
  const { primary, replicas, syncRule } = shard;
  const roundTripMs = (region: string): number => 2 * distanceMs(shard, region);
  const regions = new Map(nodesOf(shard).map(({ id, region }) => [id, region]));
  const ofStandby = (node: string): number => roundTripMs(regions.get(node) ?? primary.region);
  const isStandby = (node: string): boolean => replicas.some(({ id }) => id === node);
  const counted = syncRule === null ? null : countedStandbys(syncRule, isStandby);
  const confirmedMs =
    syncRule === null || counted === null ? 0 : moment(syncRule, counted.map(ofStandby));
  return {
    ofClient: roundTripMs,
    ofCommit: (mode) => (waitsForStandbys(mode) ? confirmedMs : 0),
    ofStandby,
  };
}

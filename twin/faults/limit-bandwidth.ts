// A link carries less than before, in both directions: log that is written faster than it can be sent piles up, and with
// it the lag of the standbys behind that link.
import { nodesOf, type Estate } from '../estate/estate.ts';
import { suggestNames, type Finding } from '../findings.ts';
import { formatQuantity } from '../units.ts';
import type { FaultKind, LimitBandwidthFault } from './fault.ts';

export const limitBandwidth: FaultKind<LimitBandwidthFault> = {
  kind: 'limit-bandwidth',
  summary: 'let the link between two regions carry fewer bytes per second',
  obstacles,
  describe: ({ between: [a, b], bytesPerSec }) =>
    `limit the link between ${a} and ${b} to ${formatQuantity('bandwidth', bytesPerSec)}`,
  shards: ({ between }, { fleets }) =>
    fleets.flatMap(({ shards }) =>
      shards
        .filter((shard) => nodesOf(shard).some(({ region }) => between.includes(region)))
        .map(({ id }) => id),
    ),
};

function obstacles({ between }: LimitBandwidthFault, estate: Estate): readonly Finding[] {
  const regions = estate.regions.map(({ id }) => id);
  const unknown = between.flatMap((region, end): Finding[] =>
    regions.includes(region)
      ? []
      : [
          {
            path: ['between', end],
            message: `unknown region "${region}"`,
            remedy: suggestNames(region, regions, 'regions'),
          },
        ],
  );
  if (unknown.length > 0) return unknown;
  const [a, b] = between;
  const isJoined = estate.links.some(
    (link) => a !== b && link.between.includes(a) && link.between.includes(b),
  );
  if (isJoined) return [];
  return [
    {
      path: ['between'],
      message: `no link joins ${a} and ${b}`,
      remedy: `links here: ${estate.links.map((link) => link.between.join(' – ')).join(', ')}`,
    },
  ];
}

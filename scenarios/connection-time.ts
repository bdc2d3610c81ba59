// Roughly how long one request holds a connection: its own time and the delays that it waits for. Only used to aim at a
// utilisation when conditions are drawn; what a request really takes is the model's to say.
import { meanOf } from '../engine/distributions.ts';
import { assert, unreachable } from '../engine/failure.ts';
import {
  delayBetween,
  nodesOf,
  waitsForStandbys,
  type Estate,
  type OperationClass,
  type Shard,
} from '../twin/estate/estate.ts';
import { parameterKinds } from '../twin/parameters.ts';

/** Where a request comes from and where it is answered. */
export interface RequestPlace {
  readonly estate: Pick<Estate, 'links'>;
  readonly shard: Shard;
  /** The node that leads the shard. */
  readonly leader: string;
  /** The region of the client. */
  readonly home: string;
}

/** What a request costs a connection beyond delays and declared size. */
const overheadMs = 1.5;

/** Milliseconds between taking a connection and giving it back, on average and without waiting for other requests. */
export function connectionMs(operation: OperationClass, place: RequestPlace): number {
  const { estate, shard, leader, home } = place;
  const ownMs = 2 * delayBetween(estate, home, regionOf(shard, leader)) + overheadMs;
  switch (operation.kind) {
    case 'write':
      return ownMs + standbyMs(place);
    case 'job':
      return ownMs + meanOf(operation.size);
    case 'compute':
      return ownMs + parameterKinds['compute.rowMs'].defaultValue * meanOf(operation.size);
    case 'read':
      return ownMs;
    default:
      return unreachable(operation.kind);
  }
}

/** The round trip that a commit waits for: the slowest of the first standbys of its rule, or the count-th fastest of any. */
function standbyMs({ estate, shard, leader }: RequestPlace): number {
  const { syncRule: rule, commitMode } = shard;
  if (rule === null || !waitsForStandbys(commitMode)) return 0;
  const home = regionOf(shard, leader);
  const roundTripsMs = rule.nodes
    .filter((id) => id !== leader)
    .map((id) => 2 * delayBetween(estate, home, regionOf(shard, id)));
  if (rule.method === 'first') return Math.max(0, ...roundTripsMs.slice(0, rule.count));
  return roundTripsMs.toSorted((a, b) => a - b)[rule.count - 1] ?? 0;
}

function regionOf(shard: Shard, node: string): string {
  const found = nodesOf(shard).find(({ id }) => id === node);
  assert(found !== undefined, `${node} is a node of ${shard.id}`);
  return found.region;
}

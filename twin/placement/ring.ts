// Consistent hashing: nodes stand at places on a circle, and a key belongs to the node whose place comes next. A node that
// joins takes keys from its neighbours only; how evenly keys are spread depends on how many places each node has.
import { assert } from '../../engine/failure.ts';
import { makeHashUniform } from '../../engine/index.ts';
import { incompleteBeta, invertIncreasing } from '../../engine/special.ts';

/** A place and its node are kept in one number, place first, so that a ring is sorted without a comparison of ours. */
const mostNodes = 2 ** 12;
const places = 2 ** 40;

export class HashRing {
  /** Ascending. */
  readonly #points: Float64Array;
  readonly #nodes: number;

  /** Each of the nodes 0 … nodes − 1 (at most 4096) has so many places, by the hash of its name. */
  constructor(names: readonly string[], placesPerNode: number, seed: string) {
    assert(
      names.length > 0 && names.length <= mostNodes && placesPerNode > 0,
      `a ring has 1 to ${mostNodes} nodes with a place each, not ${names.length} with ${placesPerNode}`,
    );
    this.#nodes = names.length;
    this.#points = new Float64Array(names.length * placesPerNode);
    let at = 0;
    for (const [node, name] of names.entries()) {
      const placeOf = makeHashUniform(seed, name);
      for (let index = 0; index < placesPerNode; index++) {
        this.#points[at++] = Math.floor(placeOf(index) * places) * mostNodes + node;
      }
    }
    this.#points.sort();
  }

  /** The node of a key whose hash is `place` in [0, 1). */
  nodeOf(place: number): number {
    const wanted = Math.floor(place * places) * mostNodes;
    let [low, high] = [0, this.#points.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#points[middle] ?? 0) < wanted) low = middle + 1;
      else high = middle;
    }
    return (this.#points[low] ?? this.#points[0] ?? 0) % mostNodes;
  }

  /** Share of the circle of each node: that of all keys, if there are many. They sum to 1. */
  shares(): Float64Array {
    const shares = new Float64Array(this.#nodes);
    const last = this.#points.at(-1) ?? 0;
    let before = Math.floor(last / mostNodes) - places;
    for (const point of this.#points) {
      const place = Math.floor(point / mostNodes);
      const node = point % mostNodes;
      shares[node] = (shares[node] ?? 0) + (place - before) / places;
      before = place;
    }
    return shares;
  }
}

/**
 * Standard deviation over mean of a node's share, over rings: shares are Dirichlet distributed with the number of places
 * as parameter of each node.
 */
export function shareVariation(nodes: number, placesPerNode: number): number {
  return Math.sqrt((nodes - 1) / (nodes * placesPerNode + 1));
}

/** Quantile of one node's share over the mean share: that of Beta(v, (nodes − 1)·v). */
export function shareQuantileOverMean(nodes: number, placesPerNode: number, level: number): number {
  if (nodes === 1) return 1;
  const below = (share: number): number =>
    incompleteBeta(share, placesPerNode, (nodes - 1) * placesPerNode);
  return nodes * invertIncreasing(below, level, 0, 1);
}

/** Share of keys that change their node when one more joins: those that it takes. */
export function movedByRing(nodesBefore: number): number {
  return 1 / (nodesBefore + 1);
}

/** The same where a key's node is its hash modulo the number of nodes. */
export function movedByModulo(nodesBefore: number): number {
  const hashes = nodesBefore * (nodesBefore + 1);
  let moved = 0;
  for (let hash = 0; hash < hashes; hash++) {
    if (hash % nodesBefore !== hash % (nodesBefore + 1)) moved++;
  }
  return moved / hashes;
}

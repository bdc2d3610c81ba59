// The region-local entry of requests: which node leads a shard (map with epoch), a pool of connections per client region
// and class with a first-come queue in front, and the hold that a hand-over puts on a shard.
import { assert } from '../../engine/failure.ts';
import { Signal } from '../../engine/signal.ts';
import { Ring } from '../../engine/stations/ring.ts';

/** Where a pool stands: requests of one class from one region to one shard. */
interface Pool {
  readonly shard: number;
  readonly waiting: Ring<number>;
  busy: number;
  /** How many of its connections to the primary of this moment have carried a request since it leads. */
  used: number;
  /** Its connections to the primary of this moment are gone. */
  isSevered: boolean;
}

interface ShardEntry {
  primary: string;
  epoch: number;
  isHeld: boolean;
  inFlight: number;
  drained: Signal;
}

export interface RouterOptions {
  readonly shards: readonly { readonly primary: string; readonly epoch: number }[];
  /** The shard of each pool. */
  readonly pools: readonly number[];
  readonly poolSize: number;
  /** The request got a connection and leaves now; `isFirst`: the first on it since its server leads. */
  readonly onSend: (request: number, isFirst: boolean) => void;
  /** True when the request has waited too long; the router then forgets it. */
  readonly isExpired: (request: number) => boolean;
}

export class Router {
  readonly #shards: ShardEntry[];
  readonly #pools: Pool[];
  readonly #poolSize: number;
  readonly #onSend: (request: number, isFirst: boolean) => void;
  readonly #isExpired: (request: number) => boolean;

  constructor(options: RouterOptions) {
    this.#shards = options.shards.map(({ primary, epoch }) => ({
      primary,
      epoch,
      isHeld: false,
      inFlight: 0,
      drained: new Signal(),
    }));
    this.#pools = options.pools.map((shard) => ({
      shard,
      waiting: new Ring<number>(),
      busy: 0,
      // Those to the first primary were tried before anybody asked.
      used: options.poolSize,
      isSevered: false,
    }));
    this.#poolSize = options.poolSize;
    this.#onSend = options.onSend;
    this.#isExpired = options.isExpired;
  }

  /** A request joins the queue of its pool and leaves at once when a connection is free. */
  arrive(request: number, pool: number): void {
    this.#poolAt(pool).waiting.push(request);
    this.#dispatch(this.#poolAt(pool));
  }

  /** The answer of a request of this pool is back; its connection takes the next one. */
  answered(pool: number): void {
    const entry = this.#poolAt(pool);
    const shard = this.#shardAt(entry.shard);
    entry.busy--;
    shard.inFlight--;
    this.#dispatch(entry);
    if (shard.isHeld && shard.inFlight === 0) shard.drained.fire();
  }

  primaryOf(shard: number): string {
    return this.#shardAt(shard).primary;
  }

  epochOf(shard: number): number {
    return this.#shardAt(shard).epoch;
  }

  /** Requests queue up from now on; those in flight go on. */
  hold(shard: number): void {
    const entry = this.#shardAt(shard);
    if (entry.isHeld) return;
    entry.isHeld = true;
    entry.drained = new Signal();
    if (entry.inFlight === 0) entry.drained.fire();
  }

  /** Fires when the last request in flight of a held shard was answered. */
  drained(shard: number): Signal {
    return this.#shardAt(shard).drained;
  }

  /**
   * Sends requests to another node, to which every pool has connections of its own that nobody uses: requests go out on
   * them at once, whatever still hangs on those to the former primary. A map with an older epoch is refused: it would
   * send writes to a node that no longer leads.
   */
  switchMap(shard: number, primary: string, epoch: number): void {
    const entry = this.#shardAt(shard);
    assert(epoch > entry.epoch, `the map of a shard goes forward: ${entry.epoch} → ${epoch}`);
    entry.primary = primary;
    entry.epoch = epoch;
    entry.inFlight = 0;
    for (const pool of this.#pools) {
      if (pool.shard !== shard) continue;
      pool.busy = 0;
      pool.used = 0;
      pool.isSevered = false;
      this.#dispatch(pool);
    }
  }

  /** The connections of a pool to the primary are gone, and with them what was in flight: its requests wait. */
  sever(pool: number): void {
    const entry = this.#poolAt(pool);
    this.#shardAt(entry.shard).inFlight -= entry.busy;
    entry.busy = 0;
    entry.isSevered = true;
  }

  release(shard: number): void {
    this.#shardAt(shard).isHeld = false;
    for (const pool of this.#pools) if (pool.shard === shard) this.#dispatch(pool);
  }

  #dispatch(pool: Pool): void {
    const shard = this.#shardAt(pool.shard);
    while (!shard.isHeld && !pool.isSevered && pool.busy < this.#poolSize) {
      const request = pool.waiting.shift();
      if (request === undefined) return;
      if (this.#isExpired(request)) continue;
      pool.busy++;
      shard.inFlight++;
      // The connection that was used last is taken first: an unused one only when all others are busy.
      const isFirst = pool.busy > pool.used;
      if (isFirst) pool.used = pool.busy;
      this.#onSend(request, isFirst);
    }
  }

  #poolAt(pool: number): Pool {
    const entry = this.#pools[pool];
    assert(entry !== undefined, `pool ${pool} exists`);
    return entry;
  }

  #shardAt(shard: number): ShardEntry {
    const entry = this.#shards[shard];
    assert(entry !== undefined, `shard ${shard} exists`);
    return entry;
  }
}

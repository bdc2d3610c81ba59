// The router against a naive copy of what it promises: first come first served per pool, never more than its
// connections in use, nothing leaves while held, and `drained` fires with the last answer.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Router } from '../../../twin/model/router.ts';

/** Pools 0 and 1 belong to shard 0, pool 2 to shard 1. */
const shardOfPool = [0, 0, 1];

/** Plays commands on a router and writes down everything that it lets through. */
class Bench {
  readonly router: Router;
  readonly arrived: number[][] = shardOfPool.map(() => []);
  readonly sent: number[][] = shardOfPool.map(() => []);
  /** Requests that were the first on their connection. */
  readonly first: number[] = [];
  readonly answered = shardOfPool.map(() => 0);
  readonly expired = new Set<number>();
  readonly forgotten = new Set<number>();
  #next = 0;

  constructor(poolSize: number) {
    this.router = new Router({
      shards: [
        { primary: 'a', epoch: 1 },
        { primary: 'b', epoch: 1 },
      ],
      pools: shardOfPool,
      poolSize,
      onSend: (request, isFirst) => {
        this.sent[this.poolOf(request)]?.push(request);
        if (isFirst) this.first.push(request);
      },
      isExpired: (request) => {
        if (!this.expired.has(request)) return false;
        this.forgotten.add(request);
        return true;
      },
    });
  }

  arrive(pool: number): number {
    const request = this.#next++;
    this.arrived[pool]?.push(request);
    this.router.arrive(request, pool);
    return request;
  }

  answer(pool: number): void {
    if (this.inFlight(pool) === 0) return;
    this.answered[pool] = (this.answered[pool] ?? 0) + 1;
    this.router.answered(pool);
  }

  poolOf(request: number): number {
    return this.arrived.findIndex((list) => list.includes(request));
  }

  inFlight(pool: number): number {
    return (this.sent[pool]?.length ?? 0) - (this.answered[pool] ?? 0);
  }

  shardInFlight(shard: number): number {
    return shardOfPool.reduce(
      (sum, owner, pool) => sum + (owner === shard ? this.inFlight(pool) : 0),
      0,
    );
  }

  /** Requests of a pool that neither left nor were forgotten. */
  waiting(pool: number): number[] {
    const gone = new Set([...(this.sent[pool] ?? []), ...this.forgotten]);
    return (this.arrived[pool] ?? []).filter((request) => !gone.has(request));
  }
}

type Move =
  | { readonly kind: 'arrive' | 'answer' | 'expire-oldest'; readonly pool: number }
  | { readonly kind: 'hold' | 'release'; readonly shard: number };

const move = fc.oneof(
  { weight: 6, arbitrary: poolMove('arrive') },
  { weight: 5, arbitrary: poolMove('answer') },
  { weight: 1, arbitrary: poolMove('expire-oldest') },
  { weight: 1, arbitrary: shardMove('hold') },
  { weight: 1, arbitrary: shardMove('release') },
);

function poolMove(kind: 'arrive' | 'answer' | 'expire-oldest'): fc.Arbitrary<Move> {
  return fc.nat({ max: 2 }).map((pool) => ({ kind, pool }));
}

function shardMove(kind: 'hold' | 'release'): fc.Arbitrary<Move> {
  return fc.nat({ max: 1 }).map((shard) => ({ kind, shard }));
}

function perform(bench: Bench, one: Move): void {
  switch (one.kind) {
    case 'arrive':
      return void bench.arrive(one.pool);
    case 'answer':
      return bench.answer(one.pool);
    case 'expire-oldest': {
      const [oldest] = bench.waiting(one.pool);
      if (oldest !== undefined) bench.expired.add(oldest);
      return;
    }
    case 'hold':
      return bench.router.hold(one.shard);
    case 'release':
      return bench.router.release(one.shard);
  }
}

describe('the router, under any sequence of moves', () => {
  it('keeps order, pool size, hold, conservation and the moment of drained', () => {
    const property = fc.property(
      fc.integer({ min: 1, max: 3 }),
      fc.array(move, { maxLength: 120 }),
      (poolSize, moves) => {
        const bench = new Bench(poolSize);
        const held = [false, false];
        const drained = [false, false];
        for (const one of moves) {
          const sentBefore = bench.sent.map(({ length }) => length);
          perform(bench, one);
          if (one.kind === 'hold' && held[one.shard] === false) {
            held[one.shard] = true;
            drained[one.shard] = bench.shardInFlight(one.shard) === 0;
          }
          if (one.kind === 'release') held[one.shard] = false;
          for (const shard of [0, 1]) {
            if (held[shard] && bench.shardInFlight(shard) === 0) drained[shard] = true;
            expect(bench.router.drained(shard).fired).toBe(drained[shard]);
          }
          shardOfPool.forEach((shard, pool) => {
            expect(bench.inFlight(pool)).toBeLessThanOrEqual(poolSize);
            const live = bench.arrived[pool]?.filter((request) => !bench.forgotten.has(request));
            expect(bench.sent[pool]).toEqual(live?.slice(0, bench.sent[pool]?.length));
            if (held[shard]) expect(bench.sent[pool]).toHaveLength(sentBefore[pool] ?? 0);
            // Work conserving: whoever still waits has no free connection in front of it.
            else if (bench.waiting(pool).length > 0) expect(bench.inFlight(pool)).toBe(poolSize);
          });
        }
      },
    );
    fc.assert(property, { numRuns: 300 });
  });
});

describe('the router', () => {
  it('lets go of everything that waited, in order, when it is released', () => {
    const bench = new Bench(2);
    bench.router.hold(0);
    const requests = [bench.arrive(0), bench.arrive(0), bench.arrive(0)];
    expect(bench.sent[0]).toEqual([]);
    bench.router.release(0);
    expect(bench.sent[0]).toEqual(requests.slice(0, 2));
    bench.answer(0);
    expect(bench.sent[0]).toEqual(requests);
  });

  it('holds one shard without touching another', () => {
    const bench = new Bench(1);
    bench.router.hold(0);
    bench.arrive(2);
    expect(bench.inFlight(2)).toBe(1);
  });

  it('gives every hold a drained of its own', () => {
    const { router } = new Bench(1);
    router.hold(0);
    const first = router.drained(0);
    router.release(0);
    router.arrive(0, 0);
    router.hold(0);
    expect(first.fired).toBe(true);
    expect(router.drained(0).fired).toBe(false);
  });

  it('keeps the drained that somebody waits for when it is told to hold twice', () => {
    const bench = new Bench(1);
    bench.arrive(0);
    bench.router.hold(0);
    const waitedFor = bench.router.drained(0);
    bench.router.hold(0);
    bench.answer(0);
    expect(waitedFor.fired).toBe(true);
  });

  it('moves the map forward and refuses an epoch that is not newer', () => {
    const { router } = new Bench(1);
    router.switchMap(0, 'c', 2);
    expect([router.primaryOf(0), router.epochOf(0)]).toEqual(['c', 2]);
    expect(() => router.switchMap(0, 'a', 2)).toThrow('goes forward: 2 → 2');
    expect(() => router.switchMap(0, 'a', 1)).toThrow('goes forward: 2 → 1');
    expect([router.primaryOf(0), router.epochOf(0)]).toEqual(['c', 2]);
    expect([router.primaryOf(1), router.epochOf(1)]).toEqual(['b', 1]);
  });
});

describe('connections to a new primary', () => {
  /** The requests of pool 0, as many at once as each number says, one burst after the other. */
  function firstOnes(poolSize: number, bursts: readonly number[]): number[] {
    const bench = new Bench(poolSize);
    bench.router.switchMap(0, 'c', 2);
    for (const burst of bursts) {
      for (let request = 0; request < burst; request++) bench.arrive(0);
      while (bench.inFlight(0) > 0) bench.answer(0);
    }
    return bench.first;
  }

  it('carry a first request each, when all that were used before are busy', () => {
    expect(firstOnes(3, [1, 1, 1])).toEqual([0]);
    expect(firstOnes(3, [1, 2, 2, 3, 3])).toEqual([0, 2, 7]);
    expect(firstOnes(2, [5, 5])).toEqual([0, 1]);
  });

  it('were all used before the first primary was asked anything, and those of other shards still are', () => {
    const bench = new Bench(2);
    for (let request = 0; request < 3; request++) bench.arrive(0);
    bench.router.switchMap(0, 'c', 2);
    bench.arrive(2);
    expect(bench.first).toEqual([2]);
  });
});

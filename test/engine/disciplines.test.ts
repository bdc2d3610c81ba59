// Stations by hand: who is served when, where every millisecond can be accounted for; and routes and buckets beside them.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ImpatientStation,
  Join,
  leastLoaded,
  makeStream,
  powerOfChoices,
  PriorityStation,
  QueueStation,
  randomRoute,
  RetrialStation,
  roundRobin,
  Simulation,
  TokenBucket,
} from '../../engine/index.ts';

/** Makes these calls at their times and lets everything that follows from them happen. */
function story(
  calls: readonly (readonly [atMs: number, call: () => void])[],
  simulation: Simulation,
): void {
  const handler = simulation.register((index) => calls[index]?.[1](), 'call');
  for (const [index, [atMs]] of calls.entries()) simulation.schedule(atMs, handler, index);
  simulation.run(1_000);
}

describe('a station with priorities', () => {
  function play(
    preemption: 'none' | 'resume',
    arrivals: readonly (readonly [atMs: number, serviceMs: number, rank: number])[],
    servers = 1,
  ): { readonly told: readonly string[]; readonly station: PriorityStation } {
    const simulation = new Simulation({ seed: '1' });
    const told: string[] = [];
    const note = (what: string, customer: number): unknown =>
      told.push(`${simulation.nowMs} ${what} ${customer}`);
    const station = new PriorityStation(simulation, {
      name: 'desk',
      servers,
      classes: 3,
      preemption,
      onStart: (customer) => note('start', customer),
      onEnd: (customer) => note('end', customer),
    });
    story(
      arrivals.map(([atMs, serviceMs, rank], customer) => [
        atMs,
        () => station.arrive(customer, serviceMs, rank),
      ]),
      simulation,
    );
    return { told, station };
  }

  it('lets the best class go first, and nobody be interrupted', () => {
    const { told, station } = play('none', [
      [0, 10, 2],
      [1, 5, 1],
      [2, 5, 2],
      [3, 5, 0],
      [4, 5, 1],
    ]);
    expect(told.filter((line) => line.includes('start'))).toEqual([
      '0 start 0',
      '10 start 3',
      '15 start 1',
      '20 start 4',
      '25 start 2',
    ]);
    expect([station.busy, station.queued]).toEqual([0, 0]);
  });

  it('with preemption interrupts the worst, which goes on where it stopped and before its like', () => {
    const { told } = play('resume', [
      [0, 10, 2],
      [1, 4, 2],
      [2, 6, 1],
      [4, 3, 0],
    ]);
    expect(told).toEqual([
      '0 start 0',
      '2 start 2',
      '4 start 3',
      '7 end 3',
      '11 end 2',
      '19 start 1',
      '19 end 0',
      '23 end 1',
    ]);
  });

  it('never interrupts its like, and with several servers takes that of who came last', () => {
    const { told } = play(
      'resume',
      [
        [0, 20, 1],
        [1, 20, 2],
        [2, 20, 2],
        [3, 4, 1],
      ],
      3,
    );
    // Customer 2 stops at 3 with 19 left and goes on at 7.
    expect(told.filter((line) => line.includes('end'))).toEqual([
      '7 end 3',
      '20 end 0',
      '21 end 1',
      '26 end 2',
    ]);
  });

  it('finishes everybody, takes as long as they need, and is never idle while somebody waits', () => {
    const arrival = fc.tuple(fc.nat(60), fc.integer({ min: 1, max: 9 }), fc.nat(2));
    fc.assert(
      fc.property(
        fc.array(arrival, { minLength: 1, maxLength: 30 }),
        fc.constantFrom('none' as const, 'resume' as const),
        (arrivals, preemption) => {
          const sorted = arrivals.toSorted(([a], [b]) => a - b);
          const { told } = play(preemption, sorted);
          const ends = told.filter((line) => line.includes('end'));
          expect(ends).toHaveLength(arrivals.length);
          // Whatever the order, one server that never idles is done when any other is.
          let doneMs = 0;
          for (const [atMs, serviceMs] of sorted) doneMs = Math.max(doneMs, atMs) + serviceMs;
          expect(Number.parseFloat(ends.at(-1) ?? '')).toBeCloseTo(doneMs, 9);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('a station that customers leave', () => {
  it('serves who is still there, in the order of their coming', () => {
    const simulation = new Simulation({ seed: '1' });
    const told: string[] = [];
    const note = (what: string) => (customer: number) =>
      void told.push(`${simulation.nowMs} ${what} ${customer}`);
    const station = new ImpatientStation(simulation, {
      name: 'desk',
      servers: 1,
      onStart: note('start'),
      onAbandon: note('gone'),
      onEnd: note('end'),
    });
    const come = (customer: number, serviceMs: number, patienceMs: number) => () =>
      station.arrive(customer, serviceMs, patienceMs);
    story(
      [
        [0, come(0, 10, 1)],
        [1, come(1, 5, 4)],
        [2, come(2, 5, 20)],
        [3, come(3, 5, 100)],
      ],
      simulation,
    );
    expect(told).toEqual([
      '0 start 0',
      '5 gone 1',
      '10 start 2',
      '10 end 0',
      '15 start 3',
      '15 end 2',
      '20 end 3',
    ]);
    expect([station.busy, station.queued]).toEqual([0, 0]);
  });
});

describe('a station that customers come back to', () => {
  it('lets them try until a server is free', () => {
    const simulation = new Simulation({ seed: '1' });
    const told: string[] = [];
    const station = new RetrialStation(simulation, {
      name: 'line',
      servers: 1,
      retryMs: () => 4,
      onStart: (customer) => told.push(`${simulation.nowMs} start ${customer}`),
      onEnd: () => undefined,
    });
    story(
      [
        [0, () => station.arrive(0, 10)],
        [1, () => station.arrive(1, 10)],
        [11, () => station.arrive(2, 10)],
      ],
      simulation,
    );
    // The first comes back at 5, 9 and 13; the second took the line at 11 and keeps it until 21.
    expect(told).toEqual(['0 start 0', '11 start 2', '21 start 1']);
    expect([station.busy, station.away]).toEqual([0, 0]);
  });
});

describe('a join', () => {
  it('is over with the last part that is needed, once', () => {
    const joined: number[] = [];
    const join = new Join((job) => joined.push(job));
    join.fork(7, 2);
    join.fork(8, 3);
    for (const job of [7, 8, 7, 8, 7, 8]) join.done(job);
    expect(joined).toEqual([7, 8]);
    expect(join.waiting).toBe(0);
    expect(() => join.fork(9, 0)).toThrow('parts from 1');
  });
});

describe('a token bucket', () => {
  it('lets as many pass at once as it is deep, and then as many as are refilled', () => {
    const bucket = new TokenBucket({ tokensPerMs: 0.5, depth: 3 });
    expect([0, 0, 0, 0, 1, 2, 3, 4].map((nowMs) => bucket.take(nowMs))).toEqual([
      true,
      true,
      true,
      false,
      false,
      true,
      false,
      true,
    ]);
  });

  it('as a shaper lets everybody pass, one after the other', () => {
    const bucket = new TokenBucket({ tokensPerMs: 0.5, depth: 2 });
    expect([0, 0, 0, 0, 10].map((nowMs) => bucket.reserve(nowMs))).toEqual([0, 0, 2, 4, 0]);
    expect(() => new TokenBucket({ tokensPerMs: 1, depth: 0.5 })).toThrow('lets nobody pass');
  });
});

function count(counts: number[], at: number): void {
  counts[at] = (counts[at] ?? 0) + 1;
}

describe('routes', () => {
  const stream = makeStream('routes', 0, 'route');

  it('go round, or to any with the same chance', () => {
    const next = roundRobin(3);
    expect([next(), next(), next(), next()]).toEqual([0, 1, 2, 0]);
    const route = randomRoute(4, stream);
    const counts = [0, 0, 0, 0];
    for (let turn = 0; turn < 4_000; turn++) count(counts, route());
    // Within five standard errors of a quarter.
    for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(5 * Math.sqrt(750));
  });

  it('go to the shortest of all, ties to any of them', () => {
    const route = leastLoaded(4, (station) => [2, 1, 5, 1][station] ?? 0, stream);
    const chosen = new Set(Array.from({ length: 200 }, () => route()));
    expect(chosen).toEqual(new Set([1, 3]));
  });

  it('with two choices go to the longest of all only where it is chosen twice, which never happens', () => {
    const route = powerOfChoices(5, 2, (station) => station, stream);
    const counts = [0, 0, 0, 0, 0];
    for (let turn = 0; turn < 5_000; turn++) count(counts, route());
    expect(counts[4]).toBe(0);
    // The best of them wins every pair that it is in: 4 of 10.
    expect(Math.abs((counts[0] ?? 0) - 2_000)).toBeLessThan(5 * Math.sqrt(1_200));
    expect(() => powerOfChoices(2, 3, () => 0, stream)).toThrow('3 choices among 2');
  });

  it('lead to stations that are less loaded than chance leaves them', () => {
    const longest = (choices: number): number => {
      const simulation = new Simulation({ seed: 'balls' });
      const stations = Array.from(
        { length: 200 },
        (_, index) =>
          new QueueStation(simulation, { name: `${index}`, servers: 1, onEnd: () => undefined }),
      );
      const lengthOf = (index: number): number =>
        (stations[index]?.busy ?? 0) + (stations[index]?.queued ?? 0);
      const route = powerOfChoices(200, choices, lengthOf, simulation.stream('route'));
      for (let ball = 0; ball < 200; ball++) stations[route()]?.arrive(ball, 1);
      return Math.max(...stations.map((_, index) => lengthOf(index)));
    };
    expect(longest(2)).toBeLessThan(longest(1));
  });
});

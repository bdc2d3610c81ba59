// Stations: exact stories on a few customers, conservation laws on random ones, brute force where there is one.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../engine/failure.ts';
import {
  feedArrivals,
  FlushStation,
  noTicket,
  Pool,
  QueueStation,
  SharingStation,
  Simulation,
  traceGaps,
} from '../../engine/index.ts';
import { shareByBruteForce, type SharedJob } from '../oracles/naive-sharing.ts';

function simulationWith(limits = {}): Simulation {
  return new Simulation({ seed: 's', limits });
}

/** Customers given by arrival and demand, whole milliseconds so that ties are common. */
const jobs = fc
  .array(fc.record({ gapMs: fc.nat(6), demandMs: fc.nat(12) }), { minLength: 1, maxLength: 60 })
  .map((list) => {
    let atMs = 0;
    return list.map(({ gapMs, demandMs }): SharedJob => ({ atMs: (atMs += gapMs), demandMs }));
  });

function feed(
  simulation: Simulation,
  list: readonly SharedJob[],
  arrive: (index: number, demandMs: number) => void,
): void {
  const gaps = traceGaps(list.map(({ atMs }) => atMs));
  feedArrivals(simulation, gaps, (index) => arrive(index, list[index]?.demandMs ?? 0));
}

describe('pool', () => {
  test('grants free units within the call and hands released ones over in order, without events', () => {
    const simulation = simulationWith();
    const pool = new Pool(simulation, { name: 'p', size: 2 });
    const order: number[] = [];
    for (const customer of [1, 2, 3, 4]) pool.acquire(customer, (granted) => order.push(granted));
    expect([order, pool.busy, pool.queued]).toEqual([[1, 2], 2, 2]);
    pool.release();
    expect([order, pool.busy, pool.queued]).toEqual([[1, 2, 3], 2, 1]);
    pool.release();
    pool.release();
    pool.release();
    expect([order, pool.busy, pool.queued]).toEqual([[1, 2, 3, 4], 0, 0]);
    expect(simulation.eventCount).toBe(0);
    expect(() => pool.release()).toThrow('no unit in use');
  });

  test('lets a waiting customer withdraw, once, and skips it', () => {
    const pool = new Pool(simulationWith(), { name: 'p', size: 1 });
    const order: number[] = [];
    const note = (customer: number): void => void order.push(customer);
    expect(pool.acquire(1, note)).toBe(noTicket);
    const tickets = [2, 3, 4].map((customer) => pool.acquire(customer, note));
    expect([pool.withdraw(tickets[0] ?? 0), pool.withdraw(tickets[0] ?? 0)]).toEqual([true, false]);
    expect(pool.queued).toBe(2);
    pool.release();
    expect(pool.withdraw(tickets[1] ?? 0)).toBe(false);
    expect(pool.withdraw(noTicket)).toBe(false);
    pool.release();
    pool.release();
    expect([order, pool.busy]).toEqual([[1, 3, 4], 0]);
  });

  test('weighs its units by time', () => {
    const simulation = simulationWith();
    const pool = new Pool(simulation, { name: 'p', size: 4 });
    pool.acquire(0, () => {});
    pool.acquire(1, () => {});
    simulation.run(30);
    pool.release();
    simulation.run(40);
    expect(pool.busySeries.meanAt(simulation.nowMs)).toBeCloseTo((2 * 30 + 10) / 40, 12);
    expect(pool.busySeries.maximum).toBe(2);
  });

  test('refuses a queue beyond the limit as a mistake of the user', () => {
    const pool = new Pool(simulationWith({ queueLength: 2 }), { name: 'door', size: 1 });
    for (const customer of [1, 2, 3]) pool.acquire(customer, () => {});
    expect(() => pool.acquire(4, () => {})).toThrow(UserError);
    expect(() => pool.acquire(4, () => {})).toThrow('pool door: more than 2 queueLength');
  });

  test('never has more units in use than it has, and serves all who stay, in order', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.nat(9), { maxLength: 200 }),
        (size, steps) => {
          const pool = new Pool(simulationWith(), { name: 'p', size });
          const granted: number[] = [];
          const waiting = new Map<number, number>();
          steps.forEach((step, customer) => {
            if (step < 5) {
              const ticket = pool.acquire(customer, (number) => granted.push(number));
              if (ticket !== noTicket) waiting.set(customer, ticket);
            } else if (step < 8) {
              if (pool.busy > 0) pool.release();
            } else {
              const [leaver] = waiting.keys();
              if (leaver !== undefined) pool.withdraw(waiting.get(leaver) ?? noTicket);
            }
            for (const number of granted) waiting.delete(number);
            expect(pool.busy).toBeLessThanOrEqual(size);
            expect(pool.queued === 0 || pool.busy === size).toBe(true);
          });
          expect(granted).toEqual(granted.toSorted((a, b) => a - b));
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe('queue station', () => {
  test('departures follow the recursion of Kiefer and Wolfowitz', () => {
    fc.assert(
      fc.property(jobs, fc.integer({ min: 1, max: 4 }), (list, servers) => {
        const simulation = simulationWith();
        const [starts, ends] = [list.map(() => -1), list.map(() => -1)];
        const station = new QueueStation(simulation, {
          name: 'q',
          servers,
          onStart: (customer) => (starts[customer] = simulation.nowMs),
          onEnd: (customer) => (ends[customer] = simulation.nowMs),
        });
        feed(simulation, list, (index, demandMs) => station.arrive(index, demandMs));
        simulation.run(2000);
        const freeAt = Array.from({ length: servers }, () => 0);
        list.forEach(({ atMs, demandMs }, index) => {
          freeAt.sort((a, b) => a - b);
          const startMs = Math.max(atMs, freeAt[0] ?? 0);
          freeAt[0] = startMs + demandMs;
          expect([starts[index], ends[index]]).toEqual([startMs, startMs + demandMs]);
        });
        expect([station.busy, station.queued]).toEqual([0, 0]);
        const work = list.reduce((sum, { demandMs }) => sum + demandMs, 0);
        expect(station.busySeries.areaAt(2000)).toBeCloseTo(work, 6);
        const waited = list.reduce((sum, { atMs }, index) => sum + (starts[index] ?? 0) - atMs, 0);
        expect(station.queuedSeries.areaAt(2000)).toBeCloseTo(waited, 6);
      }),
      { numRuns: 150 },
    );
  });

  test('starts the next customer before it reports the end of the last', () => {
    const simulation = simulationWith();
    const diary: string[] = [];
    const station = new QueueStation(simulation, {
      name: 'q',
      servers: 1,
      onStart: (customer) => diary.push(`start ${customer}`),
      onEnd: (customer) => diary.push(`end ${customer}`),
    });
    station.arrive(1, 5);
    station.arrive(2, 5);
    simulation.run(5);
    expect(diary).toEqual(['start 1', 'start 2', 'end 1']);
  });

  test('turns away who finds it full, and only them', () => {
    const simulation = simulationWith();
    const [rejected, ended]: [number[], number[]] = [[], []];
    const station = new QueueStation(simulation, {
      name: 'q',
      servers: 1,
      capacity: 2,
      onReject: (customer) => rejected.push(customer),
      onEnd: (customer) => ended.push(customer),
    });
    for (const customer of [1, 2, 3]) station.arrive(customer, 5);
    simulation.run(6);
    for (const customer of [4, 5]) station.arrive(customer, 5);
    simulation.run(100);
    expect([rejected, ended]).toEqual([
      [3, 5],
      [1, 2, 4],
    ]);
    const options = { name: 'q', servers: 3, capacity: 2, onEnd: () => undefined };
    expect(() => new QueueStation(simulation, options)).toThrow(
      'has room for its 3 servers, not 2',
    );
  });
});

describe('sharing station', () => {
  test('departures are those of brute force, for any number of cores and bound of concurrency', () => {
    const cores = fc.constantFrom(1, 1.5, 2, 4);
    const concurrency = fc.constantFrom(1, 2, 5, Infinity);
    fc.assert(
      fc.property(jobs, cores, concurrency, (list, count, bound) => {
        const simulation = simulationWith();
        const ends = list.map(() => Number.NaN);
        const station = new SharingStation(simulation, {
          name: 's',
          cores: count,
          concurrency: bound,
          onEnd: (customer) => (ends[customer] = simulation.nowMs),
        });
        feed(simulation, list, (index, demandMs) => station.arrive(index, demandMs));
        simulation.run(3000);
        const expected = shareByBruteForce(list, count, bound);
        ends.forEach((endMs, index) => expect(endMs).toBeCloseTo(expected[index] ?? Number.NaN, 6));
        expect([station.present, station.queued]).toEqual([0, 0]);
        const work = list.reduce((sum, { demandMs }) => sum + demandMs, 0);
        expect(station.busySeries.areaAt(3000)).toBeCloseTo(work, 6);
      }),
      { numRuns: 150 },
    );
  });

  test('schedules one completion at a time, however many jobs share', () => {
    const simulation = simulationWith();
    let ended = 0;
    const station = new SharingStation(simulation, { name: 's', cores: 2, onEnd: () => ended++ });
    for (let job = 0; job < 1000; job++) station.arrive(job, 1 + job);
    simulation.run(1e6);
    expect([ended, simulation.eventCount]).toEqual([1000, 1000]);
  });

  test('stays exact after weeks of uninterrupted work', () => {
    const simulation = simulationWith();
    const ends: number[] = [];
    const station = new SharingStation(simulation, {
      name: 's',
      cores: 1,
      onEnd: () => ends.push(simulation.nowMs),
    });
    station.arrive(0, 1e10);
    simulation.run(1e9);
    station.arrive(1, 10);
    simulation.run(2e9);
    expect(ends).toEqual([1e9 + 20]);
  });

  test('jobs of equal demand that arrive together end in the order of arrival', () => {
    const simulation = simulationWith();
    const order: number[] = [];
    const station = new SharingStation(simulation, {
      name: 's',
      cores: 1,
      onEnd: (customer) => order.push(customer),
    });
    for (const customer of [5, 3, 4, 1, 2]) station.arrive(customer, 2);
    simulation.run(100);
    expect(order).toEqual([5, 3, 4, 1, 2]);
    expect(() => station.arrive(0, Number.NaN)).toThrow('a demand of NaN ms');
  });
});

describe('flush station', () => {
  test('who arrives during a flush shares the next one, which starts at once', () => {
    const simulation = simulationWith();
    const diary: string[] = [];
    const station = new FlushStation(simulation, {
      name: 'wal',
      flushMs: (index, customers) => {
        diary.push(`${simulation.nowMs} flush ${index} of ${customers}`);
        return 10;
      },
      onStart: (customer) => diary.push(`${simulation.nowMs} start ${customer}`),
      onEnd: (customer) => diary.push(`${simulation.nowMs} end ${customer}`),
    });
    feed(
      simulation,
      [0, 3, 9, 25].map((atMs) => ({ atMs, demandMs: 0 })),
      (index) => station.arrive(index),
    );
    simulation.run(100);
    expect(diary).toEqual([
      '0 flush 0 of 1',
      '0 start 0',
      '10 flush 1 of 2',
      '10 start 1',
      '10 start 2',
      '10 end 0',
      '20 end 1',
      '20 end 2',
      '25 flush 2 of 1',
      '25 start 3',
      '35 end 3',
    ]);
    expect([station.flushes, station.isFlushing, station.queued]).toEqual([3, false, 0]);
    expect(station.busySeries.areaAt(100)).toBe(30);
  });

  test('a bounded batch leaves the rest for the next flush, in order, and nobody is lost', () => {
    fc.assert(
      fc.property(jobs, fc.integer({ min: 1, max: 3 }), (list, batchLimit) => {
        const simulation = simulationWith();
        const ended: number[] = [];
        const sizes: number[] = [];
        const station = new FlushStation(simulation, {
          name: 'wal',
          batchLimit,
          flushMs: (_, customers) => {
            sizes.push(customers);
            return 5;
          },
          onEnd: (customer) => ended.push(customer),
        });
        feed(simulation, list, (index) => station.arrive(index));
        simulation.run(3000);
        expect(ended).toEqual(list.map((_, index) => index));
        expect(Math.max(...sizes)).toBeLessThanOrEqual(batchLimit);
        expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(list.length);
      }),
      { numRuns: 100 },
    );
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Seat } from '../../live/load/lane.ts';
import { Router } from '../../live/load/router.ts';

const timeoutMs = 100;
const lanes = ['eu/commit', 'us/commit'] as const;
const nodes = ['a', 'b'] as const;

/** A router on a hand-wound clock, with two connections per lane and node. */
class Bench {
  nowMs = 0;
  readonly router: Router<Seat>;
  readonly laneOf: string[] = [];
  readonly intendedMs: number[] = [];
  readonly sent: { request: number; seat: Seat; held: boolean; primary: string }[] = [];
  readonly inFlight = new Map<Seat, number>();
  readonly expired: { request: number; atMs: number }[] = [];
  settledCount = 0;

  constructor() {
    this.router = new Router<Seat>(
      {
        now: () => this.nowMs,
        intendedMs: (request) => this.intendedMs[request] ?? NaN,
        send: (seat, request) => {
          const { held, primary } = this.router.state;
          this.sent.push({ request, seat, held, primary });
          this.inFlight.set(seat, request);
        },
        expired: (request, atMs) => this.expired.push({ request, atMs }),
      },
      lanes,
      { primary: 'a', epoch: 1 },
      timeoutMs,
    );
    for (const lane of lanes) {
      for (const node of nodes) {
        for (let seat = 0; seat < 2; seat++) this.router.seatReady({ lane, node });
      }
    }
  }

  offer(lane: string): number {
    const request = this.laneOf.push(lane) - 1;
    this.intendedMs.push(this.nowMs);
    this.router.offer(lane, request);
    return request;
  }

  /** Answers the request that was sent first. */
  answer(usable = true): void {
    const [seat] = this.inFlight.keys();
    if (seat === undefined) return;
    this.inFlight.delete(seat);
    this.settledCount++;
    this.router.settled(seat);
    if (usable) this.router.seatReady(seat);
    else this.router.seatLost(seat);
  }

  get sentRequests(): readonly number[] {
    return this.sent.map(({ request }) => request);
  }
}

describe('the router', () => {
  test('sends at once while a connection is idle, and first come first served when none is', () => {
    const bench = new Bench();
    for (let count = 0; count < 4; count++) bench.offer('eu/commit');
    expect(bench.sentRequests).toEqual([0, 1]);
    expect(bench.router.state).toMatchObject({ inFlight: 2, queued: 2 });
    bench.answer();
    expect(bench.sentRequests).toEqual([0, 1, 2]);
    bench.answer();
    expect(bench.sentRequests).toEqual([0, 1, 2, 3]);
  });

  test('holds requests, lets those in flight end, and says when none is left', async () => {
    const bench = new Bench();
    bench.offer('eu/commit');
    bench.router.hold();
    bench.router.hold();
    bench.offer('eu/commit');
    expect(bench.sentRequests).toEqual([0]);
    let drained = false;
    const waiting = bench.router.drained(60_000).then(() => (drained = true));
    await Promise.resolve();
    expect(drained).toBe(false);
    bench.answer();
    await waiting;
    expect(bench.router.state).toMatchObject({ held: true, inFlight: 0, queued: 1 });
    bench.router.release();
    bench.router.release();
    expect(bench.sentRequests).toEqual([0, 1]);
  });

  test('refuses to wait longer than it is told for requests in flight', async () => {
    const bench = new Bench();
    bench.offer('eu/commit');
    await expect(bench.router.drained(5)).rejects.toThrow('1 requests still in flight after 5 ms');
    bench.answer();
    await bench.router.drained(5);
  });

  test('follows the shard map forwards only', () => {
    const bench = new Bench();
    bench.router.hold();
    bench.offer('us/commit');
    bench.router.switchMap({ primary: 'b', epoch: 2 });
    bench.router.switchMap({ primary: 'b', epoch: 2 });
    expect(() => bench.router.switchMap({ primary: 'a', epoch: 1 })).toThrow('does not go back');
    expect(() => bench.router.switchMap({ primary: 'a', epoch: 2 })).toThrow('belongs to b');
    expect(bench.sent).toEqual([]);
    bench.router.release();
    expect(bench.sent.map(({ seat }) => seat.node)).toEqual(['b']);
  });

  test('drops a request when it has waited for the pool’s time-out, and not a moment earlier', () => {
    const bench = new Bench();
    bench.router.hold();
    bench.offer('us/commit');
    bench.nowMs = 40;
    bench.offer('eu/commit');
    expect(bench.router.nextExpiryMs).toBe(100);
    bench.nowMs = 99;
    bench.router.expire();
    expect(bench.expired).toEqual([]);
    bench.nowMs = 100;
    bench.router.expire();
    expect(bench.expired).toEqual([{ request: 0, atMs: 100 }]);
    expect(bench.router.nextExpiryMs).toBe(140);
    bench.router.release();
    expect(bench.sentRequests).toEqual([1]);
    expect(bench.router.nextExpiryMs).toBe(Infinity);
  });

  test('sends nothing on a connection that was lost', () => {
    const bench = new Bench();
    for (let count = 0; count < 3; count++) bench.offer('eu/commit');
    bench.answer(false);
    expect(bench.sentRequests).toEqual([0, 1]);
    bench.answer();
    expect(bench.sentRequests).toEqual([0, 1, 2]);
  });

  test('averages busy connections and waiting requests over time', () => {
    const bench = new Bench();
    for (let count = 0; count < 3; count++) bench.offer('eu/commit');
    bench.nowMs = 10;
    bench.answer();
    bench.answer();
    bench.answer();
    bench.nowMs = 40;
    const [eu, us] = bench.router.occupancy();
    expect(eu).toEqual({
      lane: 'eu/commit',
      busyMean: 0.5,
      busyMax: 2,
      queuedMean: 0.25,
      queuedMax: 1,
    });
    expect(us).toMatchObject({ busyMax: 0, queuedMax: 0 });
  });

  const orders = fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...lanes.map((lane) => ({ kind: 'offer', lane }))) },
    { weight: 3, arbitrary: fc.constantFrom({ kind: 'answer' }, { kind: 'lose' }) },
    { weight: 1, arbitrary: fc.constantFrom({ kind: 'hold' }, { kind: 'release' }) },
    { weight: 1, arbitrary: fc.constantFrom({ kind: 'switch' }, { kind: 'reopen' }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('pass'), ms: fc.nat(60) }) },
  );

  test('loses no request, never reorders a lane, and sends only to the primary while not held', () => {
    fc.assert(
      fc.property(fc.array(orders, { maxLength: 120 }), (list) => {
        const bench = new Bench();
        for (const order of list) {
          if ('lane' in order) bench.offer(order.lane);
          else if ('ms' in order) {
            bench.nowMs += order.ms;
            bench.router.expire();
          } else if (order.kind === 'answer') bench.answer();
          else if (order.kind === 'lose') bench.answer(false);
          else if (order.kind === 'hold') bench.router.hold();
          else if (order.kind === 'release') bench.router.release();
          else if (order.kind === 'reopen') bench.router.seatReady({ lane: lanes[0], node: 'b' });
          else {
            const { primary, epoch } = bench.router.state;
            bench.router.switchMap({ primary: primary === 'a' ? 'b' : 'a', epoch: epoch + 1 });
          }
          const { inFlight, queued } = bench.router.state;
          expect(inFlight).toBe(bench.inFlight.size);
          const gone = bench.settledCount + bench.expired.length;
          expect(inFlight + queued + gone).toBe(bench.laneOf.length);
        }
        for (const { seat, held, primary, request } of bench.sent) {
          expect({ held, node: seat.node, lane: seat.lane }).toEqual({
            held: false,
            node: primary,
            lane: bench.laneOf[request],
          });
        }
        for (const lane of lanes) {
          const order = bench.sentRequests.filter((request) => bench.laneOf[request] === lane);
          expect(order).toEqual(order.toSorted((a, b) => a - b));
        }
      }),
    );
  });
});

// A stream of log against a naive replay of what a standby does, piece by piece, and what never may be otherwise: order,
// conservation, and that nothing goes on during a pause but what should.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lagPositions } from '../../../twin/lag.ts';
import { WalStream } from '../../../twin/model/wal-stream.ts';

interface Piece {
  readonly atMs: number;
  readonly bytes: number;
}

const delayMs = 10;
const flushMs = 2;
const replayBytesPerMs = 100;

function makeStream(pausedUntilMs = -Infinity): WalStream {
  return new WalStream({
    standby: 's',
    upstream: 'p',
    send: (_bytes, nowMs) => nowMs + delayMs,
    returnMs: delayMs,
    pace: { flushMs: () => flushMs, replayBytesPerMs, receiveBytesPerMs: Infinity },
    startBytes: 1_000,
    startMs: 0,
    pausedUntilMs,
  });
}

function shipped(pieces: readonly Piece[], stream = makeStream()): WalStream {
  let endBytes = 1_000;
  for (const { atMs, bytes } of pieces) stream.ship((endBytes += bytes), atMs);
  return stream;
}

const drawn = fc
  .array(fc.record({ gapMs: fc.nat(6), bytes: fc.integer({ min: 1, max: 900 }) }), {
    minLength: 1,
    maxLength: 40,
  })
  .map((list) => {
    let atMs = 0;
    return list.map(({ gapMs, bytes }): Piece => ({ atMs: (atMs += gapMs), bytes }));
  });

/** A receiver that reads all that is there, flushes it, and reads again; and one process that replays what is flushed. */
function naiveTimes(pieces: readonly Piece[]): { flushed: number[]; replayed: number[] } {
  const arrived = pieces.map(({ atMs }) => atMs + delayMs);
  const flushed: number[] = [];
  let freeMs = 0;
  while (flushed.length < pieces.length) {
    const startMs = Math.max(freeMs, arrived[flushed.length] ?? 0);
    const batch = arrived.filter((at, index) => index >= flushed.length && at <= startMs);
    freeMs = startMs + flushMs;
    for (const _ of batch) flushed.push(freeMs);
  }
  let replayedMs = 0;
  const replayed = pieces.map(({ bytes }, index) => {
    replayedMs = Math.max(replayedMs, flushed[index] ?? 0) + bytes / replayBytesPerMs;
    return replayedMs;
  });
  return { flushed, replayed };
}

describe('a stream of log', () => {
  it('is written, flushed and replayed as by a naive standby', () => {
    fc.assert(
      fc.property(drawn, (pieces) => {
        const stream = shipped(pieces);
        const { flushed, replayed } = naiveTimes(pieces);
        pieces.forEach(({ atMs }, index) => {
          expect(stream.confirmedMs('written', index + 1)).toBe(atMs + 2 * delayMs);
          expect(stream.confirmedMs('flushed', index + 1)).toBe((flushed[index] ?? 0) + delayMs);
          expect(stream.confirmedMs('replayed', index + 1)).toBeCloseTo(
            (replayed[index] ?? 0) + delayMs,
            9,
          );
        });
      }),
    );
  });

  it('loses nothing and turns nothing round', () => {
    fc.assert(
      fc.property(drawn, fc.nat(200), (pieces, atMs) => {
        const stream = shipped(pieces);
        const [written = 0, flushed = 0, replayed = 0] = lagPositions.map((position) =>
          stream.confirmedBytes(position, atMs),
        );
        expect(written).toBeGreaterThanOrEqual(flushed);
        expect(flushed).toBeGreaterThanOrEqual(replayed);
        const sentBytes = pieces.reduce((sum, { bytes }) => sum + bytes, 1_000);
        for (const position of lagPositions) {
          expect(stream.confirmedBytes(position, 1e6)).toBe(sentBytes);
        }
      }),
    );
  });

  it('is confirmed to the upstream from the start, up to where the standby came from', () => {
    const stream = makeStream();
    expect(lagPositions.map((position) => stream.confirmedBytes(position, 0))).toEqual([
      1_000, 1_000, 1_000,
    ]);
    expect(stream.hasUntilMs(0)).toBe(0);
  });

  it('has arrived up to the last piece that came before it was cut', () => {
    const stream = shipped([
      { atMs: 1, bytes: 10 },
      { atMs: 5, bytes: 10 },
      { atMs: 9, bytes: 10 },
    ]);
    expect([10.9, 11, 15, 19, 100].map((atMs) => stream.hasUntilMs(atMs))).toEqual([0, 1, 5, 9, 9]);
    stream.cut(16);
    expect(stream.hasUntilMs(100)).toBe(5);
  });

  it('finds the piece that a byte belongs to', () => {
    const stream = shipped([
      { atMs: 1, bytes: 10 },
      { atMs: 2, bytes: 30 },
    ]);
    const pieces = [1_000, 1_001, 1_010, 1_011, 1_040, 1_041].map((at) => stream.pieceWith(at));
    expect(pieces).toEqual([0, 1, 1, 2, 2, 3]);
    expect(stream.confirmedMs('written', 3)).toBe(Infinity);
  });
});

describe('a pause of the replay', () => {
  it('stops what is replayed and nothing else, and all of the backlog follows afterwards at the rate of the replay', () => {
    const pieces = Array.from({ length: 20 }, (_, index) => ({ atMs: 5 * index, bytes: 100 }));
    const [paused, free] = [shipped(pieces), shipped(pieces)];
    paused.pauseReplay(60, 300);
    for (const position of ['written', 'flushed'] as const) {
      expect(paused.confirmedMs(position, 20)).toBe(free.confirmedMs(position, 20));
    }
    // Pieces take 1 ms each. The tenth left at 45 ms, so it was replayed at 45 + 10 + 2 + 1 = 58 ms.
    expect(paused.confirmedMs('replayed', 10)).toBe(58 + delayMs);
    expect(paused.confirmedMs('replayed', 11)).toBe(301 + delayMs);
    expect(paused.confirmedMs('replayed', 20)).toBe(310 + delayMs);
    expect(paused.reachedMs('replayed')).toBe(310);
  });

  it('counts for what comes later, too, and for a standby that was paused before it was attached', () => {
    const stream = makeStream(50);
    stream.ship(1_100, 1);
    expect(stream.reachedMs('replayed')).toBe(51);
    stream.ship(1_200, 100);
    expect(stream.reachedMs('replayed')).toBe(113);
  });

  it('never makes anything earlier', () => {
    const pause = fc.tuple(fc.nat(150), fc.nat(200));
    fc.assert(
      fc.property(drawn, pause, (pieces, [fromMs, forMs]) => {
        const [paused, free] = [shipped(pieces), shipped(pieces)];
        paused.pauseReplay(fromMs, fromMs + forMs);
        pieces.forEach((_, index) => {
          const atMs = paused.confirmedMs('replayed', index + 1) - delayMs;
          const freeMs = free.confirmedMs('replayed', index + 1) - delayMs;
          expect(atMs).toBeGreaterThanOrEqual(freeMs);
          expect(atMs <= fromMs || atMs > fromMs + forMs).toBe(true);
        });
      }),
    );
  });
});

describe('a record that was cut in two', () => {
  it('is replayed, and confirmed, when the rest of it is there', () => {
    const stream = makeStream();
    stream.ship(1_100, 0, { wholeBytes: 1_060 });
    stream.ship(1_200, 200);
    // The first piece is there after 12 ms, and all of it but 40 bytes is replayed a millisecond later.
    const knownMs = 13 + delayMs;
    expect(stream.confirmedBytes('flushed', knownMs)).toBe(1_100);
    expect(stream.confirmedBytes('replayed', knownMs)).toBe(1_060);
    expect(stream.confirmedPiece('replayed', knownMs)).toBe(0);
    expect(stream.confirmedMs('flushed', 1)).toBe(12 + delayMs);
    expect(stream.confirmedMs('replayed', 1)).toBe(213 + delayMs);
    expect(stream.confirmedPiece('replayed', 213 + delayMs)).toBe(2);
    expect(stream.confirmedBytes('replayed', 213 + delayMs)).toBe(1_200);
  });

  it('makes no difference to what is written and flushed, and none where there is none', () => {
    const ends = fc.array(fc.nat(900), { minLength: 40, maxLength: 40 });
    fc.assert(
      fc.property(drawn, ends, (pieces, cuts) => {
        const [cut, whole] = [makeStream(), makeStream()];
        let endBytes = 1_000;
        for (const [index, { atMs, bytes }] of pieces.entries()) {
          endBytes += bytes;
          // The last piece ends with a whole record, as every log does in the end.
          const missing = index === pieces.length - 1 ? 0 : Math.min(cuts[index] ?? 0, bytes);
          cut.ship(endBytes, atMs, { wholeBytes: endBytes - missing });
          whole.ship(endBytes, atMs);
        }
        for (let piece = 1; piece <= pieces.length; piece++) {
          for (const position of ['written', 'flushed'] as const)
            expect(cut.confirmedMs(position, piece)).toBe(whole.confirmedMs(position, piece));
          expect(cut.confirmedMs('replayed', piece)).toBeGreaterThanOrEqual(
            whole.confirmedMs('replayed', piece),
          );
        }
        expect(cut.reachedMs('replayed')).toBe(whole.reachedMs('replayed'));
      }),
    );
  });
});

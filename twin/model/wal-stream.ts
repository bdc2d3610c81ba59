// The write-ahead log on its way to one standby: it leaves as it is flushed, is written when it has arrived, flushed by the
// standby's next flush, and replayed by a single process. All of it follows from what was shipped before, so each piece's
// times are reckoned when it leaves, without an event; only a pause of the replay changes them afterwards.
import type { LagPosition } from '../lag.ts';

/** Bytes around a piece of log: CopyData (5) and XLogData (25), of the streaming replication protocol. */
const frameBytes = 30;

/** Times that were added up in another order may differ by rounding: a billionth of a millisecond is no difference. */
const roundingMs = 1e-9;

/** How fast a standby works. */
export interface StandbyPace {
  /** Length of the flush with this index. */
  readonly flushMs: (index: number) => number;
  readonly replayBytesPerMs: number;
  /** How fast it takes in what has arrived. */
  readonly receiveBytesPerMs: number;
}

export interface WalStreamOptions {
  readonly standby: string;
  readonly upstream: string;
  /** Sends bytes to the standby now and says when they are there. */
  readonly send: (bytes: number, nowMs: number) => number;
  /** How long the way back takes. */
  readonly returnMs: number;
  readonly pace: StandbyPace;
  /** The upstream's log at the moment of attachment: the standby has all of it, and the upstream knows. */
  readonly startBytes: number;
  readonly startMs: number;
  /** The replay stands still until then. */
  readonly pausedUntilMs: number;
}

/** What a piece of log is made of. */
interface ShippedLog {
  readonly emptyBytes?: number;
  readonly wholeBytes?: number;
}

/** Pieces of log, by index: piece 0 is all that the standby had when it was attached. */
export class WalStream {
  readonly standby: string;
  readonly upstream: string;
  readonly #send: WalStreamOptions['send'];
  readonly #returnMs: number;
  readonly #pace: StandbyPace;
  readonly #endBytes: number[];
  /** By piece: where the last record ends that is there as a whole, and so can be replayed. */
  readonly #wholeBytes: number[];
  readonly #leftMs: number[];
  readonly #times: Readonly<Record<LagPosition, number[]>>;
  #flushes = 0;
  #flushStartMs: number;
  #flushEndMs: number;
  #pausedUntilMs: number;
  #cutMs = Infinity;

  constructor(options: WalStreamOptions) {
    const { standby, upstream, send, returnMs, pace, startBytes, startMs } = options;
    this.standby = standby;
    this.upstream = upstream;
    this.#send = send;
    this.#returnMs = returnMs;
    this.#pace = pace;
    this.#endBytes = [startBytes];
    this.#wholeBytes = [startBytes];
    this.#leftMs = [startMs];
    // Known to the upstream from the start: its confirmation arrived at that moment.
    const confirmedMs = startMs - returnMs;
    this.#times = { written: [confirmedMs], flushed: [confirmedMs], replayed: [confirmedMs] };
    this.#flushStartMs = confirmedMs;
    this.#flushEndMs = confirmedMs;
    this.#pausedUntilMs = options.pausedUntilMs;
  }

  /** Newest piece. */
  get last(): number {
    return this.#endBytes.length - 1;
  }

  /**
   * The upstream has flushed up to `endBytes` of its log and sends what is new: `emptyBytes` of it without any record, and what
   * is behind `wholeBytes` the beginning of one, which is replayed when the rest is there.
   */
  ship(
    endBytes: number,
    nowMs: number,
    { emptyBytes = 0, wholeBytes = endBytes }: ShippedLog = {},
  ): void {
    const bytes = endBytes - (this.#endBytes[this.last] ?? 0);
    const arrivedMs = this.#send(bytes + frameBytes, nowMs);
    const freeMs = this.#times.written[this.last] ?? arrivedMs;
    const writtenMs = Math.max(arrivedMs, freeMs) + bytes / this.#pace.receiveBytesPerMs;
    const flushedMs = this.#flush(writtenMs);
    const previousMs = this.#times.replayed[this.last] ?? flushedMs;
    this.#endBytes.push(endBytes);
    // What the standby had from its attachment is whole, wherever the upstream's own records end.
    this.#wholeBytes.push(Math.max(wholeBytes, this.#wholeBytes[this.last - 1] ?? 0));
    this.#leftMs.push(nowMs);
    this.#times.written.push(writtenMs);
    this.#times.flushed.push(flushedMs);
    this.#times.replayed.push(this.#replay(bytes - emptyBytes, flushedMs, previousMs));
  }

  /** The replay stands still from now on until `untilMs`; what is written and flushed goes on. */
  pauseReplay(nowMs: number, untilMs: number): void {
    this.#pausedUntilMs = untilMs;
    const { flushed, replayed } = this.#times;
    for (let piece = 1; piece <= this.last; piece++) {
      if ((replayed[piece] ?? 0) <= nowMs) continue;
      const bytes = (this.#endBytes[piece] ?? 0) - (this.#endBytes[piece - 1] ?? 0);
      replayed[piece] = this.#replay(bytes, flushed[piece] ?? 0, replayed[piece - 1] ?? 0);
    }
  }

  /** Nothing arrives any more, on either side. */
  cut(nowMs: number): void {
    this.#cutMs = Math.min(this.#cutMs, nowMs);
  }

  /** When the upstream learns that a position has reached the end of a piece. */
  confirmedMs(position: LagPosition, piece: number): number {
    return (
      (this.#times[position][this.#pieceThatEnds(position, piece)] ?? Infinity) + this.#returnMs
    );
  }

  /** Up to which byte of the log a position is known to be, at the upstream, at `atMs`. */
  confirmedBytes(position: LagPosition, atMs: number): number {
    const bytes = position === 'replayed' ? this.#wholeBytes : this.#endBytes;
    return bytes[this.#reachedPiece(position, atMs)] ?? 0;
  }

  /** The newest piece whose end a position is known to have reached. */
  confirmedPiece(position: LagPosition, atMs: number): number {
    const reached = this.#reachedPiece(position, atMs);
    if (position !== 'replayed') return reached;
    const bytes = this.#wholeBytes[reached] ?? 0;
    // Almost always it ends with a whole record itself.
    return this.#endBytes[reached] === bytes ? reached : lastUpTo(this.#endBytes, bytes);
  }

  /** The newest piece that a position is known to have come to, as far as its whole records go. */
  #reachedPiece(position: LagPosition, atMs: number): number {
    return lastUpTo(this.#times[position], atMs - this.#returnMs + roundingMs);
  }

  /** The piece with which a position reaches the end of this one: that of the rest of a record that it ends in, if it does. */
  #pieceThatEnds(position: LagPosition, piece: number): number {
    const endBytes = this.#endBytes[piece] ?? Infinity;
    if (position !== 'replayed' || this.#wholeBytes[piece] === endBytes) return piece;
    return firstFrom(this.#wholeBytes, endBytes);
  }

  /** The first piece that ends at or after this byte; the piece after the newest when there is none yet. */
  pieceWith(bytes: number): number {
    // Almost always it is the one that has just left.
    if (this.#endBytes[this.last] === bytes && (this.#endBytes[this.last - 1] ?? 0) < bytes) {
      return this.last;
    }
    return firstFrom(this.#endBytes, bytes);
  }

  /** When the upstream flushed, and sent, a piece. */
  leftMs(piece: number): number {
    return this.#leftMs[piece] ?? Infinity;
  }

  /** Everything that the upstream flushed up to this time had arrived at `nowMs`, or when the stream was cut. */
  hasUntilMs(nowMs: number): number {
    const atMs = Math.min(nowMs, this.#cutMs) + roundingMs;
    return this.#leftMs[lastUpTo(this.#times.written, atMs)] ?? -Infinity;
  }

  /** How much of its upstream's log the standby had at `nowMs`, or when the stream was cut. */
  receivedBytes(nowMs: number): number {
    const atMs = Math.min(nowMs, this.#cutMs) + roundingMs;
    return this.#endBytes[lastUpTo(this.#times.written, atMs)] ?? 0;
  }

  /** When the standby's position has reached the end of everything that was shipped so far. */
  reachedMs(position: LagPosition): number {
    return this.#times[position][this.last] ?? 0;
  }

  /**
   * A standby writes what has arrived and flushes when nothing more is there to read: what arrives while a flush runs takes
   * the next one, which starts when that one ends.
   */
  #flush(arrivedMs: number): number {
    if (arrivedMs > this.#flushStartMs || this.#flushes === 0) {
      this.#flushStartMs = Math.max(arrivedMs, this.#flushEndMs);
      this.#flushEndMs = this.#flushStartMs + this.#pace.flushMs(this.#flushes++);
    }
    return this.#flushEndMs;
  }

  #replay(bytes: number, flushedMs: number, previousMs: number): number {
    const startMs = Math.max(flushedMs, previousMs);
    const resumedMs = startMs < this.#pausedUntilMs ? this.#pausedUntilMs : startMs;
    return resumedMs + bytes / this.#pace.replayBytesPerMs;
  }
}

/** Index of the last entry that is at most `limit`; entries ascend and the first one always counts. */
function lastUpTo(ascending: readonly number[], limit: number): number {
  let low = 0;
  let high = ascending.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((ascending[middle] ?? Infinity) <= limit) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Index of the first entry that is at least `limit`; the length when there is none. */
function firstFrom(ascending: readonly number[], limit: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] ?? Infinity) >= limit) high = middle;
    else low = middle + 1;
  }
  return low;
}

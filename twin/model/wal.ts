// The write-ahead log of one server: commits that wait for it share flushes; commits that do not wait leave their records
// for the log writer, a process that wakes up at a fixed pace and flushes what is whole.
import type { HandlerId } from '../../engine/event-slots.ts';
import type { Simulation } from '../../engine/simulation.ts';
import { FlushStation } from '../../engine/stations/flush.ts';

/**
 * How the log writer of Postgres 15 to 18 works (`XLogBackgroundFlush` and `XLogSetAsyncXactLSN`, with the defaults of
 * `wal_writer_delay` and `wal_writer_flush_after`): every 200 ms, or at once when 1 MiB has gathered, it flushes up to the
 * last whole page, and up to the last commit when no page was filled since; so a record waits for up to three rounds.
 */
export const logWriterRoundMs = 200;
const pageBytes = 8_192;
/** Times that differ by less are one moment, told by differently rounded arithmetic. */
const sameMomentMs = 1e-6;
const hurryBytes = 128 * pageBytes;

/** Size of the files that the log is kept in (`wal_segment_size`, as initdb sets it). */
export const walSegmentBytes = 16 * 1024 ** 2;

export interface WalOptions {
  readonly name: string;
  /** Bytes of log that a request's write makes. */
  readonly bytesOf: (request: number) => number;
  /** Length of the flush with this index. */
  readonly flushMs: (index: number) => number;
  /** When the log writer's rounds begin, from 0 to 200 ms. */
  readonly phaseMs: number;
  /** Where in a segment the log stands at the beginning. */
  readonly segmentOffsetBytes: number;
  /** The log has been flushed up to the end of these requests' records. */
  readonly onFlushed: (requests: readonly number[]) => void;
}

export class Wal {
  /** Bytes that were written, and those of them that are on disk. */
  writtenBytes = 0;
  flushedBytes = 0;
  /** Where the last record ends that is on disk as a whole: the log writer flushes whole pages, and cuts records in two. */
  wholeBytes = 0;
  readonly #simulation: Simulation;
  readonly #bytesOf: WalOptions['bytesOf'];
  readonly #flushMs: WalOptions['flushMs'];
  readonly #phaseMs: number;
  readonly #segmentOffsetBytes: number;
  readonly #onFlushed: WalOptions['onFlushed'];
  readonly #station: FlushStation;
  readonly #round: HandlerId;
  readonly #roundEnd: HandlerId;
  /** Requests whose records the log writer has still to flush, and where their records end. */
  #unflushed: { readonly request: number; readonly endBytes: number }[] = [];
  #targetBytes = 0;
  #isRoundDue = false;
  #rounds = 0;

  constructor(simulation: Simulation, options: WalOptions) {
    const { name, bytesOf, flushMs, phaseMs, segmentOffsetBytes, onFlushed } = options;
    this.#simulation = simulation;
    this.#bytesOf = bytesOf;
    this.#flushMs = flushMs;
    this.#phaseMs = phaseMs;
    this.#segmentOffsetBytes = segmentOffsetBytes;
    this.#onFlushed = onFlushed;
    this.#station = new FlushStation(simulation, {
      name,
      flushMs,
      onEnd: (request) => {
        this.flushedBytes += bytesOf(request);
        this.wholeBytes = this.flushedBytes;
      },
      onFlushed,
    });
    this.#round = simulation.register(() => this.#beginRound(), `${name}/writer`);
    this.#roundEnd = simulation.register(() => this.#flushUpTo(this.#targetBytes), `${name}/round`);
  }

  /** A commit that waits for its flush. */
  commit(request: number): void {
    this.writtenBytes += this.#bytesOf(request);
    this.#station.arrive(request);
  }

  /** A commit that does not wait. */
  append(request: number): void {
    this.writtenBytes += this.#bytesOf(request);
    this.#unflushed.push({ request, endBytes: this.writtenBytes });
    const leftBytes = this.writtenBytes - Math.max(this.flushedBytes, this.#targetBytes);
    if (leftBytes >= hurryBytes) this.#scheduleRound(0);
    else if (!this.#isRoundDue) this.#scheduleRound(this.#nextRoundInMs());
  }

  /** An orderly shutdown leaves nothing behind. */
  flushAll(): void {
    this.#flushUpTo(this.writtenBytes);
  }

  /** Leaves the rest of the segment empty, flushed with all that was written before; how many bytes that are. */
  switchSegment(): number {
    if (this.#unflushed.length > 0) this.#flushUpTo(this.writtenBytes);
    const at = (this.#segmentOffsetBytes + this.writtenBytes) % walSegmentBytes;
    const restBytes = walSegmentBytes - at;
    this.writtenBytes += restBytes;
    this.flushedBytes += restBytes;
    this.wholeBytes = this.flushedBytes;
    return restBytes;
  }

  #scheduleRound(inMs: number): void {
    this.#isRoundDue = true;
    this.#simulation.schedule(inMs, this.#round, 0);
  }

  #nextRoundInMs(): number {
    const { nowMs } = this.#simulation;
    const rounds = Math.floor((nowMs - this.#phaseMs) / logWriterRoundMs) + 1;
    const inMs = this.#phaseMs + rounds * logWriterRoundMs - nowMs;
    // What rounding leaves of the round that begins now is not another one: the clock would not move.
    return inMs > sameMomentMs ? inMs : inMs + logWriterRoundMs;
  }

  #beginRound(): void {
    this.#isRoundDue = false;
    const wholeBytes = Math.floor(this.writtenBytes / pageBytes) * pageBytes;
    this.#targetBytes = wholeBytes > this.flushedBytes ? wholeBytes : this.writtenBytes;
    if (this.#targetBytes > this.flushedBytes) {
      this.#simulation.schedule(this.#flushMs(this.#rounds++), this.#roundEnd, 0);
    }
    if (this.writtenBytes > this.#targetBytes) this.#scheduleRound(this.#nextRoundInMs());
  }

  #flushUpTo(endBytes: number): void {
    if (endBytes <= this.flushedBytes) return;
    this.flushedBytes = endBytes;
    const left = this.#unflushed.findIndex((one) => one.endBytes > endBytes);
    const count = left === -1 ? this.#unflushed.length : left;
    const whole = this.#unflushed.splice(0, count);
    this.wholeBytes = whole.at(-1)?.endBytes ?? this.wholeBytes;
    this.#onFlushed(whole.map(({ request }) => request));
  }
}

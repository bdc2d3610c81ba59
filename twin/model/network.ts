// Distance and width of the links between places: a delay per link, the same both ways, and for each direction what it can
// carry. All that is sent in one direction shares it, first come, first served. Within a region there is neither.
import { delayBetween, type Estate } from '../estate/estate.ts';

/** What a direction carries for a while instead of its own bandwidth. */
interface Limit {
  readonly bytesPerMs: number;
  readonly untilMs: number;
}

/** Looks directions up by index instead of by name: `oneWayMs[from * count + to]`. */
export class Network {
  readonly #index: ReadonlyMap<string, number>;
  readonly #oneWayMs: Float64Array;
  readonly #bytesPerMs: Float64Array;
  /** When the last byte that was sent so far has left. */
  readonly #freeMs: Float64Array;
  readonly #limits = new Map<number, Limit>();

  constructor(estate: Pick<Estate, 'regions' | 'links'>) {
    const ids = estate.regions.map(({ id }) => id);
    this.#index = new Map(ids.map((id, index) => [id, index]));
    this.#oneWayMs = new Float64Array(ids.length ** 2);
    this.#bytesPerMs = new Float64Array(ids.length ** 2).fill(Infinity);
    this.#freeMs = new Float64Array(ids.length ** 2);
    for (const from of ids) {
      for (const to of ids) {
        const at = this.#directionOf(from, to);
        const isJoined = from === to || linkBetween(estate, from, to) !== undefined;
        this.#oneWayMs[at] = isJoined ? delayBetween(estate, from, to) : Infinity;
        const bytesPerSec = linkBetween(estate, from, to)?.bandwidthBytesPerSec ?? Infinity;
        this.#bytesPerMs[at] = bytesPerSec / 1_000;
      }
    }
  }

  /** One-way delay in ms; infinite between regions that no link joins. */
  oneWayMs(from: string, to: string): number {
    return this.#oneWayMs[this.#directionOf(from, to)] ?? Infinity;
  }

  /** There and back. */
  roundTripMs(from: string, to: string): number {
    return 2 * this.oneWayMs(from, to);
  }

  /**
   * Sends `bytes` at `nowMs`, which never goes back, and says when the last of them arrives: after those that were sent
   * before in this direction have left, its own have, and the delay has passed.
   */
  send(from: string, to: string, bytes: number, nowMs: number): number {
    const at = this.#directionOf(from, to);
    const delayMs = this.#oneWayMs[at] ?? Infinity;
    if (this.#bytesPerMs[at] === Infinity && !this.#limits.has(at)) return nowMs + delayMs;
    const leftMs = this.#leave(at, Math.max(nowMs, this.#freeMs[at] ?? 0), bytes);
    this.#freeMs[at] = leftMs;
    return leftMs + delayMs;
  }

  /** Both directions carry less until `untilMs`. What was sent before keeps its time. */
  limit([a, b]: readonly [string, string], bytesPerSec: number, untilMs: number): void {
    const limit = { bytesPerMs: bytesPerSec / 1_000, untilMs };
    this.#limits.set(this.#directionOf(a, b), limit);
    this.#limits.set(this.#directionOf(b, a), limit);
  }

  /** When `bytes` that begin to leave at `startMs` have left: a limit counts as long as it lasts. */
  #leave(at: number, startMs: number, bytes: number): number {
    const bytesPerMs = this.#bytesPerMs[at] ?? Infinity;
    const limit = this.#limits.get(at);
    if (limit === undefined || startMs >= limit.untilMs) return startMs + bytes / bytesPerMs;
    const limitedPerMs = Math.min(bytesPerMs, limit.bytesPerMs);
    const meanwhileBytes = (limit.untilMs - startMs) * limitedPerMs;
    if (bytes <= meanwhileBytes) return startMs + bytes / limitedPerMs;
    return limit.untilMs + (bytes - meanwhileBytes) / bytesPerMs;
  }

  #directionOf(from: string, to: string): number {
    return (this.#index.get(from) ?? 0) * this.#index.size + (this.#index.get(to) ?? 0);
  }
}

function linkBetween(
  { links }: Pick<Estate, 'links'>,
  from: string,
  to: string,
): Estate['links'][number] | undefined {
  return from === to
    ? undefined
    : links.find(({ between }) => between.includes(from) && between.includes(to));
}

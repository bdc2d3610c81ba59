// One-way delays between places. First cut: a constant per link, the same both ways, none within a region.
import { delayBetween, type Estate } from '../estate/estate.ts';

/** Looks delays up by index instead of by name: `oneWayMs[from * count + to]`. */
export class Network {
  readonly #index: ReadonlyMap<string, number>;
  readonly #oneWayMs: Float64Array;

  constructor(estate: Pick<Estate, 'regions' | 'links'>) {
    const ids = estate.regions.map(({ id }) => id);
    this.#index = new Map(ids.map((id, index) => [id, index]));
    this.#oneWayMs = new Float64Array(ids.length * ids.length);
    ids.forEach((from, row) => {
      ids.forEach((to, column) => {
        this.#oneWayMs[row * ids.length + column] = this.#isJoined(estate, from, to)
          ? delayBetween(estate, from, to)
          : Infinity;
      });
    });
  }

  /** One-way delay in ms; infinite between regions that no link joins. */
  oneWayMs(from: string, to: string): number {
    const row = this.#index.get(from) ?? 0;
    const column = this.#index.get(to) ?? 0;
    return this.#oneWayMs[row * this.#index.size + column] ?? Infinity;
  }

  /** There and back. */
  roundTripMs(from: string, to: string): number {
    return 2 * this.oneWayMs(from, to);
  }

  #isJoined({ links }: Pick<Estate, 'links'>, from: string, to: string): boolean {
    return (
      from === to || links.some(({ between }) => between.includes(from) && between.includes(to))
    );
  }
}

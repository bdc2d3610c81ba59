// The draws of one case. Each is named and follows from the campaign's seed, the case's number and its name alone, so
// that a draw more, or a case more, leaves every other draw as it was.
import { makeStream } from '../../engine/random.ts';
import { assert } from '../../engine/failure.ts';

/** A closed interval. */
export type Range = readonly [low: number, high: number];

export class Dice {
  readonly #seed: string;
  readonly #index: number;

  constructor(seed: string, index: number) {
    this.#seed = seed;
    this.#index = index;
  }

  /** Uniform in the interval. */
  between(name: string, [low, high]: Range): number {
    return low + (high - low) * this.#draw(name);
  }

  /** Uniform in the logarithm: as often between 1 and 10 as between 10 and 100. The interval is above zero. */
  scaleBetween(name: string, [low, high]: Range): number {
    assert(low > 0, `${name} is drawn on a logarithmic scale`);
    return Math.exp(this.between(name, [Math.log(low), Math.log(high)]));
  }

  /** A whole number of the interval, each as likely as another. */
  whole(name: string, [low, high]: Range): number {
    return low + Math.floor((high - low + 1) * this.#draw(name));
  }

  chance(name: string, share: number): boolean {
    return this.#draw(name) < share;
  }

  pick<T>(name: string, choices: readonly T[]): T {
    const chosen = choices[this.whole(name, [0, choices.length - 1])];
    assert(chosen !== undefined, `there is something to pick for ${name}`);
    return chosen;
  }

  /** The list in an order of its own, each order as likely as another. */
  shuffle<T>(name: string, list: readonly T[]): readonly T[] {
    return list
      .map((item, at) => ({ item, key: this.#draw(`${name}/${at}`) }))
      .toSorted((a, b) => a.key - b.key)
      .map(({ item }) => item);
  }

  #draw(name: string): number {
    return makeStream(this.#seed, this.#index, `campaign/${name}`)();
  }
}

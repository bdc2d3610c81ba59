// Copies that fail and are repaired, all at random and without memory: how often too few are left, and how long until the
// last one is gone. A birth-death chain over the number of copies that are up, by formula and by its jumps.
import { assert } from '../engine/failure.ts';

export interface ReplicaGroup {
  readonly copies: number;
  /** Fewest that must be up. */
  readonly needed: number;
  readonly failuresPerHour: number;
  /** Of one crew. */
  readonly repairsPerHour: number;
  /** Copies that can be repaired at once. */
  readonly crews: number;
}

/** Failures per hour with so many up, all of them together. */
function failingPerHour({ failuresPerHour }: ReplicaGroup, up: number): number {
  return up * failuresPerHour;
}

function repairedPerHour({ copies, crews, repairsPerHour }: ReplicaGroup, up: number): number {
  return Math.min(copies - up, crews) * repairsPerHour;
}

/** Share of time with 0, 1, … all copies up. */
function timeShares(group: ReplicaGroup): number[] {
  const weights = [1];
  for (let up = 0; up < group.copies; up++) {
    const ratio = repairedPerHour(group, up) / failingPerHour(group, up + 1);
    weights.push((weights[up] ?? 0) * ratio);
  }
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/** Share of time with fewer up than are needed. */
export function unavailability(group: ReplicaGroup): number {
  return timeShares(group)
    .slice(0, group.needed)
    .reduce((sum, share) => sum + share, 0);
}

/**
 * Mean hours from all copies up to the first time that fewer than `needed` are: the sum of the mean times from j failed
 * copies to j + 1, each with its detours through fewer. With `needed` 1 this is the mean time to data loss.
 */
export function meanHoursToFailure(group: ReplicaGroup): number {
  let toNext = 0;
  let total = 0;
  for (let up = group.copies; up >= group.needed; up--) {
    toNext = (1 + repairedPerHour(group, up) * toNext) / failingPerHour(group, up);
    total += toNext;
  }
  return total;
}

/** The same where repairs are so much faster than failures that only the straight way down counts. */
export function straightHoursToFailure(group: ReplicaGroup): number {
  let hours = 1;
  for (let up = group.copies; up >= group.needed; up--) {
    hours /= failingPerHour(group, up);
    if (up < group.copies) hours *= repairedPerHour(group, up);
  }
  return hours;
}

/** The chain itself, jump by jump. `draw`: uniform in [0, 1). */
export class ReplicaChain {
  readonly #group: ReplicaGroup;
  readonly #draw: () => number;
  up: number;

  constructor(group: ReplicaGroup, draw: () => number) {
    assert(group.needed > 0 && group.needed <= group.copies, 'as many are needed as there are');
    this.#group = group;
    this.#draw = draw;
    this.up = group.copies;
  }

  get isAvailable(): boolean {
    return this.up >= this.#group.needed;
  }

  /** Hours until the next copy fails or is repaired. */
  nextHours(): number {
    const perHour = failingPerHour(this.#group, this.up) + repairedPerHour(this.#group, this.up);
    return -Math.log1p(-this.#draw()) / perHour;
  }

  /** It happens: one copy fewer or more. */
  jump(): void {
    const failing = failingPerHour(this.#group, this.up);
    const isFailure = this.#draw() * (failing + repairedPerHour(this.#group, this.up)) < failing;
    this.up += isFailure ? -1 : 1;
  }
}

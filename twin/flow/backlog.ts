// What is written and applied as two flows: writes come at rates that hold for a while, and a follower applies them in
// order, so many per second at most. All of it is made of straight lines, so every figure is exact.

/** A time for which the rate of writes holds. */
export interface FlowSegment {
  readonly lengthSec: number;
  readonly ratePerSec: number;
}

interface Corner {
  readonly atSec: number;
  readonly written: number;
  readonly applied: number;
}

export class FlowBacklog {
  /** Where a rate changes or a backlog is gone, in the order of time; straight in between. */
  readonly #corners: readonly Corner[];
  /** When as much was written as the follower has applied at some corner of what was written. */
  readonly #looksSec: readonly number[];

  /** Without a backlog at first. */
  constructor(segments: readonly FlowSegment[], appliedPerSec: number) {
    const corners: Corner[] = [{ atSec: 0, written: 0, applied: 0 }];
    for (const segment of segments) {
      for (const part of partsOf(segment, corners.at(-1), appliedPerSec)) corners.push(part);
    }
    this.#corners = corners;
    const reached = corners.flatMap(({ written }) => this.#appliedAtSec(written));
    this.#looksSec = [...corners.map(({ atSec }) => atSec), ...reached].toSorted((a, b) => a - b);
  }

  get horizonSec(): number {
    return this.#corners.at(-1)?.atSec ?? 0;
  }

  backlogAt(atSec: number): number {
    return this.#at(atSec, 'written') - this.#at(atSec, 'applied');
  }

  /** Age of the newest write that is applied; 0 without a backlog. */
  lagSecAt(atSec: number): number {
    if (this.backlogAt(atSec) <= 0) return 0;
    const applied = this.#at(atSec, 'applied');
    const after = this.#corners.findIndex(({ written }) => written > applied);
    const [from, to] = [this.#corners[after - 1], this.#corners[after]];
    if (from === undefined || to === undefined) return 0;
    const share = (applied - from.written) / (to.written - from.written);
    return atSec - (from.atSec + share * (to.atSec - from.atSec));
  }

  /** The largest backlog and the first time that it is reached. */
  peakBacklog(): { readonly value: number; readonly atSec: number } {
    return this.#peak((atSec) => this.backlogAt(atSec));
  }

  /** The largest lag and the first time that it is reached. */
  peakLagSec(): { readonly value: number; readonly atSec: number } {
    return this.#peak((atSec) => this.lagSecAt(atSec));
  }

  /** When the last backlog is gone: 0 if there never was one, Infinity if one is left. */
  caughtUpSec(): number {
    const behind = this.#corners.findLastIndex(({ written, applied }) => written > applied);
    return behind === -1 ? 0 : (this.#corners[behind + 1]?.atSec ?? Infinity);
  }

  /** Backlog times time, over all of it. */
  backlogSeconds(): number {
    return this.#corners.slice(1).reduce((sum, { atSec, written, applied }, index) => {
      const from = this.#corners[index];
      if (from === undefined) return sum;
      const mean = (written - applied + from.written - from.applied) / 2;
      return sum + mean * (atSec - from.atSec);
    }, 0);
  }

  /** Both are straight between looks, so the largest value is at one of them. */
  #peak(of: (atSec: number) => number): { readonly value: number; readonly atSec: number } {
    let [value, atSec] = [0, 0];
    for (const lookSec of this.#looksSec) {
      const found = of(lookSec);
      // A later one that is only larger by rounding is the same.
      if (found > value * (1 + 1e-12)) [value, atSec] = [found, lookSec];
    }
    return { value, atSec };
  }

  #at(atSec: number, what: 'written' | 'applied'): number {
    const after = this.#corners.findIndex((corner) => corner.atSec >= atSec);
    const to = this.#corners[after] ?? this.#corners.at(-1);
    const from = this.#corners[after - 1] ?? to;
    if (from === undefined || to === undefined) return 0;
    if (to.atSec === from.atSec) return to[what];
    return from[what] + ((to[what] - from[what]) * (atSec - from.atSec)) / (to.atSec - from.atSec);
  }

  /** When so much was applied first; none if never. */
  #appliedAtSec(amount: number): number[] {
    const after = this.#corners.findIndex(({ applied }) => applied >= amount);
    const [from, to] = [this.#corners[after - 1], this.#corners[after]];
    if (from === undefined || to === undefined) return [];
    const share = (amount - from.applied) / (to.applied - from.applied);
    return [from.atSec + share * (to.atSec - from.atSec)];
  }
}

/** A segment, cut where its backlog is gone. */
function partsOf(
  { lengthSec, ratePerSec }: FlowSegment,
  from: Corner | undefined,
  appliedPerSec: number,
): Corner[] {
  const { atSec, written, applied } = from ?? { atSec: 0, written: 0, applied: 0 };
  const end = { atSec: atSec + lengthSec, written: written + ratePerSec * lengthSec };
  const emptyAfterSec = (written - applied) / (appliedPerSec - ratePerSec);
  if (written <= applied && ratePerSec <= appliedPerSec) return [{ ...end, applied: end.written }];
  if (!(emptyAfterSec > 0 && emptyAfterSec < lengthSec)) {
    // What is left where it empties with the segment's end is rounding.
    const left = emptyAfterSec === lengthSec ? end.written : applied + appliedPerSec * lengthSec;
    return [{ ...end, applied: left }];
  }
  const level = written + ratePerSec * emptyAfterSec;
  return [
    { atSec: atSec + emptyAfterSec, written: level, applied: level },
    { ...end, applied: end.written },
  ];
}

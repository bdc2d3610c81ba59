// A loop that starts and stops instances after the load: it looks at intervals, waits between its deeds, and what it
// starts takes a while to be of use. Played in whole seconds, as such loops live.

export interface AutoscalerRule {
  /** Requests per second that one instance can answer. */
  readonly capacityPerInstance: number;
  /** How busy instances shall be. */
  readonly targetUtilisation: number;
  readonly intervalSec: number;
  /** Between two starts; and between any deed and the next stop. */
  readonly cooldownUpSec: number;
  readonly cooldownDownSec: number;
  readonly bootSec: number;
  readonly least: number;
  readonly most: number;
  /** Instances at most that one deed starts or stops. */
  readonly largestStep: number;
}

/** The loop, with what it remembers. */
export class Autoscaler {
  readonly #rule: AutoscalerRule;
  readonly #booting: { readonly readySec: number; readonly count: number }[] = [];
  #ready: number;
  #upSec = -Infinity;
  #downSec = -Infinity;

  constructor(rule: AutoscalerRule, ready: number) {
    this.#rule = rule;
    this.#ready = ready;
  }

  get ready(): number {
    return this.#ready;
  }

  get booting(): number {
    return this.#booting.reduce((sum, { count }) => sum + count, 0);
  }

  /**
   * One second of the loop, at a time that is a second later each: whoever has booted is ready, then the loop looks. How many it
   * starts, or (negative) stops.
   */
  tick(atSec: number, loadPerSec: number): number {
    while ((this.#booting[0]?.readySec ?? Infinity) <= atSec) {
      this.#ready += this.#booting.shift()?.count ?? 0;
    }
    const isLook = atSec > 0 && atSec % this.#rule.intervalSec === 0;
    return isLook ? this.#adjust(atSec, this.#wanted(loadPerSec)) : 0;
  }

  #wanted(loadPerSec: number): number {
    const { capacityPerInstance, targetUtilisation, least, most } = this.#rule;
    // A load that is a whole number of instances must not be one more by rounding.
    const needed = Math.ceil(loadPerSec / (capacityPerInstance * targetUtilisation) - 1e-9);
    return Math.min(most, Math.max(least, needed));
  }

  #adjust(atSec: number, wanted: number): number {
    const { cooldownUpSec, cooldownDownSec, bootSec, largestStep } = this.#rule;
    const current = this.#ready + this.booting;
    if (wanted > current && atSec - this.#upSec >= cooldownUpSec) {
      const count = Math.min(wanted - current, largestStep);
      this.#booting.push({ readySec: atSec + bootSec, count });
      this.#upSec = atSec;
      return count;
    }
    const sinceSec = atSec - Math.max(this.#upSec, this.#downSec);
    if (wanted < current && this.booting === 0 && sinceSec >= cooldownDownSec) {
      const count = Math.min(current - wanted, largestStep);
      this.#ready -= count;
      this.#downSec = atSec;
      return -count;
    }
    return 0;
  }
}

/** What a loop did to a load, over whole seconds. */
interface AutoscalerRun {
  readonly instanceSeconds: number;
  /** Requests beyond what was ready. */
  readonly unserved: number;
  readonly starts: number;
  readonly stops: number;
  readonly readyAtEnd: number;
  readonly peakReady: number;
  /** When what was ready carried the load again after it first did not; 0 if it always did, null if never again. */
  readonly caughtUpSec: number | null;
}

/** Plays a loop from 0 to the horizon, whose last second it looks at but does not count. */
export function playAutoscaler(
  rule: AutoscalerRule,
  ready: number,
  loadPerSec: (atSec: number) => number,
  horizonSec: number,
): AutoscalerRun {
  const loop = new Autoscaler(rule, ready);
  let [instanceSeconds, unserved, starts, stops, peakReady] = [0, 0, 0, 0, ready];
  let shortSec: number | null = null;
  let caughtUpSec: number | null = null;
  for (let atSec = 0; atSec <= horizonSec; atSec++) {
    const change = loop.tick(atSec, loadPerSec(atSec));
    if (change > 0) starts++;
    if (change < 0) stops++;
    peakReady = Math.max(peakReady, loop.ready);
    const missing = loadPerSec(atSec) - loop.ready * rule.capacityPerInstance;
    if (missing > 0) shortSec ??= atSec;
    else if (shortSec !== null) caughtUpSec ??= atSec;
    if (atSec === horizonSec) break;
    instanceSeconds += loop.ready + loop.booting;
    unserved += Math.max(0, missing);
  }
  return {
    instanceSeconds,
    unserved,
    starts,
    stops,
    readyAtEnd: loop.ready,
    peakReady,
    caughtUpSec: shortSec === null ? 0 : caughtUpSec,
  };
}

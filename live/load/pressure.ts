// What the driver's own process did to the measurement: garbage collections and stalls of its event loop. The validity
// gates read it, so that a slow generator is never taken for a slow platform.
import { monitorEventLoopDelay, PerformanceObserver, type PerformanceEntry } from 'node:perf_hooks';

const samplingMs = 10;

/** Longest and summed garbage collections, and the longest stall of the event loop, since the start. */
export interface Pressure {
  readonly gcMaxMs: number;
  readonly gcTotalMs: number;
  readonly eventLoopMaxMs: number;
}

export class PressureGauge {
  readonly #observer: PerformanceObserver;
  readonly #loop = monitorEventLoopDelay({ resolution: samplingMs });
  #gcMaxMs = 0;
  #gcTotalMs = 0;

  constructor() {
    this.#observer = new PerformanceObserver((list) => this.#add(list.getEntries()));
    this.#observer.observe({ entryTypes: ['gc'] });
    this.#loop.enable();
  }

  /** Forgets what happened so far, for instance while connections were opened. */
  restart(): void {
    this.#observer.takeRecords();
    this.#loop.reset();
    this.#gcMaxMs = 0;
    this.#gcTotalMs = 0;
  }

  stop(): Pressure {
    this.#add(this.#observer.takeRecords());
    this.#observer.disconnect();
    this.#loop.disable();
    const stallMs = this.#loop.count === 0 ? 0 : this.#loop.max / 1e6 - samplingMs;
    return {
      gcMaxMs: this.#gcMaxMs,
      gcTotalMs: this.#gcTotalMs,
      eventLoopMaxMs: Math.max(0, stallMs),
    };
  }

  #add(collections: readonly PerformanceEntry[]): void {
    for (const { duration } of collections) {
      this.#gcTotalMs += duration;
      this.#gcMaxMs = Math.max(this.#gcMaxMs, duration);
    }
  }
}

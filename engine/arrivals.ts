// When customers come. An arrival process is a function that gives the time to the next arrival, or Infinity when
// there is none: Poisson, renewal with any law, or a recorded trace. It feeds a simulation (one event per arrival),
// or is drawn beforehand into a column of times.
import { sampler, type Distribution } from './distributions.ts';
import { noEvent, type EventId } from './event-slots.ts';
import { assert, UserError } from './failure.ts';
import type { RandomStream } from './random.ts';
import type { Simulation } from './simulation.ts';

/** Milliseconds from one arrival to the next, per call; Infinity ends the process. */
export type Gaps = () => number;

/** Poisson arrivals; a rate of 0 means none. */
export function poissonGaps(ratePerSec: number, stream: RandomStream): Gaps {
  if (ratePerSec === 0) return () => Infinity;
  return renewalGaps({ kind: 'exponential', mean: 1000 / ratePerSec }, stream);
}

/** Independent gaps in milliseconds, all of one law. */
export function renewalGaps(gapMs: Distribution, stream: RandomStream): Gaps {
  return sampler(gapMs, stream);
}

/** Arrivals at the given times, which must not decrease. */
export function traceGaps(atMs: ArrayLike<number>): Gaps {
  let next = 0;
  let previousMs = 0;
  return () => {
    const timeMs = atMs[next++] ?? Infinity;
    if (!(timeMs >= previousMs)) {
      throw new UserError('input', {
        message: `arrival ${next - 1} of the trace is at ${timeMs} ms, before ${previousMs} ms`,
        remedy: 'sort the trace by time',
      });
    }
    const gapMs = timeMs - previousMs;
    previousMs = timeMs;
    return gapMs;
  };
}

/**
 * Poisson arrivals at a rate that changes with time, in arrivals per millisecond at a time since the first call, by thinning
 * (Lewis and Shedler 1979). `peakPerMs` bounds the rate; beyond it the process would be another one, which is refused.
 */
export function varyingGaps(
  ratePerMs: (atMs: number) => number,
  peakPerMs: number,
  stream: RandomStream,
): Gaps {
  assert(peakPerMs > 0 && peakPerMs < Infinity, `arrivals at a peak of ${peakPerMs} a ms`);
  let nowMs = 0;
  return () => {
    const sinceMs = nowMs;
    for (;;) {
      nowMs -= Math.log(1 - stream()) / peakPerMs;
      const rate = ratePerMs(nowMs);
      if (!(rate >= 0 && rate <= peakPerMs)) {
        assert(false, `arrivals at ${rate} a ms at ${nowMs} ms, with a peak of ${peakPerMs}`);
      }
      if (stream() * peakPerMs < rate) return nowMs - sinceMs;
    }
  };
}

/** A phase of a modulated process: how many arrive a millisecond in it, and where and how often it goes over. */
export interface ArrivalPhase {
  readonly ratePerMs: number;
  /** Changes a millisecond, by phase; its own is not looked at. */
  readonly changesPerMs: readonly number[];
}

/**
 * Markov-modulated Poisson arrivals (Fischer and Meier-Hellstern 1993), beginning in the first phase. A phase that is never left
 * and has no arrivals ends the process.
 */
export function modulatedGaps(phases: readonly ArrivalPhase[], stream: RandomStream): Gaps {
  assert(phases.length > 0, 'a modulated process has a phase');
  let phase = 0;
  return () => {
    let gapMs = 0;
    for (;;) {
      const { ratePerMs, changesPerMs } = phases[phase] ?? { ratePerMs: 0, changesPerMs: [] };
      const leaving = changesPerMs.reduce((sum, rate, to) => (to === phase ? sum : sum + rate), 0);
      const total = ratePerMs + leaving;
      if (total === 0) return Infinity;
      gapMs -= Math.log(1 - stream()) / total;
      let pick = stream() * total - ratePerMs;
      if (pick < 0) return gapMs;
      const from = phase;
      for (let to = 0; to < phases.length && pick >= 0; to++) {
        if (to === from) continue;
        pick -= changesPerMs[to] ?? 0;
        phase = to;
      }
    }
  };
}

/** Whole batches at the times of an arrival process: `sizeOf` draws how many come at once, at least one. */
export function batchedGaps(gaps: Gaps, sizeOf: () => number): Gaps {
  let left = 0;
  return () => {
    if (left > 0) {
      left--;
      return 0;
    }
    const size = sizeOf();
    if (!(Number.isInteger(size) && size > 0)) assert(false, `a batch of ${size} arrivals`);
    left = size - 1;
    return gaps();
  };
}

/** All arrival times below the horizon, counted from 0. */
export function arrivalTimes(gaps: Gaps, horizonMs: number): Float64Array {
  const times: number[] = [];
  let atMs = gaps();
  for (; atMs < horizonMs; atMs += gaps()) times.push(atMs);
  return Float64Array.from(times);
}

/** Arrivals that feed a simulation. */
export interface ArrivalFeed {
  /** Ends the feed; the arrival that was scheduled does not come. */
  stop(): void;
}

/** Calls `onArrival(index)`, index 0, 1, 2 …, at each arrival from the present instant on. */
export function feedArrivals(
  simulation: Simulation,
  gaps: Gaps,
  onArrival: (index: number) => void,
): ArrivalFeed {
  let pending: EventId = noEvent;
  const scheduleNext = (index: number): void => {
    const gapMs = gaps();
    pending = gapMs === Infinity ? noEvent : simulation.schedule(gapMs, handler, index);
  };
  const handler = simulation.register((index) => {
    scheduleNext(index + 1);
    onArrival(index);
  }, 'arrival');
  scheduleNext(0);
  return {
    stop: () => {
      simulation.cancel(pending);
      pending = noEvent;
    },
  };
}

// When customers come. An arrival process is a function that gives the time to the next arrival, or Infinity when
// there is none: Poisson, renewal with any law, or a recorded trace. It feeds a simulation (one event per arrival),
// or is drawn beforehand into a column of times.
import { sampler, type Distribution } from './distributions.ts';
import { noEvent, type EventId } from './event-slots.ts';
import { UserError } from './failure.ts';
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

// Table of contents of the engine: what the other rooms may use. The kernel itself is simulation.ts; README.md says
// how an event travels. Files that are not listed here are the engine's own business.
export { acquire, delay, waitFor, type Acquirable, type Command, type Process } from './process.ts';
export {
  arrivalTimes,
  feedArrivals,
  poissonGaps,
  renewalGaps,
  traceGaps,
  type ArrivalFeed,
  type Gaps,
} from './arrivals.ts';
export {
  cumulative,
  makeQuantile,
  meanOf,
  quantile,
  sampler,
  squaredVariationOf,
  type Distribution,
} from './distributions.ts';
export { noEvent, type EventId, type HandlerId } from './event-slots.ts';
export { defaultLimits, type Limits } from './limits.ts';
export { hashUniform, makeHashUniform, makeStream, type RandomStream } from './random.ts';
export { Gate, Signal, type Waitable } from './signal.ts';
export { Simulation, type Handler, type SimulationOptions } from './simulation.ts';
export { FlushStation, type FlushStationOptions } from './stations/flush.ts';
export { noTicket, Pool } from './stations/pool.ts';
export { QueueStation, type QueueStationOptions } from './stations/queue.ts';
export { SharingStation, type SharingStationOptions } from './stations/sharing.ts';
export { inProcessRunner, type Job, type Runner, type RunOptions } from './ensemble/runner.ts';
export { defaultAccuracy, Histogram } from './statistics/histogram.ts';
export {
  centralInterval,
  meanInterval,
  pairedInterval,
  sampleQuantile,
  studentCumulative,
  studentQuantile,
  type MeanInterval,
} from './statistics/intervals.ts';
export { TimeWeighted, WindowedSeries, type Window } from './statistics/series.ts';
export { bulkRoot, erlangB, erlangC, laplaceTransform, waitRoot } from './theory.ts';

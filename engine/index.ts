// Table of contents of the engine: what the other rooms may use. The kernel itself is simulation.ts; README.md says
// how an event travels. Imported by their own names are failure.ts and digest.ts, which every room needs, and
// ensemble/threads.ts, which loads a thread pool. Other files are the engine's own business.
export { acquire, delay, waitFor, type Process } from './process.ts';
export {
  arrivalTimes,
  feedArrivals,
  poissonGaps,
  renewalGaps,
  traceGaps,
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
export { noEvent, type EventId } from './event-slots.ts';
export { hashUniform, makeHashUniform, makeStream } from './random.ts';
export { Gate, Signal } from './signal.ts';
export { Simulation } from './simulation.ts';
export { FlushStation } from './stations/flush.ts';
export { noTicket, Pool } from './stations/pool.ts';
export { QueueStation } from './stations/queue.ts';
export { SharingStation } from './stations/sharing.ts';
export { inProcessRunner, type Runner } from './ensemble/runner.ts';
export { Histogram } from './statistics/histogram.ts';
export {
  centralInterval,
  meanInterval,
  pairedInterval,
  sampleQuantile,
  studentCumulative,
  studentQuantile,
} from './statistics/intervals.ts';
export { brierScore, quantileCrps, shareInterval } from './statistics/scores.ts';
export { TimeWeighted, WindowedSeries } from './statistics/series.ts';
export { bulkRoot, erlangB, erlangC, waitRoot } from './theory.ts';

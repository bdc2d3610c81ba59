// Table of contents of the engine: what the other rooms may use. The kernel itself is simulation.ts; README.md says
// how an event travels. Imported by their own names are failure.ts and digest.ts, which every room needs, and
// ensemble/threads.ts, which loads a thread pool. Other files are the engine's own business.
export { acquire, delay, waitFor, type Process } from './process.ts';
export {
  arrivalTimes,
  batchedGaps,
  feedArrivals,
  modulatedGaps,
  poissonGaps,
  renewalGaps,
  traceGaps,
  varyingGaps,
  type ArrivalPhase,
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
export { leastLoaded, powerOfChoices, randomRoute, roundRobin } from './routing.ts';
export { Gate, Signal } from './signal.ts';
export { Simulation } from './simulation.ts';
export { FlushStation } from './stations/flush.ts';
export { ImpatientStation } from './stations/impatient.ts';
export { Join } from './stations/join.ts';
export { noTicket, Pool } from './stations/pool.ts';
export { PriorityStation } from './stations/priority.ts';
export { QueueStation } from './stations/queue.ts';
export { RetrialStation } from './stations/retrial.ts';
export { SharingStation } from './stations/sharing.ts';
export { TokenBucket } from './stations/token-bucket.ts';
export { inProcessRunner, type Runner } from './ensemble/runner.ts';
export { runSequence } from './ensemble/sequence.ts';
export { Histogram } from './statistics/histogram.ts';
export {
  centralInterval,
  meanInterval,
  pairedInterval,
  sampleQuantile,
  studentCumulative,
  studentQuantile,
} from './statistics/intervals.ts';
export {
  batchMeans,
  batchMeansInterval,
  findWarmUp,
  lagOneCorrelation,
  mserStatistic,
  overlappingVariance,
  vonNeumannRatio,
} from './statistics/batches.ts';
export { bootstrapInterval, quantileInterval, resampledMeans } from './statistics/resampling.ts';
export {
  brierScore,
  ensembleCrps,
  exactShareInterval,
  logLoss,
  normalCrps,
  quantileCrps,
  shareInterval,
} from './statistics/scores.ts';
export { differenceTest, shiftTest } from './statistics/two-sample.ts';
export { TimeWeighted, WindowedSeries } from './statistics/series.ts';
export { bulkRoot, erlangB, erlangC, modulatedRoot, waitRoot } from './theory.ts';

// Exact reference cases through the engine and the parts of the platform: which family is run by what, and the validation of a list of cases. A
// family that nobody serves, parameters that its runner cannot read and metrics that it does not compute are
// reported as unsupported, never as passed.
import { BeyondLimit } from '../../engine/limits.ts';
import type { CaseResult, Outcome, ValidationDocument, ValidationOptions } from './documents.ts';
import { batchFamilies, runBatches, runWarmUp, warmUpFamilies } from './families/batches.ts';
import { bulkFamilies, runBulk } from './families/bulk.ts';
import { histogramFamilies, runHistogram } from './families/histogram.ts';
import { meanFamilies, pairedFamilies, runMean, runPaired } from './families/intervals.ts';
import { lossFamilies, runLoss } from './families/loss.ts';
import { queueFamilies, runQueue } from './families/queue.ts';
import {
  bootstrapFamilies,
  quantileFamilies,
  runBootstrap,
  runQuantiles,
  runShares,
  runTwoSample,
  shareFamilies,
  twoSampleFamilies,
} from './families/samples.ts';
import { brierFamilies, crpsFamilies, runBrier, runCrps } from './families/scores.ts';
import { runSharing, sharingFamilies } from './families/sharing.ts';
import {
  abandonmentFamilies,
  retrialFamilies,
  runAbandonment,
  runRetrial,
} from './families/impatience.ts';
import {
  closedFamilies,
  finiteSourceFamilies,
  openFamilies,
  runClosedNetwork,
  runFiniteSource,
  runOpenNetwork,
} from './families/networks.ts';
import {
  choiceFamilies,
  fanOutFamilies,
  forkFamilies,
  runChoices,
  runFanOut,
  runForkJoin,
} from './families/parallel.ts';
import { priorityFamilies, runPriority } from './families/priority.ts';
import {
  batchArrivalFamilies,
  modulatedFamilies,
  runBatchArrivals,
  runModulated,
  runVarying,
  varyingFamilies,
} from './families/streams.ts';
import { runTokens, tokenFamilies } from './families/tokens.ts';
import { runTrace, traceFamilies } from './families/trace.ts';
import { cacheFamilies, runCache, runStaleReads, staleFamilies } from './families/caches.ts';
import { hedgingFamilies, retryFamilies, runHedging, runRetries } from './families/clients.ts';
import {
  lostWriteFamilies,
  recoveryFamilies,
  runLostWrites,
  runRecovery,
} from './families/failover.ts';
import { lagFamilies, runLag } from './families/lag.ts';
import {
  autoscalerFamilies,
  burnRateFamilies,
  runAutoscaler,
  runBurnRate,
} from './families/loops.ts';
import { billFamilies, retentionFamilies, runBill, runRetention } from './families/money.ts';
import { binFamilies, ringFamilies, runBins, runRing } from './families/placement.ts';
import { quorumFamilies, runQuorum } from './families/quorum.ts';
import {
  availabilityFamilies,
  durabilityFamilies,
  runAvailability,
  runDurability,
} from './families/replicas.ts';
import { judge } from './judge.ts';
import type { ReferenceCase } from './schema.ts';

export type {
  CaseResult,
  MetricResult,
  ValidationDocument,
  ValidationOptions,
} from './documents.ts';
export { parseReferenceFile, referenceSchema, type ReferenceCase } from './schema.ts';

type FamilyRunner = (referenceCase: ReferenceCase, options: ValidationOptions) => Outcome;

const registry: readonly (readonly [readonly string[], FamilyRunner])[] = [
  [queueFamilies, runQueue],
  [lossFamilies, runLoss],
  [sharingFamilies, runSharing],
  [bulkFamilies, runBulk],
  [priorityFamilies, runPriority],
  [abandonmentFamilies, runAbandonment],
  [retrialFamilies, runRetrial],
  [openFamilies, runOpenNetwork],
  [closedFamilies, runClosedNetwork],
  [finiteSourceFamilies, runFiniteSource],
  [forkFamilies, runForkJoin],
  [fanOutFamilies, runFanOut],
  [choiceFamilies, runChoices],
  [modulatedFamilies, runModulated],
  [batchArrivalFamilies, runBatchArrivals],
  [varyingFamilies, runVarying],
  [tokenFamilies, runTokens],
  [traceFamilies, runTrace],
  [meanFamilies, runMean],
  [pairedFamilies, runPaired],
  [histogramFamilies, runHistogram],
  [warmUpFamilies, runWarmUp],
  [batchFamilies, runBatches],
  [twoSampleFamilies, runTwoSample],
  [quantileFamilies, runQuantiles],
  [shareFamilies, runShares],
  [bootstrapFamilies, runBootstrap],
  [crpsFamilies, runCrps],
  [brierFamilies, runBrier],
  [cacheFamilies, runCache],
  [staleFamilies, runStaleReads],
  [hedgingFamilies, runHedging],
  [retryFamilies, runRetries],
  [recoveryFamilies, runRecovery],
  [lostWriteFamilies, runLostWrites],
  [lagFamilies, runLag],
  [autoscalerFamilies, runAutoscaler],
  [burnRateFamilies, runBurnRate],
  [billFamilies, runBill],
  [retentionFamilies, runRetention],
  [ringFamilies, runRing],
  [binFamilies, runBins],
  [quorumFamilies, runQuorum],
  [availabilityFamilies, runAvailability],
  [durabilityFamilies, runDurability],
];

const runners = new Map(registry.flatMap(([families, run]) => families.map((name) => [name, run])));

/** Runs one case and judges its metrics. Deterministic for a seed; `options.effort` must be positive. */
export function validateCase(referenceCase: ReferenceCase, options: ValidationOptions): CaseResult {
  const { id, family, metrics } = referenceCase;
  const outcome = runCase(referenceCase, options);
  if (outcome.kind === 'unsupported') {
    return { id, family, status: 'unsupported', reason: outcome.reason, metrics: [] };
  }
  const results = Object.entries(metrics).map(([name, metric]) =>
    judge(name, metric, outcome.figures.get(name)),
  );
  const unknown = results.filter(({ verdict }) => verdict === 'unsupported');
  const hasFailed = results.some(({ verdict }) => verdict === 'failed');
  const status = hasFailed ? 'failed' : unknown.length > 0 ? 'unsupported' : 'passed';
  const names = unknown.map(({ name }) => name).join(', ');
  const missing = unknown.length > 0 ? `not computed for this family: ${names}` : null;
  const reasons = [outcome.remark ?? null, missing].filter((text) => text !== null);
  const reason = reasons.length > 0 ? reasons.join('; ') : null;
  return { id, family, status, reason, metrics: results };
}

/** A bound of the engine that a case reaches, as unstable ones may, is that case's own end and not that of the others. */
function runCase(referenceCase: ReferenceCase, options: ValidationOptions): Outcome {
  const { family } = referenceCase;
  const run = runners.get(family);
  if (run === undefined) {
    return { kind: 'unsupported', reason: `no runner serves the family ${family}` };
  }
  try {
    return run(referenceCase, options);
  } catch (error) {
    if (error instanceof BeyondLimit) return { kind: 'unsupported', reason: error.message };
    throw error;
  }
}

/** Counts the verdicts of cases that were validated, in whatever way. */
export function summariseValidation(cases: readonly CaseResult[]): ValidationDocument {
  const count = (status: CaseResult['status']): number =>
    cases.filter((result) => result.status === status).length;
  return {
    schema: 'premortem/validation/v1',
    cases,
    counts: {
      passed: count('passed'),
      failed: count('failed'),
      unsupported: count('unsupported'),
    },
  };
}

/** Validates all cases, one after the other. */
export function validateCases(
  cases: readonly ReferenceCase[],
  options: ValidationOptions,
): ValidationDocument {
  return summariseValidation(cases.map((referenceCase) => validateCase(referenceCase, options)));
}

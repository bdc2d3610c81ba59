// A scenario → a prediction. Two ensembles: fresh traces with baseline and candidate (what the action changes on
// average, with 95 % intervals of the mean), and rehearsals of the one bound trace under the calibration's uncertainty
// (what one execution will show, with prediction intervals).
import { digestOf, digestOfBytes } from '../engine/digest.ts';
import type { Runner } from '../engine/ensemble/runner.ts';
import { runSequence } from '../engine/ensemble/sequence.ts';
import { allNodes, costOfChange } from '../twin/cost.ts';
import type { Calibration } from '../twin/estate/calibration.ts';
import type { CalibrationDoubts } from '../twin/estate/calibration-doubts.ts';
import { estateDigest } from '../twin/estate/digest.ts';
import type { Estate } from '../twin/estate/estate.ts';
import { describeParameters } from '../twin/model/parameter-set.ts';
import { evaluatePolicy } from '../twin/policy/evaluate.ts';
import type { Prediction } from '../twin/prediction.ts';
import { trackRecords } from '../twin/record/distrust.ts';
import type { RecordSummary } from '../twin/record/record.ts';
import type { Trace } from '../twin/trace.ts';
import { blastRadiusOf, overloadsOf, riskFindings, sloRisks } from './findings.ts';
import { executionsPerLook, widestHalfWidth, type Precision } from './precision.ts';
import type { ReplicationInput, ReplicationResult } from './replication.ts';
import { traceOf } from './replication.ts';
import { playsOf } from './plays.ts';
import { actionsOf, type Scenario } from './scenario.ts';
import { describeDeed, shardsTouched, stepsOfScenario } from './deeds.ts';
import { claimOf, exactClaims } from './exact-claims.ts';
import { scoreRisk } from '../twin/risk.ts';
import { summariseBands, summariseMetrics, summariseSteps } from './summary.ts';

/** Replications of each ensemble. Enough for a 90 % interval's ends to rest on several executions each. */
export interface EnsembleSize {
  readonly fresh: number;
  readonly rehearsals: number;
  /** How exact the answer shall be; there are then as many fresh executions as that takes, from `fresh` to its own bound. */
  readonly precision?: Precision;
}

export const defaultEnsemble: EnsembleSize = { fresh: 24, rehearsals: 80 };

/** Fresh executions that any precision may take. */
export const mostFresh = 10_000;

/** How exact an answer became, as in `Precision`, and after how many fresh executions. */
export interface ReachedPrecision {
  readonly halfWidth: number;
  readonly executions: number;
}

export interface SimulateInput {
  readonly scenario: Scenario;
  readonly estate: Estate;
  readonly calibration: Calibration | null;
  /** What speaks against the overlay now and here; nothing, unless given. */
  readonly doubts?: CalibrationDoubts;
  /** What became of earlier predictions; without it the model has yet to earn its trust. */
  readonly record?: RecordSummary | null;
  readonly seed: string;
  readonly ensemble: EnsembleSize;
  readonly version: Prediction['version'];
}

export interface SimulateOptions {
  readonly runner: Runner;
  /** Wall-clock facts that a pure function cannot know. */
  readonly createdAt: string;
  readonly wallMs: () => number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, of: number) => void;
}

/** Runs both ensembles. The same input gives the same digest, on any number of workers. */
export async function simulate(
  input: SimulateInput,
  options: SimulateOptions,
): Promise<{ prediction: Prediction; trace: Trace; reached: ReachedPrecision | null }> {
  const startedMs = options.wallMs();
  const { fresh, rehearsals } = await runEnsembles(input, options);
  const trace = traceOf(input.scenario, input.estate, input.seed, 0);
  const body = predict(input, { fresh, rehearsals, trace });
  const digest = digestOf(body);
  const timings = { wallMs: options.wallMs() - startedMs };
  const id = `${input.scenario.name.replaceAll('/', '-')}-${digest.slice(0, 10)}`;
  const { precision } = input.ensemble;
  const reached =
    precision === undefined
      ? null
      : { halfWidth: widestHalfWidth(fresh), executions: fresh.length };
  const { createdAt } = options;
  return { prediction: { ...body, id, createdAt, digest, timings }, trace, reached };
}

async function runEnsembles(
  input: SimulateInput,
  { runner, signal, onProgress }: SimulateOptions,
): Promise<{ fresh: readonly ReplicationResult[]; rehearsals: readonly ReplicationResult[] }> {
  const { scenario, estate, calibration, seed, ensemble } = input;
  const taskOf = (kind: ReplicationInput['kind'], index: number): ReplicationInput => ({
    scenario,
    estate,
    calibration,
    seed,
    index,
    kind,
  });
  const { precision } = ensemble;
  const atMost = precision?.atMost ?? ensemble.fresh;
  let done = 0;
  const options = {
    ...(signal === undefined ? {} : { signal }),
    onResult: () => onProgress?.(++done, atMost + ensemble.rehearsals),
  };
  const task = { module: new URL('./replication.ts', import.meta.url), name: 'runReplication' };
  const { results: fresh } = await runSequence<ReplicationInput, ReplicationResult>(
    runner,
    {
      ...task,
      inputOf: (index) => taskOf('fresh', index),
      step: precision === undefined ? atMost : executionsPerLook,
      atMost,
      isEnough: (seen) =>
        seen.length >= ensemble.fresh &&
        (precision === undefined || widestHalfWidth(seen) <= precision.halfWidth),
    },
    options,
  );
  signal?.throwIfAborted();
  const inputs = Array.from({ length: ensemble.rehearsals }, (_, index) =>
    taskOf('rehearsal', index),
  );
  const rehearsals = await runner.run<ReplicationInput, ReplicationResult>(
    { ...task, inputs },
    options,
  );
  return { fresh, rehearsals };
}

interface Ensembles {
  readonly fresh: readonly ReplicationResult[];
  readonly rehearsals: readonly ReplicationResult[];
  readonly trace: Trace;
}

function predict(
  input: SimulateInput,
  { fresh, rehearsals, trace }: Ensembles,
): Omit<Prediction, 'id' | 'createdAt' | 'digest' | 'timings'> {
  const { scenario, estate, calibration, seed, version } = input;
  const actions = actionsOf(scenario);
  const parameters = describeParameters(estate, calibration, input.doubts);
  const policy = evaluatePolicy(estate.policy, {
    lostAcknowledgedWrites: rehearsals.map((one) => claimOf(one, 'lost_acknowledged_writes')),
    fenceMs: rehearsals.map(({ candidate }) => candidate['all fence_ms.value'] ?? 0),
  });
  const blastRadius = blastRadiusOf(estate, shardsTouched(scenario, estate), trace, rehearsals);
  const slos = sloRisks(estate, rehearsals);
  const record = recordLine(input);
  const findings = { estate, actions, fresh, rehearsals, blastRadius, slos, parameters, record };
  const nodes = allNodes(estate);
  return {
    schema: 'premortem/prediction/v1',
    scenario: { name: scenario.name, why: scenario.why, digest: digestOf(scenario) },
    estate: {
      name: estate.name,
      digest: estateDigest(estate),
      calibration: calibration?.digest ?? null,
    },
    seed,
    replications: fresh.length + rehearsals.length,
    fingerprint: digestOfBytes([...fresh, ...rehearsals].map((one) => one.fingerprint).join('\n')),
    version,
    trace: trace.digest,
    horizonMs: scenario.horizonMs,
    warmupMs: scenario.warmupMs,
    actions: scenario.timeline.map((entry) => describeDeed(entry.do, estate)),
    steps: summariseSteps(stepsOfScenario(scenario, estate), rehearsals),
    metrics: summariseMetrics(fresh, rehearsals),
    bands: summariseBands(rehearsals),
    exact: exactClaims(rehearsals, scenario, estate),
    slos,
    overloads: overloadsOf(rehearsals),
    blastRadius,
    // A promotion moves roles, not machines: the same nodes run before, meanwhile and after.
    cost: costOfChange(estate, { before: nodes, meanwhile: nodes, after: nodes, durationMs: 0 }),
    policy,
    risk: scoreRisk(riskFindings(findings), estate.policy),
    record,
    parameters,
  };
}

/** Of the record, what is about the kinds of actions that this scenario plays. */
function recordLine({ record, scenario }: SimulateInput): Prediction['record'] {
  if (record === undefined || record === null) return null;
  return { digest: record.digest, plays: trackRecords(record, playsOf(scenario)) };
}

// A promotion of the library's lab, ready to be bound to a plan: the real estate, scenario and steps, a short trace and a
// prediction that is made up but has the shape of a real one.
import { digestOf, digestOfBytes, type Digest } from '../../../engine/digest.ts';
import { loadEstate, loadScenario } from '../../../scenarios/load.ts';
import type { Scenario } from '../../../scenarios/scenario.ts';
import type { Action, Step } from '../../../twin/actions/action.ts';
import { stepsOf } from '../../../twin/actions/index.ts';
import { bindingsOf, bindPlan, type Plan } from '../../../twin/change/plan.ts';
import type { Forecast } from '../../../twin/document.ts';
import type { Estate } from '../../../twin/estate/estate.ts';
import type { Prediction, Verdict } from '../../../twin/prediction.ts';
import { makeTrace, type Trace } from '../../../twin/trace.ts';
import { labEstateText, promoteText } from '../../scenarios/library.ts';

export const lab: Estate = loadEstate(labEstateText, 'lab.yaml');
export const scenario: Scenario = loadScenario(promoteText, 'promote-eu.yaml');
const action: Action = { kind: 'promote', shard: 'checkout-0', to: 'checkout-0-eu' };
export const topologyFacts = {
  nodes: { 'checkout-0-us': 'primary', 'checkout-0-eu': 'standby', 'checkout-0-ec': 'standby' },
  systemIdentifier: '7312',
};

export const trace: Trace = makeTrace(
  { seed: 'sample', horizonMs: 60_000, classes: ['commit', 'job'], tenants: ['acme'] },
  {
    atMs: Float64Array.of(1, 2.5, 70),
    classOf: Uint16Array.of(0, 1, 0),
    tenantOf: Uint32Array.of(0, 0, 0),
    size: Float64Array.of(200, 12, 180),
  },
);

/** What of a sample may differ from the ordinary one. */
export interface SampleChanges {
  readonly epoch?: number;
  readonly riskScore?: number;
  readonly verdicts?: readonly Verdict[];
  readonly createdAt?: string;
  readonly costUsd?: number;
}

export interface Sample {
  readonly title: string;
  readonly scenario: Scenario;
  readonly estate: Estate;
  readonly calibration: null;
  readonly prediction: Prediction;
  readonly trace: Trace;
  readonly topology: { readonly digest: Digest; readonly facts: object };
  readonly actions: readonly Action[];
  readonly steps: readonly Step[];
}

/** Everything a plan is made of but its author. The shard map stands at `epoch` (1 unless told). */
export function sample(changes: SampleChanges = {}): Sample {
  const steps = stepsOf(action, lab, changes.epoch ?? 1);
  return {
    title: 'move checkout-0 to Europe',
    scenario,
    estate: lab,
    calibration: null,
    prediction: predictionOf(steps, changes),
    trace,
    topology: { digest: digestOf(topologyFacts), facts: topologyFacts },
    actions: [action],
    steps,
  };
}

/** A bound plan by `author`, submitted at noon. */
export function samplePlan(changes: SampleChanges = {}, author = 'ada'): Plan {
  const parts = sample(changes);
  return bindPlan({
    ...parts,
    author: { name: author, key: keyOf(author) },
    submittedAt: '2030-01-01T12:00:00.000Z',
    expiresAt: '2030-01-02T12:00:00.000Z',
    predictionExpiresAt: '2030-01-01T13:00:00.000Z',
    bound: bindingsOf({ ...parts, trace: trace.digest, topology: parts.topology.digest }),
    policy: lab.policy,
  });
}

/** A stand-in for the fingerprint of somebody's key. */
export function keyOf(name: string): Digest {
  return digestOfBytes(`key of ${name}`);
}

function predictionOf(steps: readonly Step[], changes: SampleChanges): Prediction {
  const body = {
    schema: 'premortem/prediction/v1' as const,
    scenario: { name: scenario.name, why: scenario.why, digest: digestOf(scenario) },
    estate: { name: lab.name, digest: digestOf(lab), calibration: null },
    seed: 'sample',
    replications: 100,
    fingerprint: 'f00d',
    version: { premortem: '0.1.0', node: '24.21.0' },
    trace: trace.digest,
    horizonMs: 60_000,
    warmupMs: 5_000,
    actions: ['promote checkout-0-eu'],
    steps: steps.map(({ id, fenced }, index) => ({
      step: id,
      startMs: forecast(index * 20),
      durationMs: forecast(20),
      fenced,
    })),
    metrics: [metric('fence_ms.value', 320), metric('duration_ms.value', 700)],
    bands: [],
    exact: [{ claim: 'lost_acknowledged_writes', value: 0, because: 'a standby had flushed it' }],
    slos: [],
    overloads: [],
    blastRadius: {
      fleets: ['checkout'],
      shards: ['checkout-0'],
      tenants: ['acme'],
      trafficShare: 1,
      degradedMs: forecast(700),
    },
    cost: { oneOffUsd: changes.costUsd ?? 0.02, perMonthUsd: 0 },
    policy: [...(changes.verdicts ?? [])],
    risk: { score: changes.riskScore ?? 20, components: [] },
    record: null,
    parameters: [],
  };
  return {
    ...body,
    id: 'lab-promote-eu-sample',
    createdAt: changes.createdAt ?? '2030-01-01T12:00:00.000Z',
    digest: digestOf(body),
    timings: { wallMs: 1_234 },
  };
}

function metric(id: string, median: number): Prediction['metrics'][number] {
  const estimate = { mean: median, ci95: [median - 2, median + 2] as [number, number] };
  return {
    metric: id,
    phase: 'all',
    unit: 'ms',
    baseline: { mean: 0, ci95: [0, 0] },
    candidate: estimate,
    delta: estimate,
    forecast: forecast(median),
    freshSpread90: 40,
  };
}

function forecast(median: number): Forecast {
  const around = (half: number): [number, number] => [median - half, median + half];
  return {
    median,
    pi50: around(5),
    pi80: around(10),
    pi90: around(15),
    pi95: around(20),
    basis: 'trace',
    includes: ['service', 'calibration', 'repetition'],
  };
}

// A believable prediction and measurement of a planned promotion: two classes, two regions, three phases, ten steps,
// bands at 500 ms over a minute. Parsed by the schemas, so a changed document breaks it.
import { digestOf, digestOfBytes } from '../../engine/digest.ts';
import { measurementSchema, type Measurement } from '../../twin/measurement.ts';
import { predictionSchema, type Prediction } from '../../twin/prediction.ts';
import { verify, type Verification } from '../../twin/verify.ts';
import {
  exampleBands,
  exampleMetrics,
  exampleParameters,
  exampleRisk,
  exampleSteps,
  forecast,
  horizonMs,
  measuredFactor,
  measuredSteps,
  wobble,
} from './fixture-parts.ts';

/** A whole prediction; parts of it can be replaced before it is digested. */
export function examplePrediction(changes: Partial<Prediction> = {}): Prediction {
  const body = {
    schema: 'premortem/prediction/v1' as const,
    scenario: {
      name: 'lab/promote-eu',
      why: 'Rehearse the hand-over of the checkout shard before the us-east-1 maintenance window.',
      digest: digestOfBytes('scenario'),
    },
    estate: {
      name: 'lab',
      digest: digestOfBytes('estate'),
      calibration: digestOfBytes('calibration'),
    },
    seed: 'autumn',
    replications: 104,
    fingerprint: digestOfBytes('fingerprint').slice(0, 16),
    version: { premortem: '0.1.0', node: '24.21.0' },
    trace: digestOfBytes('trace'),
    horizonMs,
    warmupMs: 5_000,
    actions: [
      'promote checkout-0-eu (eu-west-1) to primary of checkout-0, in place of checkout-0-us (us-east-1)',
    ],
    steps: exampleSteps(),
    metrics: exampleMetrics(),
    bands: exampleBands(),
    exact: [
      {
        claim: 'lost_acknowledged_writes',
        value: 0,
        because:
          'commits wait for a standby, and the old primary hands over all of its log before another one leads',
      },
      {
        claim: 'duplicate_writes',
        value: 0,
        because: 'requests are held and drained before the hand-over, so none is sent twice',
      },
      { claim: 'promotions', value: 1, because: 'the scenario has one action' },
    ],
    slos: [
      {
        metric: 'latency_ms.p99{class=commit,region=us-east-1}',
        phase: 'after' as const,
        limitMs: 300,
        probability: 0.3,
      },
      {
        metric: 'latency_ms.p99{class=job,region=us-east-1}',
        phase: 'after' as const,
        limitMs: 400,
        probability: 0,
      },
    ],
    overloads: [],
    blastRadius: {
      fleets: ['checkout'],
      shards: ['checkout-0'],
      tenants: ['acorn', 'birch', 'cedar', 'dune'],
      trafficShare: 1,
      degradedMs: forecast(935, 0.12),
    },
    cost: { oneOffUsd: 0, perMonthUsd: 0 },
    policy: [
      {
        rule: 'durability.lost-acknowledged-writes',
        domain: 'durability' as const,
        outcome: 'pass' as const,
        enforce: 'block' as const,
        reason: 'at most 0 acknowledged writes lost: broken in 0 of 80 simulated executions',
        numbers: { limit: 0, probability: 0, worst: 0 },
      },
      {
        rule: 'performance.fence',
        domain: 'performance' as const,
        outcome: 'pass' as const,
        enforce: 'block' as const,
        reason: 'requests held for at most 5000 ms: broken in 0 of 80 simulated executions',
        numbers: { limit: 5_000, probability: 0, worst: 688 },
      },
    ],
    risk: exampleRisk(),
    record: {
      digest: digestOfBytes('record'),
      plays: [{ play: 'promote', cases: 12, inside: 61, of: 70, medianError: 0.021 }],
    },
    parameters: exampleParameters(),
    ...changes,
  };
  const digest = digestOf(body);
  return predictionSchema.parse({
    id: `lab-promote-eu-${digest.slice(0, 10)}`,
    createdAt: '2026-11-23T07:42:10.512Z',
    timings: { wallMs: 2_140 },
    ...body,
    digest,
  });
}

/** A live run close to the prediction, but for commits from eu-west-1, which were slower than predicted. */
export function exampleMeasurement(changes: Partial<Measurement> = {}): Measurement {
  const prediction = examplePrediction();
  return measurementSchema.parse({
    schema: 'premortem/measurement/v1',
    run: 'run-0007',
    world: 'live',
    trace: prediction.trace,
    steps: measuredSteps(prediction),
    values: prediction.metrics.map(({ metric, phase, forecast: predicted }, index) => ({
      metric,
      phase,
      value: predicted.median * measuredFactor(metric, index),
      n: phase === 'during' ? 22 : metric.includes('_ms.value') ? 1 : phase === 'all' ? 1_105 : 512,
    })),
    exact: prediction.exact.map(({ claim, value }) => ({ claim, value })),
    series: prediction.bands.map(({ metric, stepMs, p50, p95 }, row) => ({
      metric,
      stepMs,
      values: p50.map((value, index) => {
        const high = p95[index] ?? null;
        return value === null || high === null
          ? null
          : value * measuredFactor(metric, index) + (high - value) * wobble(row * 131 + index);
      }),
    })),
    conditions: { generatorLagP99Ms: 1.42, driverPauseMaxMs: 8.7, foreignCores: 0.11 },
    host: { processor: '2 cores', system: 'Linux 6.12', postgres: '18.4' },
    ...changes,
  });
}

export function exampleComparison(changes: Partial<Measurement> = {}): {
  prediction: Prediction;
  measurement: Measurement;
  verification: Verification;
} {
  const prediction = examplePrediction();
  const measurement = exampleMeasurement(changes);
  return { prediction, measurement, verification: verify(prediction, measurement) };
}

// Parts of the example documents of fixtures.ts: figures of a planned promotion of the right size and shape, made by
// arithmetic alone, so that every run of a test sees the same.
import type { Estimate, Forecast, Phase } from '../../twin/document.ts';
import type { Measurement } from '../../twin/measurement.ts';
import { metricId, metricKinds, type MetricName } from '../../twin/metrics.ts';
import { neededParameters } from '../../twin/estate/needed-parameters.ts';
import { parameterKinds, type Parameter } from '../../twin/parameters.ts';
import { makeEstate } from '../fixtures/estate.ts';
import type { PredictedMetric, Prediction } from '../../twin/prediction.ts';

export const horizonMs = 60_000;
const bandStepMs = 500;
const firstStepMs = 25_000;
const phaseNames = ['before', 'during', 'after', 'all'] as const;

/** Median latency in ms of each class from each region, before and after the primary moves from us-east-1 to eu-west-1. */
const requests = [
  { class: 'commit', region: 'us-east-1', beforeMs: 71.6, afterMs: 141 },
  { class: 'commit', region: 'eu-west-1', beforeMs: 140, afterMs: 26.4 },
  { class: 'job', region: 'us-east-1', beforeMs: 15.2, afterMs: 84.1 },
  { class: 'job', region: 'eu-west-1', beforeMs: 83.6, afterMs: 16.1 },
] as const;

const stepPlan: readonly (readonly [name: string, durationMs: number, isFenced: boolean])[] = [
  ['check-topology', 11.8, false],
  ['hold-requests', 1.9, true],
  ['drain-requests', 148, true],
  ['wait-replay', 6.2, true],
  ['stop-node', 71.5, true],
  ['promote-node', 64.3, true],
  ['follow', 236, true],
  ['switch-map', 5.4, true],
  ['release-requests', 1.7, true],
  ['rejoin', 388, false],
];

export function exampleSteps(): Prediction['steps'] {
  let startMs = firstStepMs;
  return stepPlan.map(([name, durationMs, fenced], index) => {
    const step = {
      step: `${index + 1}-${name}`,
      startMs: forecast(startMs, 0.0008),
      durationMs: forecast(durationMs, name === 'drain-requests' ? 0.4 : 0.15),
      fenced,
    };
    startMs += durationMs;
    return step;
  });
}

export function exampleMetrics(): PredictedMetric[] {
  const fenceMs = stepPlan.reduce((sum, [, durationMs, held]) => sum + (held ? durationMs : 0), 0);
  const durationMs = stepPlan.reduce((sum, [, stepMs]) => sum + stepMs, 0);
  return [
    ...phaseNames.flatMap((phase) => requests.flatMap((one) => latencyMetrics(one, phase))),
    ...phaseNames.flatMap((phase) => requests.map((one) => utilisationMetric(one, phase))),
    ...phaseNames.flatMap((phase) => [
      ...['commit', 'job'].map((id) => throughputMetric(id, phase)),
      ...['commit', 'job'].map((id) =>
        predicted(['error_share', 'mean', { class: id }], phase, { baseline: 0, candidate: 0 }),
      ),
    ]),
    predicted(['fence_ms', 'value', {}], 'all', { baseline: 0, candidate: fenceMs }),
    predicted(['duration_ms', 'value', {}], 'all', { baseline: 0, candidate: durationMs }),
    ...stepPlan.map(([name, stepMs], index) =>
      predicted(['step_ms', 'value', { step: `${index + 1}-${name}` }], 'all', {
        baseline: 0,
        candidate: stepMs,
      }),
    ),
  ];
}

type Requests = (typeof requests)[number];

function latencyMetrics(one: Requests, phase: Phase): PredictedMetric[] {
  const stats = [
    ['mean', 1.12],
    ['p50', 1],
    ['p95', one.class === 'job' ? 3.1 : 1.24],
    ['p99', one.class === 'job' ? 4.6 : 1.61],
  ] as const;
  return stats.map(([stat, factor]) => {
    const baseline = one.beforeMs * factor;
    const candidates = {
      before: baseline,
      during: one.afterMs * factor + 310,
      after: one.afterMs * factor,
      all: ((one.beforeMs + one.afterMs) / 2) * factor,
    };
    const labels = { class: one.class, region: one.region };
    return predicted(['latency_ms', stat, labels], phase, {
      baseline,
      candidate: candidates[phase],
    });
  });
}

function utilisationMetric(one: Requests, phase: Phase): PredictedMetric {
  const rate = 20 / 8_000;
  return predicted(['utilisation', 'mean', { class: one.class, region: one.region }], phase, {
    baseline: one.beforeMs * rate,
    candidate: (phase === 'after' ? one.afterMs : one.beforeMs) * rate,
  });
}

function throughputMetric(classId: string, phase: Phase): PredictedMetric {
  const candidate = phase === 'during' ? 31.7 : 40.2;
  return predicted(['throughput_per_s', 'mean', { class: classId }], phase, {
    baseline: 40.2,
    candidate,
  });
}

function predicted(
  [name, stat, labels]: readonly [MetricName, string, Record<string, string>],
  phase: Phase,
  { baseline, candidate }: { baseline: number; candidate: number },
): PredictedMetric {
  const delta = candidate - baseline;
  return {
    metric: metricId(name, stat, labels),
    phase,
    unit: metricKinds[name].unit,
    baseline: estimate(baseline),
    candidate: estimate(candidate),
    delta: phase === 'before' ? { mean: 0, ci95: [0, 0] } : estimate(delta),
    forecast: forecast(candidate, 0.09),
    freshSpread90: candidate * 0.3,
  };
}

export function exampleBands(): Prediction['bands'] {
  const count = horizonMs / bandStepMs;
  const times = Array.from({ length: count }, (_, index) => index * bandStepMs);
  return requests.flatMap((one, row) => {
    const labels = { class: one.class, region: one.region };
    const medians = times.map((atMs, index) => {
      // Nothing is sent in the very first window, as before a load has begun.
      if (index === 0) return null;
      const ageMs = atMs - firstStepMs;
      if (ageMs >= 0 && ageMs < 500) return one.afterMs + 430 - ageMs * 0.6;
      return (ageMs < 0 ? one.beforeMs : one.afterMs) * (1 + 0.06 * wobble(row * 977 + index));
    });
    const spread = one.class === 'job' ? 0.55 : 0.09;
    const rates = times.map((atMs, index) => {
      const ageMs = atMs - firstStepMs;
      return ageMs >= 0 && ageMs < 500
        ? 2
        : ageMs === 500
          ? 34
          : 20 + 4 * wobble(row * 577 + index);
    });
    return [
      {
        metric: metricId('latency_ms', 'p50', labels),
        stepMs: bandStepMs,
        p05: medians.map((value) => (value === null ? null : value * (1 - spread / 2))),
        p50: medians,
        p95: medians.map((value) => (value === null ? null : value * (1 + spread))),
      },
      {
        metric: metricId('throughput_per_s', 'mean', labels),
        stepMs: bandStepMs,
        p05: rates.map((value) => Math.max(0, value - 6)),
        p50: rates,
        p95: rates.map((value) => value + 6),
      },
    ];
  });
}

export function exampleRisk(): Prediction['risk'] {
  const components = [
    {
      name: 'policy-break',
      value: 0,
      weight: 0.9,
      evidence: 'no blocking rule broken in 80 executions',
    },
    {
      name: 'slo-break',
      value: 0.21,
      weight: 0.5,
      evidence: 'p99 of commit above 400 ms in 17 of 80 executions',
    },
    {
      name: 'data-loss',
      value: 0,
      weight: 1,
      evidence: 'no acknowledged write lost in any execution',
    },
    {
      name: 'blast-radius',
      value: 0.09,
      weight: 0.4,
      evidence: 'all of the traffic, for 1.6 % of the run',
    },
    {
      name: 'irreversibility',
      value: 0.5,
      weight: 0.3,
      evidence: 'from step 6 on only a second promotion leads back',
    },
    {
      name: 'model-distrust',
      value: 0.22,
      weight: 0.3,
      evidence: '4 of 14 parameters are defaults',
    },
  ];
  const safe = components.reduce((product, { value, weight }) => product * (1 - weight * value), 1);
  return { score: 100 * (1 - safe), components };
}

export function exampleParameters(): Parameter[] {
  return neededParameters(makeEstate()).map((path, index): Parameter => {
    const { unit, defaultValue, source } = parameterKinds[path];
    if (index % 4 === 3) return { path, value: defaultValue, unit, origin: 'default', source };
    return {
      path,
      value: defaultValue * 1.07,
      unit,
      origin: 'calibrated',
      source: 'open-loop experiment at zero link delay',
      n: 180 + index * 37,
      date: '2026-11-23T06:58:00.000Z',
      interval90: [defaultValue * 1.01, defaultValue * 1.15],
    };
  });
}

export function measuredSteps(prediction: Prediction): Measurement['steps'] {
  let atMs = firstStepMs + 3;
  return prediction.steps.flatMap(({ step, durationMs }, index) => {
    const started = { step, state: 'started' as const, atMs, evidence: {} };
    atMs += durationMs.median * (step.endsWith('follow') ? 1.31 : 1 + 0.09 * wobble(index * 71));
    return [started, { step, state: 'done' as const, atMs, evidence: { attempt: 1 } }];
  });
}

export function measuredFactor(metric: string, index: number): number {
  const isSlow = metric.includes('class=commit,region=eu-west-1') && metric.startsWith('latency');
  return (isSlow ? 1.13 : 1) + 0.05 * wobble(index * 17 + 5);
}

/** In (−1, 1), without a pattern that an eye would see. */
export function wobble(index: number): number {
  const value = Math.sin(index * 12.9898 + 78.233) * 43_758.5453;
  return 2 * (value - Math.floor(value)) - 1;
}

function estimate(mean: number): Estimate {
  const half = Math.abs(mean) * 0.012;
  return { mean, ci95: [mean - half, mean + half] };
}

/** A forecast whose 90 % interval reaches `spread` of the median to either side, a little further up. */
export function forecast(median: number, spread: number): Forecast {
  const around = (share: number): [number, number] => [
    median * (1 - share * spread),
    median * (1 + share * spread * 1.2),
  ];
  return {
    median,
    pi50: around(0.41),
    pi80: around(0.78),
    pi90: around(1),
    pi95: around(1.19),
    basis: 'trace',
    includes: ['service', 'calibration', 'repetition'],
  };
}

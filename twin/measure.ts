// Samples and step events → metrics by phase and series over time. One function for both worlds: a twin's number and a
// live number are made the same way, of the same columns.
import type { Effect } from './actions/action.ts';
import { measureCpu, type CpuUse } from './cpu-use.ts';
import { measureLag, type LagSample } from './lag.ts';
import { metricId } from './metrics.ts';
import type { Phase } from './document.ts';
import type { Fleet } from './estate/estate.ts';
import type { Measurement, StepEvent } from './measurement.ts';
import { outcomes, type Samples } from './samples.ts';
import { stepDurations } from './measurement.ts';
import type { Trace } from './trace.ts';

/** Length of a window of the series. */
const seriesStepMs = 1_000;

export type PhaseSpan = readonly [phase: Phase, fromMs: number, toMs: number];
type Value = Measurement['values'][number];
type Series = Measurement['series'][number];

export interface Observed {
  readonly fleet: Fleet;
  readonly trace: Trace;
  readonly samples: Samples;
  readonly warmupMs: number;
  /** By node, where it is known and asked for. */
  readonly cpu?: readonly CpuUse[];
  /** Looks at the standbys, in the order of time. */
  readonly lags?: readonly LagSample[];
}

/**
 * Where the phases begin and end: `before` the first step's start, `during` until the last step is done, `after` until the
 * horizon; `all` from the end of the warm-up. Without steps there is only `all`.
 */
export function cutPhases(
  steps: readonly StepEvent[],
  { warmupMs, horizonMs }: { readonly warmupMs: number; readonly horizonMs: number },
): PhaseSpan[] {
  const all: PhaseSpan = ['all', warmupMs, horizonMs];
  const started = steps.find(({ state }) => state === 'started');
  const done = steps.findLast(({ state }) => state === 'done');
  if (started === undefined || done === undefined) return [all];
  const spans: PhaseSpan[] = [
    ['before', warmupMs, started.atMs],
    ['during', started.atMs, done.atMs],
    ['after', done.atMs, horizonMs],
    all,
  ];
  return spans.filter(([, fromMs, toMs]) => toMs > fromMs);
}

/** Every metric in every phase. Latencies belong to the phase in which the request was due, throughput to that of the answer. */
export function measureValues(observed: Observed, spans: readonly PhaseSpan[]): Value[] {
  const groups = groupRequests(observed);
  // Latencies over several phases at once mix different situations and mean nothing by themselves.
  const isCut = spans.length > 1;
  const values = spans.flatMap((span) => [
    ...(isCut && span[0] === 'all'
      ? []
      : groups.flatMap((group) => groupValues(group, observed, span))),
    ...classValues(observed, span),
  ]);
  return [
    ...values,
    ...measureCpu(observed.cpu ?? [], spans),
    ...measureLag(observed.lags ?? [], spans),
  ];
}

/** Steps that copy data, one at most in an action. */
const copySteps: readonly Effect['kind'][] = ['copy-node', 'subscribe-tenant'];

/** What the steps themselves show: fence and duration (0 without steps). */
export function measureSteps(steps: readonly StepEvent[]): Value[] {
  const started = steps.find(({ state }) => state === 'started');
  const done = steps.findLast(({ state }) => state === 'done');
  if (started === undefined || done === undefined) return [];
  const values: Value[] = [
    {
      metric: metricId('duration_ms', 'value'),
      phase: 'all',
      value: done.atMs - started.atMs,
      n: 1,
    },
  ];
  const held = steps.find(
    ({ step, state }) => state === 'started' && step.endsWith('-hold-requests'),
  );
  const released = steps.find(
    ({ step, state }) => state === 'done' && step.endsWith('-release-requests'),
  );
  if (held !== undefined && released !== undefined) {
    const value = released.atMs - held.atMs;
    values.push({ metric: metricId('fence_ms', 'value'), phase: 'all', value, n: 1 });
  }
  for (const [step, durationMs] of stepDurations(steps)) {
    if (copySteps.some((name) => step.endsWith(`-${name}`))) {
      values.push({ metric: metricId('copy_ms', 'value'), phase: 'all', value: durationMs, n: 1 });
    }
    values.push({
      metric: metricId('step_ms', 'value', { step }),
      phase: 'all',
      value: durationMs,
      n: 1,
    });
  }
  return values;
}

/** Median latency and throughput per class and region in windows of a second, from 0 to the horizon. */
export function measureSeries(observed: Observed): Series[] {
  const windows = Math.ceil(observed.trace.horizonMs / seriesStepMs);
  return groupRequests(observed).flatMap(({ labels, requests }) => {
    const byDue: number[][] = Array.from({ length: windows }, () => []);
    const answers = zeros(windows);
    for (const request of requests) {
      const latencyMs = latencyOf(observed.samples, request);
      const due = Math.floor((observed.samples.intendedMs[request] ?? 0) / seriesStepMs);
      if (latencyMs !== null) byDue[due]?.push(latencyMs);
      const answered = Math.floor((observed.samples.doneMs[request] ?? -1) / seriesStepMs);
      if (latencyMs !== null && answered < windows)
        answers[answered] = (answers[answered] ?? 0) + 1;
    }
    const medians = byDue.map((list) => (list.length === 0 ? null : quantileOf(sorted(list), 0.5)));
    const rates = answers.map((count) => count / (seriesStepMs / 1_000));
    return [
      { metric: metricId('latency_ms', 'p50', labels), stepMs: seriesStepMs, values: medians },
      { metric: metricId('throughput_per_s', 'mean', labels), stepMs: seriesStepMs, values: rates },
    ];
  });
}

interface Group {
  readonly labels: { readonly class: string; readonly region: string };
  readonly requests: readonly number[];
}

/** Requests by class and client region, in the order of the estate, without empty groups. */
function groupRequests({ fleet, trace }: Observed): Group[] {
  const homes = trace.tenants.map((id) => fleet.tenants.find((one) => one.id === id)?.home ?? '');
  const groups = new Map<string, { labels: Group['labels']; requests: number[] }>();
  for (const operation of trace.classes) {
    for (const region of new Set(homes)) {
      groups.set(`${operation}/${region}`, { labels: { class: operation, region }, requests: [] });
    }
  }
  for (let request = 0; request < trace.count; request++) {
    const operation = trace.classes[trace.classOf[request] ?? 0] ?? '';
    const region = homes[trace.tenantOf[request] ?? 0] ?? '';
    groups.get(`${operation}/${region}`)?.requests.push(request);
  }
  return [...groups.values()].filter(({ requests }) => requests.length > 0);
}

function groupValues(
  { labels, requests }: Group,
  { fleet, samples }: Observed,
  span: PhaseSpan,
): Value[] {
  const [phase, fromMs, toMs] = span;
  const latencies = sorted(
    requests.flatMap((request) => {
      const dueMs = samples.intendedMs[request] ?? 0;
      const latencyMs = latencyOf(samples, request);
      return dueMs >= fromMs && dueMs < toMs && latencyMs !== null ? [latencyMs] : [];
    }),
  );
  const n = latencies.length;
  const busy = {
    metric: metricId('utilisation', 'mean', labels),
    phase,
    value: busyMs(requests, samples, span) / (toMs - fromMs) / fleet.pool.size,
    n,
  };
  if (n === 0) return [busy];
  const latency = (stat: string, value: number): Value => ({
    metric: metricId('latency_ms', stat, labels),
    phase,
    value,
    n,
  });
  return [
    latency('mean', latencies.reduce((sum, one) => sum + one, 0) / n),
    latency('p50', quantileOf(latencies, 0.5)),
    latency('p95', quantileOf(latencies, 0.95)),
    latency('p99', quantileOf(latencies, 0.99)),
    busy,
  ];
}

function classValues({ trace, samples }: Observed, [phase, fromMs, toMs]: PhaseSpan): Value[] {
  const due = zeros(trace.classes.length);
  const failed = zeros(trace.classes.length);
  const answered = zeros(trace.classes.length);
  for (let request = 0; request < trace.count; request++) {
    const index = trace.classOf[request] ?? 0;
    const isAnswered = latencyOf(samples, request) !== null;
    const dueMs = samples.intendedMs[request] ?? 0;
    const doneMs = samples.doneMs[request] ?? Number.NaN;
    if (dueMs >= fromMs && dueMs < toMs) {
      due[index] = (due[index] ?? 0) + 1;
      if (!isAnswered) failed[index] = (failed[index] ?? 0) + 1;
    }
    if (isAnswered && doneMs >= fromMs && doneMs < toMs)
      answered[index] = (answered[index] ?? 0) + 1;
  }
  return trace.classes.flatMap((operation, index): Value[] => {
    const n = due[index] ?? 0;
    const perSec = (answered[index] ?? 0) / ((toMs - fromMs) / 1_000);
    const labels = { class: operation };
    const rate = { metric: metricId('throughput_per_s', 'mean', labels), phase, value: perSec, n };
    if (n === 0) return [rate];
    const value = (failed[index] ?? 0) / n;
    return [rate, { metric: metricId('error_share', 'mean', labels), phase, value, n }];
  });
}

/** Milliseconds of connection time that these requests used within a span. */
function busyMs(
  requests: readonly number[],
  samples: Samples,
  [, fromMs, toMs]: PhaseSpan,
): number {
  let sumMs = 0;
  for (const request of requests) {
    const sentMs = samples.sentMs[request] ?? Number.NaN;
    if (Number.isNaN(sentMs)) continue;
    const doneMs = samples.doneMs[request] ?? Number.NaN;
    const untilMs = Number.isNaN(doneMs) ? toMs : doneMs;
    sumMs += Math.max(0, Math.min(untilMs, toMs) - Math.max(sentMs, fromMs));
  }
  return sumMs;
}

/** From intended send time to answer, or null when the request was not acknowledged. */
function latencyOf(samples: Samples, request: number): number | null {
  if (outcomes[samples.outcome[request] ?? 0] !== 'acknowledged') return null;
  // A request that is on its way back when the run ends has an outcome but no answer yet.
  const doneMs = samples.doneMs[request] ?? Number.NaN;
  return Number.isNaN(doneMs) ? null : doneMs - (samples.intendedMs[request] ?? 0);
}

function sorted(values: readonly number[]): number[] {
  return values.toSorted((a, b) => a - b);
}

/** Nearest rank: the smallest value that at least this share of all values does not exceed. */
function quantileOf(ascending: readonly number[], share: number): number {
  return ascending[Math.max(0, Math.ceil(share * ascending.length) - 1)] ?? Number.NaN;
}

function zeros(length: number): number[] {
  return Array.from({ length }, () => 0);
}

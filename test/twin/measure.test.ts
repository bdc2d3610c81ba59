// From samples to metrics, on a run small enough to compute by hand.
import { describe, expect, it } from 'vitest';
import {
  cutPhases,
  measureSeries,
  measureSteps,
  measureValues,
  type Observed,
  type PhaseSpan,
} from '../../twin/measure.ts';
import type { StepEvent } from '../../twin/measurement.ts';
import { stepDurations } from '../../twin/measurement.ts';
import { onlyFleet } from '../../twin/model/platform.ts';
import { emptySamples, outcomes, type Outcome } from '../../twin/samples.ts';
import { makeEstate } from '../fixtures/estate.ts';
import { traceOfRequests } from '../fixtures/runs.ts';

interface Row {
  readonly class?: string;
  readonly tenant?: string;
  readonly atMs: number;
  readonly sentMs?: number;
  readonly doneMs?: number;
  readonly outcome?: Outcome;
}

/** What these rows look like once they were run; without an outcome a row was acknowledged. */
function observedOf(rows: readonly Row[], horizonMs: number): Observed {
  const estate = makeEstate({ fleet: { pool: { size: 4, timeoutMs: 1_000 } } });
  const trace = traceOfRequests(estate, rows, horizonMs);
  const samples = emptySamples(trace);
  rows.forEach(({ atMs, sentMs = atMs, doneMs = Number.NaN, outcome = 'acknowledged' }, row) => {
    samples.sentMs[row] = sentMs;
    samples.doneMs[row] = doneMs;
    samples.outcome[row] = outcomes.indexOf(outcome);
  });
  return { fleet: onlyFleet(estate), trace, samples, warmupMs: 0 };
}

function valueOf(observed: Observed, spans: readonly PhaseSpan[], key: string): unknown {
  const [phase, metric] = key.split(' ');
  const found = measureValues(observed, spans).filter(
    (one) => one.phase === phase && one.metric === metric,
  );
  expect(found.length).toBeLessThanOrEqual(1);
  return found[0]?.value;
}

const event = (step: string, state: StepEvent['state'], atMs: number): StepEvent => ({
  step,
  state,
  atMs,
  evidence: {},
});
const steps = [
  event('1-hold-requests', 'started', 400),
  event('1-hold-requests', 'done', 410),
  event('2-release-requests', 'started', 450),
  event('2-release-requests', 'done', 455),
  event('3-rejoin', 'started', 455),
  event('3-rejoin', 'done', 600),
];
const all: readonly PhaseSpan[] = [['all', 0, 1_000]];

describe('phases', () => {
  it('are cut by the first start and the last done', () => {
    expect(cutPhases(steps, { warmupMs: 100, horizonMs: 1_000 })).toEqual([
      ['before', 100, 400],
      ['during', 400, 600],
      ['after', 600, 1_000],
      ['all', 100, 1_000],
    ]);
  });

  it('are one without steps, and leave out what has no length', () => {
    expect(cutPhases([], { warmupMs: 100, horizonMs: 1_000 })).toEqual([['all', 100, 1_000]]);
    const phases = cutPhases(steps, { warmupMs: 400, horizonMs: 600 }).map(([phase]) => phase);
    expect(phases).toEqual(['during', 'all']);
  });
});

describe('latency', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => ({
    atMs: index,
    // A shuffle of 1 … 100 ms: 37 has no factor in common with 101.
    doneMs: index + (((index + 1) * 37) % 101),
  }));

  it('has the quantiles of nearest rank, and the mean', () => {
    const observed = observedOf(hundred, 1_000);
    const of = (stat: string): unknown =>
      valueOf(observed, all, `all latency_ms.${stat}{class=commit,region=east}`);
    expect([of('p50'), of('p95'), of('p99'), of('mean')]).toEqual([50, 95, 99, 50.5]);
  });

  it('counts from the intended time, whenever the request was sent', () => {
    const observed = observedOf([{ atMs: 10, sentMs: 60, doneMs: 70 }], 1_000);
    expect(valueOf(observed, all, 'all latency_ms.p50{class=commit,region=east}')).toBe(60);
  });

  it('belongs to the phase in which the request was due; the whole has none of its own', () => {
    const spans = cutPhases(steps, { warmupMs: 0, horizonMs: 1_000 });
    const observed = observedOf(
      [
        { atMs: 399, doneMs: 470 },
        { atMs: 400, doneMs: 700 },
      ],
      1_000,
    );
    const of = (phase: string): unknown =>
      valueOf(observed, spans, `${phase} latency_ms.p50{class=commit,region=east}`);
    expect(['before', 'during', 'after', 'all'].map(of)).toEqual([71, 300, undefined, undefined]);
  });

  it('is told by class and region, of acknowledged requests only', () => {
    const observed = observedOf(
      [
        { atMs: 0, doneMs: 10 },
        { atMs: 1, class: 'job', doneMs: 21 },
        { atMs: 2, class: 'job', tenant: 'west', doneMs: 32 },
        { atMs: 3, class: 'job', tenant: 'west', doneMs: 4, outcome: 'refused' },
        { atMs: 4, class: 'job', tenant: 'north', doneMs: 9, outcome: 'in-doubt' },
      ],
      1_000,
    );
    const medians = measureValues(observed, all)
      .filter(({ metric }) => metric.startsWith('latency_ms.p50'))
      .map(({ metric, value, n }) => [metric, value, n]);
    expect(medians).toEqual([
      ['latency_ms.p50{class=commit,region=east}', 10, 1],
      ['latency_ms.p50{class=job,region=east}', 20, 1],
      ['latency_ms.p50{class=job,region=west}', 30, 1],
    ]);
  });
});

describe('throughput, errors and utilisation', () => {
  const rows: Row[] = [
    { atMs: 0, doneMs: 300 },
    { atMs: 100, sentMs: 200, doneMs: 600 },
    { atMs: 150, doneMs: 350, outcome: 'refused' },
    { atMs: 200, sentMs: Number.NaN, doneMs: 990, outcome: 'timed-out' },
    { atMs: 300, outcome: 'unfinished' },
    { atMs: 900, doneMs: 1_200 },
  ];
  const span: readonly PhaseSpan[] = [['all', 250, 1_000]];

  it('counts answers per second in the phase of the answer', () => {
    const observed = observedOf(rows, 1_000);
    expect(valueOf(observed, span, 'all throughput_per_s.mean{class=commit}')).toBe(2 / 0.75);
    expect(valueOf(observed, span, 'all throughput_per_s.mean{class=job}')).toBe(0);
  });

  it('has the share of those due that were not acknowledged', () => {
    const observed = observedOf(rows, 1_000);
    expect(valueOf(observed, all, 'all error_share.mean{class=commit}')).toBe(3 / 6);
    expect(valueOf(observed, span, 'all error_share.mean{class=commit}')).toBe(1 / 2);
    expect(valueOf(observed, all, 'all error_share.mean{class=job}')).toBeUndefined();
  });

  it('adds up the time in which connections were held, cut to the phase', () => {
    const observed = observedOf(rows, 1_000);
    // Within 250 … 1000: 50, 350, 100, none, 700 (still open) and 100 ms, on four connections.
    expect(valueOf(observed, span, 'all utilisation.mean{class=commit,region=east}')).toBeCloseTo(
      (50 + 350 + 100 + 700 + 100) / 750 / 4,
      12,
    );
  });
});

describe('series', () => {
  it('has a median by due time and a rate by answer time per second, null where nothing was due', () => {
    const observed = observedOf(
      [
        { atMs: 100, doneMs: 110 },
        { atMs: 200, doneMs: 230 },
        { atMs: 900, doneMs: 1_000 },
        { atMs: 2_500, doneMs: 9_000 },
        { atMs: 2_600, doneMs: 2_700, outcome: 'refused' },
      ],
      3_000,
    );
    expect(measureSeries(observed)).toEqual([
      {
        metric: 'latency_ms.p50{class=commit,region=east}',
        stepMs: 1_000,
        values: [30, null, 6_500],
      },
      {
        metric: 'throughput_per_s.mean{class=commit,region=east}',
        stepMs: 1_000,
        values: [2, 1, 0],
      },
    ]);
  });
});

describe('steps', () => {
  it('show the fence, the duration of all and of each', () => {
    const values = measureSteps(steps).map(({ metric, phase, value }) => [metric, phase, value]);
    expect(values).toEqual([
      ['duration_ms.value', 'all', 200],
      ['fence_ms.value', 'all', 55],
      ['step_ms.value{step=1-hold-requests}', 'all', 10],
      ['step_ms.value{step=2-release-requests}', 'all', 5],
      ['step_ms.value{step=3-rejoin}', 'all', 145],
    ]);
  });

  it('show nothing when there were none, and no fence when none was released', () => {
    expect(measureSteps([])).toEqual([]);
    const metrics = measureSteps(steps.slice(0, 2)).map(({ metric }) => metric);
    expect(metrics).not.toContain('fence_ms.value');
  });

  it('count from the first attempt when one was tried again', () => {
    const tried = [
      event('1-follow', 'started', 10),
      event('1-follow', 'failed', 20),
      event('1-follow', 'started', 50),
      event('1-follow', 'done', 80),
      event('2-rejoin', 'started', 80),
    ];
    expect([...stepDurations(tried)]).toEqual([['1-follow', 70]]);
  });
});

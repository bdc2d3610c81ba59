// The time to recovery and its parts, from step events and samples by hand.
import { describe, expect, it } from 'vitest';
import type { CommitMode } from '../../../twin/estate/estate.ts';
import { failoverStepId, failoverSteps, type FailoverStep } from '../../../twin/failover/steps.ts';
import { measureRecovery } from '../../../twin/failover/recovery.ts';
import type { StepEvent } from '../../../twin/measurement.ts';
import { emptySamples, outcomes, type Outcome } from '../../../twin/samples.ts';
import { makeEstate } from '../../fixtures/estate.ts';
import { traceOfRequests } from '../../fixtures/runs.ts';

interface Answer {
  readonly class?: string;
  readonly sentMs: number;
  readonly doneMs: number;
  readonly outcome: Outcome;
}

/** Each step lasts 10 ms, the first begins at 1000 ms. */
function measure(
  commitMode: CommitMode,
  answers: readonly Answer[],
  lostWrites = 0,
): Record<string, number> {
  const estate = makeEstate({ shard: { commitMode } });
  const [fleet] = estate.fleets;
  const [shard] = fleet?.shards ?? [];
  if (fleet === undefined || shard === undefined) throw new Error('the fixture has a shard');
  const requests = answers.map(({ class: id = 'commit' }) => ({ atMs: 0, class: id }));
  const trace = traceOfRequests(estate, requests, 5_000);
  const samples = emptySamples(trace);
  for (const [request, { sentMs, doneMs, outcome }] of answers.entries()) {
    samples.sentMs[request] = sentMs;
    samples.doneMs[request] = doneMs;
    samples.outcome[request] = outcomes.indexOf(outcome);
  }
  const note = (step: FailoverStep, state: 'started' | 'done', atMs: number): StepEvent => ({
    step: failoverStepId(shard, step),
    state,
    atMs,
    evidence: step === 'detect' ? { node: shard.primary.id } : {},
  });
  const steps = failoverSteps(shard).flatMap((step, index) => [
    note(step, 'started', 1_000 + 10 * index),
    note(step, 'done', 1_010 + 10 * index),
  ]);
  const values = measureRecovery({ fleet, trace, samples, lostWrites }, steps);
  return Object.fromEntries(values.map(({ metric, value }) => [metric, value]));
}

const answered = (sentMs: number, doneMs: number, id = 'commit'): Answer => ({
  class: id,
  sentMs,
  doneMs,
  outcome: 'acknowledged',
});

describe('the time to recovery', () => {
  it('ends with the first write that was sent and acknowledged after the crash', () => {
    const values = measure('on', [
      answered(990, 1_004),
      answered(1_001, 1_090, 'job'),
      { sentMs: 1_001, doneMs: 1_020, outcome: 'in-doubt' },
      answered(1_050, 1_120),
      answered(1_050, 1_140),
    ]);
    expect(values).toEqual({
      'rto_ms.value': 120,
      'rto_ms.value{component=detect}': 10,
      'rto_ms.value{component=promote}': 20,
      'rto_ms.value{component=follow}': 10,
      'rto_ms.value{component=switch-map}': 10,
      'rto_ms.value{component=reconnect}': 70,
    });
  });

  it('does not wait for followers where commits wait for nobody, and tells what was lost', () => {
    expect(measure('local', [answered(1_040, 1_060)], 3)).toEqual({
      'rto_ms.value': 60,
      'rto_ms.value{component=detect}': 10,
      'rto_ms.value{component=promote}': 20,
      'rto_ms.value{component=follow}': 0,
      'rto_ms.value{component=switch-map}': 10,
      'rto_ms.value{component=reconnect}': 20,
      'lost_writes.value': 3,
    });
  });

  it('adds up even when an answer is back before its step is known to be done', () => {
    const values = measure('on', [answered(1_041, 1_046)]);
    expect(values['rto_ms.value{component=switch-map}']).toBe(6);
    expect(values['rto_ms.value{component=reconnect}']).toBe(0);
    expect(values['rto_ms.value']).toBe(46);
  });

  it('is not told when no write came back, and nothing is told without a crash', () => {
    expect(measure('on', [answered(1_001, 1_090, 'job')])).toEqual({});
    const estate = makeEstate();
    const trace = traceOfRequests(estate, [{ atMs: 0 }], 100);
    const [fleet] = estate.fleets;
    if (fleet === undefined) throw new Error('the fixture has a fleet');
    const samples = emptySamples(trace);
    expect(measureRecovery({ fleet, trace, samples, lostWrites: 0 }, [])).toEqual([]);
  });
});

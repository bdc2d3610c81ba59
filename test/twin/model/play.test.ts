// The steps of a promotion, played with constant parameters: every duration can be written down beforehand.
import { describe, expect, it } from 'vitest';
import { stepsOf } from '../../../twin/actions/index.ts';
import type { Step } from '../../../twin/actions/action.ts';
import type { Estate } from '../../../twin/estate/estate.ts';
import { measureSteps } from '../../../twin/measure.ts';
import { stepDurations } from '../../../twin/measurement.ts';
import type { Model } from '../../../twin/model/model.ts';
import { roundTrips } from '../../../twin/model/play.ts';
import { makeEstate, replicaIn } from '../../fixtures/estate.ts';
import { latenciesOf, makeModel, outcomesOf, traceOfRequests } from '../../fixtures/runs.ts';

type Requests = Parameters<typeof traceOfRequests>[1];

const startMs = 1_000;

/** North follows west, 50 ms there and back, and east rejoins west, 20 ms there and back. */
const followMs = 100 + roundTrips.follow * 50;
const rejoinMs = 200 + roundTrips.rejoin * 20;
/** From the hold to the release: all steps in between, the stop with 60 ms to the farthest standby. */
const fenceMs = 2 + 3 + 5 + (60 + 60) + 40 + followMs + 4 + 1;

function promotion(estate: Estate): readonly Step[] {
  return stepsOf({ kind: 'promote', shard: 's', to: 's-west' }, estate, 1);
}

/** Plays a promotion to the west that starts after a second. */
function promote(requests: Requests = [], estate = makeEstate(), horizonMs = 5_000): Model {
  const model = makeModel(estate, traceOfRequests(estate, requests, horizonMs));
  model.simulation.run(startMs);
  model.play(promotion(estate));
  model.simulation.run(horizonMs);
  return model;
}

/** Duration by the name of the step, in ms, without the noise of adding up floating-point times. */
function durations({ steps }: Model): Record<string, number> {
  const byStep = [...stepDurations(steps)].map(
    ([step, durationMs]) =>
      [step.replace(/^\d+-/, ''), Math.round(durationMs * 1e6) / 1e6] as const,
  );
  return Object.fromEntries(byStep);
}

function momentOf({ steps }: Model, name: string, state: 'started' | 'done'): number {
  const event = steps.find((one) => one.step.endsWith(`-${name}`) && one.state === state);
  return event?.atMs ?? Number.NaN;
}

describe('a promotion without load', () => {
  it('takes what was calibrated, and the round trips that the protocol needs', () => {
    expect(durations(promote())).toEqual({
      'check-topology': 10,
      'hold-requests': 2,
      'drain-requests': 3,
      'wait-replay': 5,
      // The farthest standby is in the north, 60 ms there and back.
      'stop-node': 60 + 60,
      'promote-node': 40,
      follow: followMs,
      'switch-map': 4,
      'release-requests': 1,
      rejoin: rejoinMs,
    });
  });

  it('stops a server sooner when its farthest standby is nearer', () => {
    const estate = makeEstate({ shard: { replicas: [replicaIn('west', true)] } });
    expect(durations(promote([], estate))['stop-node']).toBe(60 + 20);
  });

  it('plays one step after the other, without a gap', () => {
    const { steps } = promote();
    expect(steps).toHaveLength(20);
    steps.forEach(({ step, state, atMs }, index) => {
      const before = steps[index - 1];
      const starts = index % 2 === 0;
      expect(state).toBe(starts ? 'started' : 'done');
      if (starts) expect(atMs).toBe(before?.atMs ?? startMs);
      else expect(step).toBe(before?.step);
    });
  });

  it('has a fence as long as its fenced steps together', () => {
    const model = promote();
    const estate = makeEstate();
    const all = stepDurations(model.steps);
    const fencedMs = promotion(estate)
      .filter(({ fenced }) => fenced)
      .reduce((sum, { id }) => sum + (all.get(id) ?? Number.NaN), 0);
    const fence = measureSteps(model.steps).find(({ metric }) => metric === 'fence_ms.value');
    expect(fence?.value).toBeCloseTo(fencedMs, 9);
    expect(fencedMs).toBeCloseTo(fenceMs, 9);
  });
});

describe('a promotion under load', () => {
  it('drains until the last answer in flight is back at its client', () => {
    // Sent just before the hold at 1012 ms; answered at 1011 + 20 + 300 + 1.
    const model = promote([{ atMs: 1_011, class: 'job', tenant: 'west', size: 300 }]);
    expect(durations(model)['drain-requests']).toBe(1_332 - 1_012 + 3);
  });

  it('waits for what the standby has not yet replayed', () => {
    const estate = makeEstate({ shard: { commitMode: 'local' } });
    // On the primary's disk and answered at 1012 ms, at the standby at 1022 ms; the wait begins at 1015 ms. The standby
    // flushes in 0.25 ms and replays the 201 bytes of this commit at 100 kB/ms.
    const model = promote([{ atMs: 1_010 }], estate);
    expect(durations(model)['drain-requests']).toBe(3);
    expect(durations(model)['wait-replay']).toBeCloseTo(7 + 0.25 + 0.00201 + 5, 9);
  });

  it('lets nothing through between hold and release, and answers all of it afterwards', () => {
    const requests = Array.from({ length: 2_000 }, (_, index) => ({
      atMs: 500 + index,
      class: index % 2 === 0 ? 'commit' : 'job',
      tenant: ['east', 'west', 'north'][index % 3] ?? '',
      size: 5,
    }));
    const model = promote(requests, makeEstate(), 30_000);
    const heldMs = momentOf(model, 'hold-requests', 'done');
    const releasedMs = momentOf(model, 'release-requests', 'done');
    const sent = [...model.samples.sentMs];
    expect(sent.filter((sentMs) => sentMs > heldMs && sentMs < releasedMs)).toEqual([]);
    const waited = requests.filter(({ atMs }) => atMs > heldMs && atMs < releasedMs);
    expect(waited.length).toBeGreaterThan(400);
    expect(new Set(outcomesOf(model))).toEqual(new Set(['acknowledged']));
    expect(model.exact).toEqual({ lostAcknowledgedWrites: 0, promotions: 1 });
  });

  it('is followed by answers of the new primary only', () => {
    // Two jobs per region, one before and one after: round trips to the east, then to the west.
    const job = (atMs: number, tenant: string): Requests[number] => ({
      atMs,
      class: 'job',
      tenant,
      size: 9,
    });
    const before = ['east', 'west', 'north'].map((tenant) => job(100, tenant));
    const after = ['east', 'west', 'north'].map((tenant) => job(4_000, tenant));
    expect(latenciesOf(promote([...before, ...after]))).toEqual([10, 30, 70, 30, 10, 60]);
  });

  it('leaves commits waiting for the standby that followed, then for the one that came back', () => {
    const releasedMs = startMs + 10 + fenceMs;
    const rejoinedMs = releasedMs + rejoinMs;
    const west = (atMs: number): Requests[number] => ({ atMs, tenant: 'west' });
    const model = promote([west(releasedMs + 1), west(rejoinedMs + 1)]);
    expect(momentOf(model, 'rejoin', 'done')).toBe(rejoinedMs);
    // East stands first in the rule: as soon as it is back, commits wait for it instead of for the north.
    // The first write on a connection to the new primary costs a quarter of a millisecond more.
    expect(latenciesOf(model)).toEqual([2 + 0.25 + 50 + 1, 2 + 20 + 1]);
  });

  it('lets commits hang until the old primary is back when there is no other standby', () => {
    const estate = makeEstate({ shard: { replicas: [replicaIn('west', true)] } });
    const model = promote([{ atMs: 2_000, tenant: 'west' }], estate, 2_050);
    expect(momentOf(model, 'rejoin', 'done')).toBeLessThan(2_000);
    const soon = promote([{ atMs: 1_300, tenant: 'west' }], estate);
    const rejoinedMs = momentOf(soon, 'rejoin', 'done');
    expect(momentOf(soon, 'release-requests', 'done')).toBeLessThan(1_300);
    expect(rejoinedMs).toBeGreaterThan(1_302);
    // A standby that is attached has the log until then; of the millisecond for it, a quarter is its flush.
    const backendMs = 0.75;
    expect(soon.samples.doneMs[0]).toBeCloseTo(rejoinedMs + backendMs, 9);
  });

  it('never ends while a commit in flight hangs', () => {
    const rule = { method: 'first' as const, count: 2, nodes: ['s-west'] };
    const model = promote([{ atMs: 500 }], makeEstate({ shard: { syncRule: rule } }));
    expect(momentOf(model, 'drain-requests', 'started')).toBe(1_012);
    expect(momentOf(model, 'drain-requests', 'done')).toBeNaN();
  });
});

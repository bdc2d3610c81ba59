// Connections to a standby have never written: the first write on each costs a processor of the new primary more.
import { expect, it } from 'vitest';
import type { Effect } from '../../../twin/actions/action.ts';
import { makeCalibration } from '../../fixtures/calibration.ts';
import { makeEstate } from '../../fixtures/estate.ts';
import { loneStep, makeModel, traceOfRequests } from '../../fixtures/runs.ts';

const firstUseMs = 7;

const handOver: readonly Effect[] = [
  { kind: 'stop-node', shard: 's', node: 's-east' },
  { kind: 'promote-node', shard: 's', node: 's-west' },
  { kind: 'switch-map', shard: 's', primary: 's-west', epoch: 2 },
];

/** How long each write took that was sent at these times; the west leads from about 1.2 s on. */
function latencies(atMs: readonly number[], effects: readonly Effect[]): number[] {
  const estate = makeEstate({ shard: { commitMode: 'local' } });
  const requests = atMs.map((at) => ({ atMs: at }));
  const calibration = makeCalibration({ 'promote.first-useMs': firstUseMs });
  const model = makeModel(estate, traceOfRequests(estate, requests, 5_000), { calibration });
  model.simulation.run(1_000);
  model.play(effects.map((effect, index) => loneStep(effect, index + 1)));
  model.simulation.run(10_000);
  return atMs.map((_, index) => {
    const { sentMs, doneMs } = model.samples;
    return (doneMs[index] ?? Number.NaN) - (sentMs[index] ?? Number.NaN);
  });
}

it('is what the first write after a promotion takes longer, and nobody after it', () => {
  const [first = 0, second = 0, third = 0] = latencies([2_000, 2_100, 2_200], handOver);
  expect(first - second).toBeCloseTo(firstUseMs);
  expect(third).toBeCloseTo(second);
});

it('is paid on every connection, by those who come together on the same processors', () => {
  const [first = 0, second = 0, later = 0] = latencies([2_000, 2_000, 2_100], handOver);
  expect(Math.min(first, second) - later).toBeGreaterThanOrEqual(firstUseMs - 1e-9);
});

it('is not paid where nobody was promoted', () => {
  const [first = 0, second = 0] = latencies([2_000, 2_100], []);
  expect(first).toBeCloseTo(second);
});

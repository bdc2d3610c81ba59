// Faults that slow standbys down, in whole runs: what a primary sees of them, how long they last, and that what piled up is
// made up for. A commit of one byte makes 201 bytes of log, with a frame 231 bytes on the link.
import { describe, expect, it } from 'vitest';
import type { Shard } from '../../../twin/estate/estate.ts';
import type { Fault } from '../../../twin/faults/fault.ts';
import type { LagPosition, LagSample } from '../../../twin/lag.ts';
import type { Model } from '../../../twin/model/model.ts';
import { makeCalibration } from '../../fixtures/calibration.ts';
import { makeEstate } from '../../fixtures/estate.ts';
import { latenciesOf, makeModel, traceOfRequests } from '../../fixtures/runs.ts';

const every10Ms = Array.from({ length: 500 }, (_, index) => ({ atMs: 10 * index }));

/** A commit every 10 ms for 5 s; the fault lasts from 1000 ms to 3000 ms. West is 10 ms away, north 30 ms. */
function play(fault: Fault, shard: Partial<Shard> = {}): Model {
  const estate = makeEstate({ shard });
  const calibration = makeCalibration({ 'standby.replayBytesPerSec': 201_000 });
  const model = makeModel(estate, traceOfRequests(estate, every10Ms, 5_000), { calibration });
  model.simulation.run(1_000);
  model.inject(fault, 2_000);
  model.simulation.run(20_000);
  return model;
}

function lagsOf({ lags }: Model, replica: string, fromMs: number, toMs: number): LagSample[] {
  return lags.filter((one) => one.replica === replica && one.atMs >= fromMs && one.atMs < toMs);
}

const worst = (samples: readonly LagSample[], position: LagPosition): number =>
  Math.max(...samples.map(({ bytes }) => bytes[position]));

function stepsOf({ steps }: Model): [string, string, number][] {
  return steps.map(({ step, state, atMs }) => [step, state, atMs]);
}

describe('a paused replay', () => {
  const pause: Fault = { kind: 'pause-replay', node: 's-west' };

  it('lets the backlog grow with the log and is over when it has been replayed', () => {
    const model = play(pause);
    const [, , , caughtUp] = stepsOf(model);
    expect(stepsOf(model).slice(0, 3)).toEqual([
      ['1-pause-replay', 'started', 1_000],
      ['1-pause-replay', 'done', 3_000],
      ['2-catch-up', 'started', 3_000],
    ]);
    // 200 commits of a millisecond each, give or take those under way.
    expect(caughtUp?.[2]).toBeGreaterThan(3_198);
    expect(caughtUp?.[2]).toBeLessThan(3_202);
  });

  it('is seen in what is replayed, and in nothing else', () => {
    const model = play(pause);
    const [before, during] = [
      lagsOf(model, 's-west', 500, 1_000),
      lagsOf(model, 's-west', 1_500, 3_000),
    ];
    // What has not been confirmed is whole commits: one more or less, by when one looks.
    const apart = (position: LagPosition): number =>
      Math.abs(worst(during, position) - worst(before, position));
    expect(apart('flushed')).toBeLessThanOrEqual(201);
    expect(apart('written')).toBeLessThanOrEqual(201);
    expect(worst(lagsOf(model, 's-north', 1_500, 3_000), 'replayed')).toBeLessThan(8 * 201);
    for (const { atMs, bytes, ms } of during) {
      expect(bytes.replayed).toBeGreaterThan(((atMs - 1_000) / 10 - 1) * 201);
      expect(ms.replayed).toBeGreaterThan(atMs - 1_030);
    }
    const after = worst(lagsOf(model, 's-west', 4_000, 5_000), 'replayed');
    expect(Math.abs(after - worst(before, 'replayed'))).toBeLessThanOrEqual(201);
  });

  it('costs commits that wait for a flush nothing, and lets those that wait for it hang', () => {
    expect(Math.max(...latenciesOf(play(pause)))).toBeCloseTo(2 + 20 + 1, 9);
    const applied = latenciesOf(play(pause, { commitMode: 'remote_apply' }));
    expect(applied[0]).toBeCloseTo(2 + 20 + 1.5 + 1, 9);
    expect(Math.max(...applied)).toBeGreaterThan(1_900);
    expect(applied.at(-1)).toBeCloseTo(applied[0] ?? 0, 6);
  });
});

describe('a limited bandwidth', () => {
  const limitTo = (bytesPerSec: number): Fault => ({
    kind: 'limit-bandwidth',
    between: ['west', 'east'],
    bytesPerSec,
  });

  it('lets log pile up that comes faster than it leaves, and is over when it has arrived', () => {
    // 23.1 kB/s of log on a link of 15.4 kB/s: a third is left behind, 2 s × 7.7 kB/s. Then the link is wide again.
    const model = play(limitTo(15_400), { commitMode: 'local' });
    const during = lagsOf(model, 's-west', 2_500, 3_000);
    for (const { atMs, bytes } of during) {
      const behind = ((atMs - 1_000) / 10 / 3) * 201;
      expect(Math.abs(bytes.flushed - behind)).toBeLessThan(5 * 201);
    }
    const [, done, , caughtUp] = stepsOf(model);
    expect(done).toEqual(['1-limit-bandwidth', 'done', 3_000]);
    expect(caughtUp?.[0]).toBe('2-catch-up');
    expect((caughtUp?.[2] ?? 0) - 3_000).toBeLessThan(20);
    expect(worst(lagsOf(model, 's-north', 1_500, 3_000), 'flushed')).toBeLessThan(8 * 201);
  });

  it('slows commits that wait for that standby, and not those that wait for another', () => {
    const west = latenciesOf(play(limitTo(15_400)));
    expect(Math.max(...west)).toBeGreaterThan(600);
    const rule = { method: 'first' as const, count: 1, nodes: ['s-north'] };
    const north = latenciesOf(play(limitTo(15_400), { syncRule: rule }));
    expect(Math.max(...north)).toBeCloseTo(2 + 60 + 1, 9);
  });

  it('is hardly felt when it is wide enough', () => {
    const west = latenciesOf(play(limitTo(1e9)));
    expect(Math.max(...west)).toBeCloseTo(2 + 20 + 1, 2);
  });
});

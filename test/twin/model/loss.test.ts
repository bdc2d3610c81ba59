// What goes wrong when a promotion is not done properly: the model must be able to lose writes and to refuse requests,
// or the zeros of a planned promotion would mean nothing.
import { describe, expect, it } from 'vitest';
import type { CommitMode, Shard } from '../../../twin/estate/estate.ts';
import type { Effect } from '../../../twin/actions/action.ts';
import type { Model } from '../../../twin/model/model.ts';
import { makeCalibration } from '../../fixtures/calibration.ts';
import { makeEstate } from '../../fixtures/estate.ts';
import { loneStep, makeModel, outcomesOf, traceOfRequests } from '../../fixtures/runs.ts';

interface Play {
  readonly shard?: Partial<Shard>;
  /** How long a promotion takes. */
  readonly promoteMs?: number;
  readonly atMs?: readonly number[];
}

const every5Ms = Array.from({ length: 400 }, (_, index) => 5 * index);

/** By default a commit every 5 ms; each is on the primary's disk 2 ms after it was sent. Effects start at 1000 ms. */
function play(
  commitMode: CommitMode,
  effects: readonly Effect[],
  { shard, promoteMs = 40, atMs = every5Ms }: Play = {},
): Model {
  const estate = makeEstate({ shard: { commitMode, ...shard } });
  const requests = atMs.map((at) => ({ atMs: at }));
  const calibration = makeCalibration({ 'promote.promote-nodeMs': promoteMs });
  const model = makeModel(estate, traceOfRequests(estate, requests, 2_000), { calibration });
  model.simulation.run(1_000);
  model.play(effects.map((effect, index) => loneStep(effect, index + 1)));
  model.simulation.run(10_000);
  return model;
}

/** Takes 40 ms, so the standby leads at 1040 ms, and nobody stopped the old primary or handed anything over. */
const seize = (region: string): Effect => ({
  kind: 'promote-node',
  shard: 's',
  node: `s-${region}`,
});

const stop = (region: string): Effect => ({ kind: 'stop-node', shard: 's', node: `s-${region}` });

describe('a promotion without a hand-over', () => {
  it('loses what the standby cannot have yet when nobody waited for it', () => {
    // West is 10 ms behind: the records of 1032 and 1037 ms. North is 30 ms behind: those of 1012, 1017 … 1037 ms.
    expect(play('local', [seize('west')]).exact.lostAcknowledgedWrites).toBe(2);
    expect(play('local', [seize('north')]).exact.lostAcknowledgedWrites).toBe(6);
  });

  it('loses what its own primary had not flushed either, for up to three rounds of the log writer', () => {
    const lost = play('off', [seize('west')]).exact.lostAcknowledgedWrites;
    expect(lost).toBeGreaterThan(2);
    expect(lost).toBeLessThanOrEqual((3 * 200 + 20) / 5);
  });

  it('loses nothing at the standby that commits wait for, but something at another one', () => {
    expect(play('on', [seize('west')]).exact.lostAcknowledgedWrites).toBe(0);
    // Answered by 1040 ms are the records up to 1019 ms; of these, 1012 and 1017 are not in the north.
    expect(play('on', [seize('north')]).exact.lostAcknowledgedWrites).toBe(2);
  });

  it('does not count a commit that was on disk long before it could be answered', () => {
    const shard: Partial<Shard> = { syncRule: { method: 'first', count: 1, nodes: ['s-west'] } };
    const comeBack: Effect = { kind: 'rejoin', shard: 's', node: 's-west', upstream: 's-east' };
    const effects = [stop('west'), comeBack, seize('north')];
    // On disk at 1202 ms, while west was away; answered 0.75 ms after west came back, before north leads.
    const model = play('on', effects, { shard, promoteMs: 25, atMs: [1_200] });
    const { atMs: backMs = Number.NaN } =
      model.steps.find(({ step }) => step === '3-promote-node') ?? {};
    expect(model.samples.doneMs[0]).toBe(backMs + 0.75);
    expect(model.exact).toEqual({ lostAcknowledgedWrites: 0, promotions: 1 });
  });

  it('counts every promotion', () => {
    const counts = [[], [seize('west')], [seize('west'), seize('north')]].map(
      (effects) => play('on', effects).exact.promotions,
    );
    expect(counts).toEqual([0, 1, 2]);
  });
});

describe('an orderly stop before the promotion', () => {
  it('hands everything over, so that nothing is lost even when nobody waited', () => {
    // The promotion follows so soon that records of the last moments would still be under way without a hand-over.
    for (const mode of ['local', 'off'] as const) {
      for (const region of ['west', 'north']) {
        const model = play(mode, [stop('east'), seize(region)], { promoteMs: 0 });
        expect(model.exact).toMatchObject({ lostAcknowledgedWrites: 0, promotions: 1 });
      }
    }
  });
});

describe('a map that points at a server which does not lead', () => {
  it('gets requests refused, by a standby and by a server that is down', () => {
    const point: Effect = { kind: 'switch-map', shard: 's', primary: 's-west', epoch: 2 };
    const standby = outcomesOf(play('on', [point]));
    expect(standby.slice(0, 200)).toEqual(Array.from({ length: 200 }, () => 'acknowledged'));
    expect(standby.slice(202)).toEqual(Array.from({ length: 198 }, () => 'refused'));
    expect(outcomesOf(play('on', [stop('east')])).at(-1)).toBe('refused');
  });

  it('is never taken back to an older epoch', () => {
    const point: Effect = { kind: 'switch-map', shard: 's', primary: 's-west', epoch: 1 };
    expect(() => play('on', [point])).toThrow('the map of a shard goes forward');
  });
});

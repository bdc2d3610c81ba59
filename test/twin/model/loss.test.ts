// What goes wrong when a promotion is not done properly: the model must be able to lose writes and to refuse requests,
// or the zeros of a planned promotion would mean nothing.
import { describe, expect, it } from 'vitest';
import type { CommitMode } from '../../../twin/estate/estate.ts';
import type { Effect } from '../../../twin/actions/action.ts';
import type { Model } from '../../../twin/model/model.ts';
import { makeEstate } from '../../fixtures/estate.ts';
import { loneStep, makeModel, outcomesOf, traceOfRequests } from '../../fixtures/runs.ts';

/** A commit every 5 ms; each is on the primary's disk 2 ms after it was sent. Effects start at 1000 ms. */
function play(commitMode: CommitMode, effects: readonly Effect[]): Model {
  const estate = makeEstate({ shard: { commitMode } });
  const requests = Array.from({ length: 400 }, (_, index) => ({ atMs: 5 * index }));
  const model = makeModel(estate, traceOfRequests(estate, requests, 2_000));
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

describe('a promotion without a hand-over', () => {
  it('loses what the standby cannot have yet when nobody waited for it', () => {
    // West is 10 ms behind: the records of 1032 and 1037 ms. North is 30 ms behind: those of 1012, 1017 … 1037 ms.
    expect(play('local', [seize('west')]).exact.lostAcknowledgedWrites).toBe(2);
    expect(play('local', [seize('north')]).exact.lostAcknowledgedWrites).toBe(6);
  });

  it('loses nothing at the standby that commits wait for, but something at another one', () => {
    expect(play('on', [seize('west')]).exact.lostAcknowledgedWrites).toBe(0);
    // Answered by 1040 ms are the records up to 1019 ms; of these, 1012 and 1017 are not in the north.
    expect(play('on', [seize('north')]).exact.lostAcknowledgedWrites).toBe(2);
  });

  it('counts one promotion each time', () => {
    expect(play('on', [seize('west')]).exact.promotions).toBe(1);
    expect(play('on', []).exact.promotions).toBe(0);
  });
});

describe('an orderly stop before the promotion', () => {
  it('hands everything over, so that nothing is lost even when nobody waited', () => {
    const stop: Effect = { kind: 'stop-node', shard: 's', node: 's-east' };
    for (const region of ['west', 'north']) {
      expect(play('local', [stop, seize(region)]).exact.lostAcknowledgedWrites).toBe(0);
    }
  });
});

describe('a map that points at a server which does not lead', () => {
  it('gets requests refused, by a standby and by a server that is down', () => {
    const point: Effect = { kind: 'switch-map', shard: 's', primary: 's-west', epoch: 2 };
    const standby = outcomesOf(play('on', [point]));
    expect(standby.slice(0, 200)).toEqual(Array.from({ length: 200 }, () => 'acknowledged'));
    expect(standby.slice(202)).toEqual(Array.from({ length: 198 }, () => 'refused'));
    const stop: Effect = { kind: 'stop-node', shard: 's', node: 's-east' };
    expect(outcomesOf(play('on', [stop])).at(-1)).toBe('refused');
  });

  it('is never taken back to an older epoch', () => {
    const point: Effect = { kind: 'switch-map', shard: 's', primary: 's-west', epoch: 1 };
    expect(() => play('on', [point])).toThrow('the map of a shard goes forward');
  });
});

// The promote action as a pure function: which steps in which order, what may be undone, and when it cannot be done.
import { describe, expect, it } from 'vitest';
import { actionKinds, stepsOf } from '../../../twin/actions/index.ts';
import { stepSchema, type PromoteAction } from '../../../twin/actions/action.ts';
import { promote } from '../../../twin/actions/promote.ts';
import { parameterKinds } from '../../../twin/parameters.ts';
import { makeEstate, replicaIn } from '../../fixtures/estate.ts';

const estate = makeEstate();
const toWest: PromoteAction = { kind: 'promote', shard: 's', to: 's-west' };

describe('the steps of a promotion', () => {
  const steps = stepsOf(toWest, estate, 7);

  it('are these, in this order, with numbered ids', () => {
    expect(steps.map(({ id }) => id)).toEqual([
      '1-check-topology',
      '2-hold-requests',
      '3-drain-requests',
      '4-wait-replay',
      '5-stop-node',
      '6-promote-node',
      '7-follow',
      '8-switch-map',
      '9-release-requests',
      '10-rejoin',
    ]);
  });

  it('are documents of their schema, the effect bound to everything that it needs', () => {
    for (const step of steps) expect(stepSchema.parse(step)).toEqual(step);
    expect(steps.map(({ effect }) => effect)).toEqual([
      { kind: 'check-topology', shard: 's', primary: 's-east', standbys: ['s-west', 's-north'] },
      { kind: 'hold-requests', shard: 's' },
      { kind: 'drain-requests', shard: 's' },
      { kind: 'wait-replay', shard: 's', primary: 's-east', standby: 's-west' },
      { kind: 'stop-node', shard: 's', node: 's-east' },
      { kind: 'promote-node', shard: 's', node: 's-west' },
      { kind: 'follow', shard: 's', node: 's-north', upstream: 's-west' },
      { kind: 'switch-map', shard: 's', primary: 's-west', epoch: 8 },
      { kind: 'release-requests', shard: 's' },
      { kind: 'rejoin', shard: 's', node: 's-east', upstream: 's-west' },
    ]);
  });

  it('hold requests from the hold to the release and at no other time', () => {
    const fenced = steps.filter((step) => step.fenced).map(({ name }) => name);
    expect(fenced).toEqual([
      'hold-requests',
      'drain-requests',
      'wait-replay',
      'stop-node',
      'promote-node',
      'follow',
      'switch-map',
      'release-requests',
    ]);
  });

  it('can be taken back until the standby is promoted', () => {
    const reversible = steps.filter((step) => step.reversible).map(({ name }) => name);
    expect(reversible).toEqual([
      'check-topology',
      'hold-requests',
      'drain-requests',
      'wait-replay',
      'stop-node',
    ]);
  });

  it('let every other standby follow, each in a step named after it', () => {
    const replicas = [
      replicaIn('west', true),
      replicaIn('north', false),
      replicaIn('south', false),
    ];
    const ids = stepsOf(toWest, makeEstate({ shard: { replicas } }), 1).map(({ id }) => id);
    expect(ids.slice(5, 9)).toEqual([
      '6-promote-node',
      '7-follow-s-north',
      '8-follow-s-south',
      '9-switch-map',
    ]);
  });

  it('let nobody follow when there is nobody else', () => {
    const alone = makeEstate({ shard: { replicas: [replicaIn('west', true)] } });
    expect(stepsOf(toWest, alone, 1).map(({ name }) => name)).not.toContain('follow');
  });

  it('each have a duration among the parameters', () => {
    for (const { effect } of steps) {
      expect(Object.keys(parameterKinds)).toContain(`promote.${effect.kind}Ms`);
    }
  });
});

describe('a promotion', () => {
  it('is described in a sentence and can be reversed by another one', () => {
    expect(promote.describe(toWest, estate)).toBe(
      'promote s-west (west) to primary of s, in place of s-east (east)',
    );
    expect(promote.reverse(toWest, estate)).toEqual({ kind: 'promote', shard: 's', to: 's-east' });
    expect(promote.dataLoss).toBe('none');
    expect(actionKinds.promote).toBe(promote);
  });

  it('has no obstacle to a synchronous standby', () => {
    expect(promote.obstacles(toWest, estate)).toEqual([]);
  });

  it.each<[string, Partial<PromoteAction>, string, string, string]>([
    ['an unknown shard', { shard: 't' }, 'shard', 'unknown shard "t"', 'shards here: s'],
    ['a shard with a typo', { shard: 's1' }, 'shard', 'unknown shard "s1"', 'did you mean s?'],
    ['an unknown node', { to: 'x' }, 'to', 'unknown node "x"', 'standbys here: s-west, s-north'],
    ['a typo in a node', { to: 's-wset' }, 'to', 'unknown node "s-wset"', 'did you mean s-west'],
    [
      'the primary itself',
      { to: 's-east' },
      'to',
      '"s-east" is the primary',
      'standbys here: s-west, s-north',
    ],
    [
      'an asynchronous standby',
      { to: 's-north' },
      'to',
      '"s-north" is an asynchronous standby',
      'a planned promotion goes to a synchronous one: s-west',
    ],
  ])('cannot be done to %s', (_, change, ...[path, message, remedy]) => {
    const obstacles = promote.obstacles({ ...toWest, ...change }, estate);
    expect(obstacles).toEqual([{ path, message, remedy: expect.stringContaining(remedy) }]);
  });

  it('may go anywhere when no standby is synchronous by rule', () => {
    const free = makeEstate({ shard: { syncRule: null } });
    expect(promote.obstacles({ ...toWest, to: 's-north' }, free)).toEqual([]);
  });
});

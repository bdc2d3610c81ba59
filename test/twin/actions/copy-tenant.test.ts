// The copy of a tenant as a pure function: which steps in which order, whose requests it holds, and when it cannot be done.
import { describe, expect, it } from 'vitest';
import { actionKinds, leaderAfter, shardsOfAction, stepsOf } from '../../../twin/actions/index.ts';
import {
  actionInputSchema,
  actionSchema,
  stepSchema,
  type CopyTenantAction,
} from '../../../twin/actions/action.ts';
import { possibleCopy } from '../../../twin/actions/copy-tenant.ts';
import { findShard, type Shard } from '../../../twin/estate/estate.ts';
import { makeEstate, makeTwoShards } from '../../fixtures/estate.ts';

const estate = makeTwoShards();
const west: CopyTenantAction = { kind: 'copy-tenant', shard: 's', tenant: 'west', to: 't' };
const copyTenant = actionKinds['copy-tenant'];

describe('the steps of a copy', () => {
  const steps = stepsOf(west, estate, 7);

  it('are these, in this order, the effect bound to everything that it needs', () => {
    expect(steps.map(({ id }) => id)).toEqual([
      '1-check-topology',
      '2-check-topology',
      '3-subscribe-tenant',
      '4-hold-requests',
      '5-drain-requests',
      '6-wait-applied',
      '7-release-requests',
      '8-unsubscribe-tenant',
    ]);
    for (const step of steps) expect(stepSchema.parse(step)).toEqual(step);
    expect(steps[1]?.effect).toEqual({
      kind: 'check-topology',
      shard: 't',
      primary: 't-west',
      standbys: [],
    });
    expect(steps[2]?.effect).toEqual({
      kind: 'subscribe-tenant',
      shard: 's',
      tenant: 'west',
      publisher: 's-east',
      to: 't',
      subscriber: 't-west',
    });
  });

  it('hold requests only until both have the same, and can be taken back until the copy is let go', () => {
    expect(steps.flatMap(({ id, fenced }) => (fenced ? [id] : []))).toEqual([
      '4-hold-requests',
      '5-drain-requests',
      '6-wait-applied',
      '7-release-requests',
    ]);
    expect(steps.map(({ reversible }) => reversible)).toEqual([...Array(7).fill(true), false]);
  });

  it('give the copy the time that its bytes need several times over', () => {
    // 20 MB at a modest 10 MB/s.
    expect(steps[2]?.limitMs).toBe(30_000 + 5 * 2_000);
    expect(steps[5]?.limitMs).toBe(30_000);
  });
});

describe('a copy of a tenant', () => {
  it('changes no leader, touches both shards and leaves nothing to lead back', () => {
    expect(leaderAfter(west)).toBe(null);
    expect(shardsOfAction(west)).toEqual(['s', 't']);
    expect(copyTenant.reverse(west, estate)).toBe(null);
    expect(copyTenant.describe(west, estate)).toBe(
      'copy tenant west from s to t, by logical replication',
    );
    expect(actionInputSchema.parse(west)).toEqual(west);
    expect(actionSchema.parse(west)).toEqual(west);
  });

  it.each([
    [{ shard: 'x' }, 'shard', 'unknown shard "x"'],
    [{ tenant: 'wst' }, 'tenant', 'unknown tenant "wst"'],
    [{ to: 'x' }, 'to', 'unknown shard "x" to copy to'],
    [{ to: 's' }, 'to', 'unknown shard "s" to copy to'],
    [{ shard: 't', to: 's' }, 'tenant', 'tenant "west" is not on t'],
    [{ tenant: 'east' }, 'tenant', 'nobody said how much data tenant "east" has'],
  ])('with %j is refused', (change, path, message) => {
    const obstacles = copyTenant.obstacles({ ...west, ...change }, estate);
    expect(obstacles).toMatchObject([{ path, message: expect.stringContaining(message) }]);
    expect(obstacles[0]?.remedy).not.toBe('');
  });

  it('needs a way from primary to primary', () => {
    const islands = { ...estate, links: [] };
    expect(copyTenant.obstacles(west, islands)).toMatchObject([
      { path: 'to', message: 'no link joins east and west' },
    ]);
    expect(copyTenant.obstacles(west, estate)).toEqual([]);
  });

  it('is found where one is possible, and not where none is', () => {
    const shard = (id: string): Shard => {
      const found = findShard(estate, id);
      if (found === undefined) throw new Error('the fixture has both shards');
      return found.shard;
    };
    expect(possibleCopy(estate, shard('s'))).toEqual(west);
    expect(possibleCopy(estate, shard('t'))).toBeUndefined();
    expect(possibleCopy(makeEstate(), shard('s'))).toBeUndefined();
  });
});

// The rebuild action as a pure function: which steps in which order, what may be undone, and when it cannot be done.
import { describe, expect, it } from 'vitest';
import { actionKinds, leaderAfter, stepsOf } from '../../../twin/actions/index.ts';
import {
  actionInputSchema,
  actionSchema,
  stepSchema,
  type RebuildAction,
} from '../../../twin/actions/action.ts';
import { makeEstate, replicaIn } from '../../fixtures/estate.ts';

const estate = makeEstate({ shard: { dataBytes: 100e6 } });
const north: RebuildAction = { kind: 'rebuild', shard: 's', node: 's-north', bytesPerSec: 10e6 };
const { rebuild } = actionKinds;

describe('the steps of a rebuild', () => {
  const steps = stepsOf(north, estate, 7);

  it('are these, in this order, the effect bound to everything that it needs', () => {
    expect(steps.map(({ id }) => id)).toEqual([
      '1-check-topology',
      '2-stop-standby',
      '3-copy-node',
      '4-start-standby',
    ]);
    for (const step of steps) expect(stepSchema.parse(step)).toEqual(step);
    expect(steps.slice(1).map(({ effect }) => effect)).toEqual([
      { kind: 'stop-standby', shard: 's', node: 's-north' },
      { kind: 'copy-node', shard: 's', node: 's-north', upstream: 's-east', bytesPerSec: 10e6 },
      { kind: 'start-standby', shard: 's', node: 's-north', upstream: 's-east' },
    ]);
  });

  it('hold nobody’s requests, and can be taken back until the data is thrown away', () => {
    expect(steps.some(({ fenced }) => fenced)).toBe(false);
    expect(steps.map(({ reversible }) => reversible)).toEqual([true, true, false, false]);
  });

  it('give the copy the time that its bytes need several times over', () => {
    expect(steps[2]?.limitMs).toBeGreaterThan(5 * 10_000);
    expect(steps[3]?.limitMs).toBeLessThan(60_000);
  });
});

describe('a rebuild', () => {
  it('changes no leader and ends where it began', () => {
    expect(leaderAfter(north)).toBe(null);
    expect(rebuild.reverse(north, estate)).toEqual(north);
    expect(rebuild.describe(north, estate)).toBe(
      'rebuild s-north (north) as a copy of s-east, at up to 10MB/s',
    );
  });

  it('is read with its rate as people write it, gentle unless they do', () => {
    const read = (rate?: string): unknown =>
      actionInputSchema.parse({ kind: 'rebuild', shard: 's', node: 's-north', rate });
    expect(read('10MB/s')).toEqual(north);
    expect(read()).toEqual({ ...north, bytesPerSec: 20e6 });
    expect(actionSchema.parse(north)).toEqual(north);
    expect(() => read('1kB/s')).toThrow();
    expect(() => read('10/s')).toThrow();
  });

  it.each([
    [{ ...north, shard: 'x' }, 'shard', 'unknown shard "x"'],
    [{ ...north, node: 's-nrth' }, 'node', 'unknown node "s-nrth"'],
    [{ ...north, node: 's-east' }, 'node', '"s-east" is the primary'],
  ])('cannot be done to what is not there: %o', (action, path, message) => {
    expect(rebuild.obstacles(action, estate)).toMatchObject([{ path, message }]);
  });

  it('needs to know how much there is to copy', () => {
    const [obstacle] = rebuild.obstacles(north, makeEstate());
    expect(obstacle).toMatchObject({ path: 'shard' });
    expect(obstacle?.remedy).toContain('data: ');
  });

  it('is refused where commits would wait for the standby that is away', () => {
    const pair = { dataBytes: 1, replicas: [replicaIn('north', true)] };
    const alone = makeEstate({ shard: pair });
    expect(rebuild.obstacles(north, alone)).toMatchObject([{ path: 'node' }]);
    const nobodyWaits = makeEstate({ shard: { ...pair, commitMode: 'local' } });
    expect(rebuild.obstacles(north, nobodyWaits)).toEqual([]);
    expect(rebuild.obstacles(north, estate)).toEqual([]);
  });
});

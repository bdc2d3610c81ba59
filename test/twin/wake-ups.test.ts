// How often loads wake processors: by kinds, by standbys, and per second of a trace.
import { expect, it } from 'vitest';
import { drawTrace } from '../../twin/demand.ts';
import { wakeUpsOf, wakeUpsPerSec } from '../../twin/wake-ups.ts';
import { makeEstate } from '../fixtures/estate.ts';

it('is more for what waits, and most for commits that standbys hear of', () => {
  expect(wakeUpsOf('job', 3)).toBe(wakeUpsOf('read', 0) + 1);
  expect(wakeUpsOf('write', 0)).toBe(6);
  expect(wakeUpsOf('write', 3)).toBe(24);
  expect(wakeUpsOf('read', 3)).toBe(wakeUpsOf('read', 0));
});

it('is the sum over the requests of a trace, by its length', () => {
  const [fleet] = makeEstate().fleets;
  if (fleet === undefined) throw new Error('no fleet');
  const trace = drawTrace(fleet, {
    seed: '1',
    replication: 0,
    horizonMs: 4_000,
    factors: new Map(),
  });
  const standbys = Math.max(...fleet.shards.map(({ replicas }) => replicas.length));
  const ofKind = (at: number): number =>
    wakeUpsOf(fleet.classes.find(({ id }) => id === trace.classes[at])?.kind ?? 'read', standbys);
  const total = Array.from(trace.classOf, ofKind).reduce((sum, one) => sum + one, 0);
  expect(wakeUpsPerSec(trace, fleet)).toBeCloseTo(total / 4, 9);
  expect(() => wakeUpsPerSec(trace, { classes: [], shards: [] })).toThrow('class');
});

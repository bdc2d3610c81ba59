// The twin behind the port: only `wait` advances time, observations come once, and finishing measures.
import { describe, expect, it } from 'vitest';
import { SimWorld } from '../../scenarios/sim-world.ts';
import type { Action } from '../../twin/actions/action.ts';
import { measurementSchema } from '../../twin/measurement.ts';
import { makeParameterSet, neutralFactors } from '../../twin/model/parameter-set.ts';
import { roundTrips } from '../../twin/model/play.ts';
import { makeCalibration } from '../fixtures/calibration.ts';
import { makeEstate } from '../fixtures/estate.ts';
import { traceOfRequests } from '../fixtures/runs.ts';

const toWest: Action = { kind: 'promote', shard: 's', to: 's-west' };
/** A promotion of the triangle takes this long with constant parameters: the sum of its steps, with their round trips. */
const promotionMs =
  10 +
  2 +
  3 +
  5 +
  120 +
  40 +
  (100 + roundTrips.follow * 50) +
  4 +
  1 +
  (200 + roundTrips.rejoin * 20);

function makeWorld(horizonMs = 5_000): SimWorld {
  const estate = makeEstate();
  const requests = Array.from({ length: horizonMs / 50 }, (_, index) => ({
    atMs: 50 * index + 25,
  }));
  return new SimWorld({
    run: 'r',
    estate,
    trace: traceOfRequests(estate, requests, horizonMs),
    parameters: makeParameterSet(makeCalibration(), neutralFactors),
    seed: '1',
    replication: 0,
    warmupMs: 100,
  });
}

describe('the twin’s time', () => {
  it('stands still unless somebody waits', async () => {
    const world = makeWorld();
    expect(world.now()).toBe(0);
    const handle = await world.apply(toWest);
    expect([world.now(), handle.startedMs]).toEqual([0, 0]);
    expect((await world.observe()).steps).toEqual([]);
  });

  it('goes on to the moment waited for, or to the limit when that is earlier', async () => {
    const world = makeWorld();
    expect(await world.wait({ kind: 'at', ms: 300 }, 1_000)).toBe('met');
    expect(world.now()).toBe(300);
    expect(await world.wait({ kind: 'at', ms: 900 }, 200)).toBe('limit');
    expect(world.now()).toBe(500);
    expect(await world.wait({ kind: 'at', ms: 400 }, 200)).toBe('met');
    expect(world.now()).toBe(500);
  });

  it('goes on to the end of an action, and no further', async () => {
    const world = makeWorld();
    const { id } = await world.apply(toWest);
    expect(await world.wait({ kind: 'done', handle: id }, promotionMs - 1)).toBe('limit');
    expect(world.now()).toBe(promotionMs - 1);
    expect(await world.wait({ kind: 'done', handle: id }, 5_000)).toBe('met');
    expect(world.now()).toBeCloseTo(promotionMs, 9);
    expect(await world.wait({ kind: 'done', handle: id }, 5_000)).toBe('met');
    expect(world.now()).toBeCloseTo(promotionMs, 9);
  });
});

describe('an observation', () => {
  it('holds the step events since the last one', async () => {
    const world = makeWorld();
    await world.apply(toWest);
    await world.wait({ kind: 'at', ms: 11 }, 1_000);
    const events = async (): Promise<string[]> =>
      (await world.observe()).steps.map(({ step, state, atMs }) => `${atMs} ${step} ${state}`);
    expect(await events()).toEqual([
      '0 1-check-topology started',
      '10 1-check-topology done',
      '10 2-hold-requests started',
    ]);
    expect(await events()).toEqual([]);
    await world.wait({ kind: 'at', ms: 12 }, 1_000);
    expect(await events()).toEqual(['12 2-hold-requests done', '12 3-drain-requests started']);
  });
});

describe('what is measured in the end', () => {
  it('is a measurement of the trace, with nobody left unanswered', async () => {
    const world = makeWorld();
    await world.wait({ kind: 'at', ms: 1_000 }, 1_000);
    const { id } = await world.apply(toWest);
    await world.wait({ kind: 'done', handle: id }, 4_000);
    await world.wait({ kind: 'at', ms: 5_000 }, 4_000);
    const measurement = await world.finish();
    expect(measurementSchema.parse(measurement)).toEqual(measurement);
    expect(measurement.trace).toBe(world.observed().trace.digest);
    expect(measurement.exact).toEqual([
      { claim: 'lost_acknowledged_writes', value: 0 },
      { claim: 'duplicate_writes', value: 0 },
      { claim: 'promotions', value: 1 },
    ]);
    const errors = measurement.values.filter(({ metric }) => metric.startsWith('error_share'));
    expect(errors.map(({ phase, value }) => [phase, value])).toEqual([
      ['before', 0],
      ['during', 0],
      ['after', 0],
      ['all', 0],
    ]);
  });

  it('is the same for the same run, down to the fingerprint', async () => {
    const [one, other] = [makeWorld(), makeWorld()];
    expect(await one.finish()).toEqual(await other.finish());
    expect(one.fingerprint()).toBe(other.fingerprint());
    const third = makeWorld();
    await third.apply(toWest);
    await third.finish();
    expect(third.fingerprint()).not.toBe(one.fingerprint());
  });
});

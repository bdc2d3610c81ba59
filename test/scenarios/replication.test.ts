// One task of an ensemble: which randomness it shares with which other one.
import { describe, expect, it } from 'vitest';
import {
  runReplication,
  type ReplicationInput,
  type ReplicationResult,
} from '../../scenarios/replication.ts';
import { makeCalibration } from '../fixtures/calibration.ts';
import { makeEstate } from '../fixtures/estate.ts';
import { promoteWest } from '../fixtures/scenario.ts';

function run(
  kind: ReplicationInput['kind'],
  index: number,
  calibration = makeCalibration(),
): Promise<ReplicationResult> {
  const input = { scenario: promoteWest, estate: makeEstate(), calibration, seed: '1' };
  return runReplication({ ...input, index, kind });
}

describe('with constant and certain parameters', () => {
  it('rehearsals of the bound trace are all alike', async () => {
    const [one, other] = [await run('rehearsal', 0), await run('rehearsal', 1)];
    // But for the moments at which somebody looks at the standbys.
    const seen = ({ candidate }: ReplicationResult): [string, number][] =>
      Object.entries(candidate).filter(([key]) => !key.includes(' lag_'));
    expect(seen(other)).toEqual(seen(one));
    expect(other.steps).toEqual(one.steps);
  });

  it('no fresh trace is the bound one, nor another fresh one', async () => {
    const results = [await run('rehearsal', 0), await run('fresh', 0), await run('fresh', 1)];
    const shown = results.map(({ candidate }) => JSON.stringify(candidate));
    expect(new Set(shown).size).toBe(3);
  });
});

describe('with parameters that spread', () => {
  const spread = makeCalibration({}, { observation: 0.5 });

  it('fresh runs and rehearsals of one index draw service times of their own', async () => {
    const [fresh, rehearsal] = [await run('fresh', 0, spread), await run('rehearsal', 0, spread)];
    fresh.steps.forEach(({ durationMs }, index) => {
      expect(durationMs).not.toBe(rehearsal.steps[index]?.durationMs);
    });
  });

  it('baseline and candidate share them, so that nothing differs before the action', async () => {
    const { baseline, candidate } = await run('fresh', 0, spread);
    const before = Object.entries(baseline).filter(([key]) => key.startsWith('before '));
    expect(before.length).toBeGreaterThan(10);
    for (const [key, value] of before) expect([key, candidate[key]]).toEqual([key, value]);
    expect(candidate).not.toEqual(baseline);
  });
});

describe('a result', () => {
  it('holds the lengths of the phases that its steps cut', async () => {
    const { phaseMs, steps } = await run('fresh', 0);
    const last = steps.at(-1);
    const during = (last?.startMs ?? 0) + (last?.durationMs ?? 0) - 2_000;
    expect(phaseMs.before).toBe(1_500);
    expect(phaseMs.during).toBeCloseTo(during, 9);
    expect(phaseMs.after).toBeCloseTo(4_000 - during, 9);
    expect(phaseMs.all).toBe(5_500);
  });

  it('has no baseline where only one execution is rehearsed', async () => {
    expect((await run('rehearsal', 0)).baseline).toEqual({});
  });
});

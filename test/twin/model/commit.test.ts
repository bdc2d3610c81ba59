// What a commit writes and what its wait takes beside the model's own reckoning, with known parameters.
import { describe, expect, it } from 'vitest';
import { commitModes } from '../../../twin/estate/estate.ts';
import { makeCommitWaits, makeWalBytes } from '../../../twin/model/commit.ts';
import { makeParameterSet, neutralFactors } from '../../../twin/model/parameter-set.ts';
import { makeCalibration } from '../../fixtures/calibration.ts';

const parameters = makeParameterSet(makeCalibration(), neutralFactors);

describe('the log of a write', () => {
  it('is its row and what surrounds it, and each part of a row that is stored in parts', () => {
    const walBytes = makeWalBytes(parameters);
    // 200 bytes beside the row, one per byte, 150 per part.
    expect([0, 300, 1_984].map(walBytes)).toEqual([200, 500, 2_184]);
    expect([1_985, 3_992, 3_993].map(walBytes)).toEqual([
      200 + 1_985 + 150,
      200 + 3_992 + 2 * 150,
      200 + 3_993 + 3 * 150,
    ]);
  });
});

describe('the wait of a commit', () => {
  it('is what was calibrated, less the local work and a flush of the standby where that is waited for', () => {
    const syncRule = { method: 'first' as const, count: 1, nodes: ['a'] };
    const waits = commitModes.map((commitMode) =>
      makeCommitWaits(parameters, { commitMode, syncRule })(0.5),
    );
    expect(waits).toEqual([0, 0, 2.5 - 2, 3 - 2 - 0.25, 3.5 - 2 - 0.25]);
    expect(makeCommitWaits(parameters, { commitMode: 'on', syncRule: null })(0.5)).toBe(0);
  });

  it('is never negative, however the calibrated times fell', () => {
    const odd = makeCalibration({ 'write.syncMs': 1, 'write.localMs': 5 });
    const wait = makeCommitWaits(makeParameterSet(odd, neutralFactors), {
      commitMode: 'on',
      syncRule: { method: 'any', count: 1, nodes: ['a'] },
    });
    expect(wait(0.3)).toBe(0);
  });
});

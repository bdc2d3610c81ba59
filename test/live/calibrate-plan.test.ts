// What a calibration decides to do: everything an estate needs, less what an overlay already holds without a doubt.
import { describe, expect, test } from 'vitest';
import { fullEffort, type Subject } from '../../live/calibrate/experiment.ts';
import { experiments } from '../../live/calibrate/experiments/index.ts';
import { experimentsByParameter, planCalibration } from '../../live/calibrate/plan.ts';
import type { CalibrationPlan } from '../../twin/calibration-plan.ts';
import type { CalibrationDoubts } from '../../twin/estate/calibration-doubts.ts';
import type { Calibration } from '../../twin/estate/calibration.ts';
import { commitModes } from '../../twin/estate/estate.ts';
import { neededParameters } from '../../twin/estate/needed-parameters.ts';
import { parameterPaths } from '../../twin/parameters.ts';
import { makeCalibration } from '../fixtures/calibration.ts';
import { makeEstate } from '../fixtures/estate.ts';

function subjectOf(estate = makeEstate()): Subject {
  const [fleet] = estate.fleets;
  const [shard] = fleet?.shards ?? [];
  if (fleet === undefined || shard === undefined) throw new Error('the fixture has a shard');
  return { estate, fleet, shard, commitModes: [shard.commitMode] };
}

interface Changes {
  readonly subject?: Subject;
  readonly only?: readonly string[];
  readonly calibration?: Calibration;
  readonly doubts?: CalibrationDoubts;
}

function plan({
  subject = subjectOf(),
  only,
  calibration,
  doubts = {},
}: Changes = {}): CalibrationPlan {
  return planCalibration({
    subject,
    effort: fullEffort,
    only: only ?? null,
    known: calibration === undefined ? null : { calibration, doubts },
  });
}

const idsOf = ({ experiments: planned }: CalibrationPlan): string[] => planned.map(({ id }) => id);

describe('the plan of a calibration', () => {
  test('names every experiment once, as planned or as skipped with a reason', () => {
    const { estate } = subjectOf();
    const subjects = [
      subjectOf(),
      subjectOf(makeEstate({ shard: { replicas: [], syncRule: null } })),
      subjectOf({ ...estate, fleets: estate.fleets.map((fleet) => ({ ...fleet, classes: [] })) }),
    ];
    for (const subject of subjects) {
      const { experiments: planned, skipped, durationMs } = plan({ subject });
      const ids = [...planned, ...skipped].map(({ id }) => id);
      expect(ids.toSorted()).toEqual(experiments.map(({ id }) => id).toSorted());
      for (const { because } of [...planned, ...skipped]) expect(because).not.toBe('');
      for (const { parameters } of planned) expect(parameters.length).toBeGreaterThan(0);
      expect(durationMs).toBe(planned.reduce((sum, one) => sum + one.durationMs, 0));
    }
  });

  test('leaves out what the estate does not need', () => {
    const alone = subjectOf(makeEstate({ shard: { replicas: [], syncRule: null } }));
    expect(idsOf(plan({ subject: alone }))).not.toContain('promotions');
    expect(plan({ subject: alone }).skipped).toContainEqual({
      id: 'promotions',
      because: 'shard s has no standby that could be promoted',
    });
  });

  test('leaves out what an overlay holds, and measures again what is missing or in doubt', () => {
    const full = makeCalibration();
    expect(idsOf(plan({ calibration: full }))).toEqual([]);
    const doubts = { 'promote.followMs': ['measured more than 7d ago'] };
    expect(idsOf(plan({ calibration: full, doubts }))).toEqual(['promotions']);
    const { 'wal.flushMs': _flush, ...others } = full.parameters;
    expect(idsOf(plan({ calibration: { ...full, parameters: others } }))).toEqual(['flush']);
  });

  test('does what is asked for by name, whatever the overlay holds', () => {
    expect(idsOf(plan({ only: ['flush'], calibration: makeCalibration() }))).toEqual(['flush']);
    expect(plan({ only: ['flush'] }).skipped).toContainEqual({
      id: 'promotions',
      because: 'not asked for',
    });
  });

  test('refuses names that no experiment has, and experiments that the estate has no use for', () => {
    expect(() => plan({ only: ['flash'] })).toThrow(
      'there is no experiment "flash"; did you mean flush? choose from flush, ',
    );
    const alone = subjectOf(makeEstate({ shard: { replicas: [], syncRule: null } }));
    expect(() => plan({ subject: alone, only: ['promotions'] })).toThrow(
      'estate triangle needs nothing that experiment "promotions" measures: shard s has no standby',
    );
  });
});

describe('the registry of experiments', () => {
  test('has one name per experiment and one experiment per parameter', () => {
    const ids = experiments.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const measured = experiments.flatMap(({ parameters }) => parameters);
    expect(new Set(measured).size).toBe(measured.length);
    for (const path of measured) expect(parameterPaths).toContain(path);
  });

  test('measures everything that some estate needs', () => {
    for (const commitMode of commitModes) {
      const subject = subjectOf(makeEstate({ shard: { commitMode } }));
      const measured = Object.keys(experimentsByParameter(subject));
      expect(neededParameters(subject.estate).filter((path) => !measured.includes(path))).toEqual(
        [],
      );
    }
  });

  test('measures other commit modes than the shard has where they are asked for', () => {
    const alone = experimentsByParameter(subjectOf());
    const asked = experimentsByParameter({ ...subjectOf(), commitModes });
    for (const path of ['write.offMs', 'write.remoteWriteMs', 'write.remoteApplyMs'] as const) {
      expect(alone[path]).toBeUndefined();
      expect(asked[path]).toBe('services');
    }
  });

  test('needs nothing that it does not measure', () => {
    for (const { needed, parameters } of experiments) {
      for (const path of needed(subjectOf())) expect(parameters).toContain(path);
    }
    const byParameter = experimentsByParameter(subjectOf());
    expect(byParameter['wal.flushMs']).toBe('flush');
    expect(byParameter['promote.followMs']).toBe('promotions');
  });
});

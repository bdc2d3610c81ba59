// Parameters: their distribution of single observations, what calibration leaves open, and where each came from.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeStream, type RandomStream } from '../../../engine/random.ts';
import {
  describeParameters,
  drawFactors,
  makeParameterSet,
  neutralFactors,
} from '../../../twin/model/parameter-set.ts';
import { parameterKinds, parameterPaths } from '../../../twin/parameters.ts';
import { neededParameters } from '../../../twin/estate/needed-parameters.ts';
import { constants, makeCalibration } from '../../fixtures/calibration.ts';
import { makeEstate } from '../../fixtures/estate.ts';

const unit = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('a parameter', () => {
  it('follows the calibrated quantiles, linear in between', () => {
    const calibration = makeCalibration({ 'job.overheadMs': 10 }, { observation: 0.5 });
    const set = makeParameterSet(calibration, neutralFactors);
    const property = fc.property(unit, (u) => {
      expect(set.draw('job.overheadMs', u)).toBeCloseTo(5 + 10 * u, 9);
    });
    fc.assert(property);
  });

  it('grows with u and scales with its factor, calibrated or not', () => {
    const property = fc.property(
      fc.tuple(unit, unit).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const),
      fc.constantFrom(...parameterPaths),
      fc.constantFrom(null, makeCalibration({}, { observation: 0.4 })),
      fc.double({ min: 0.1, max: 10, noNaN: true }),
      ([low, high], path, calibration, factor) => {
        const plain = makeParameterSet(calibration, neutralFactors);
        const scaled = makeParameterSet(calibration, {
          ...neutralFactors,
          [path]: { location: factor, spread: 1 },
        });
        expect(plain.draw(path, low)).toBeLessThanOrEqual(plain.draw(path, high));
        expect(scaled.draw(path, low)).toBeCloseTo(factor * plain.draw(path, low), 6);
      },
    );
    fc.assert(property);
  });

  it('has its documented default as the median when nobody measured it', () => {
    const set = makeParameterSet(null, neutralFactors);
    for (const path of parameterPaths) {
      expect(set.draw(path, 0.5)).toBeCloseTo(parameterKinds[path].defaultValue, 9);
      if (parameterKinds[path].defaultValue > 0) expect(set.draw(path, 0)).toBeGreaterThan(0);
    }
  });
});

describe('what calibration leaves open', () => {
  /** Logarithms of one parameter's factor over many rehearsals. */
  function logFactors(
    calibration: ReturnType<typeof makeCalibration> | null,
    path: keyof typeof constants = 'write.localMs',
    kind: 'location' | 'spread' = 'location',
  ): number[] {
    return Array.from({ length: 2_000 }, (_, rehearsal) => {
      const streamOf = (name: string): RandomStream => makeStream('1', rehearsal, name);
      return Math.log(drawFactors(calibration, streamOf)[path][kind]);
    });
  }

  function spreadOf(values: readonly number[]): { mean: number; sd: number } {
    const mean = values.reduce((sum, one) => sum + one, 0) / values.length;
    const squares = values.reduce((sum, one) => sum + (one - mean) ** 2, 0);
    return { mean, sd: Math.sqrt(squares / (values.length - 1)) };
  }

  it('is nothing when calibration is exact', () => {
    expect(
      drawFactors(makeCalibration({ 'cpu.cores': 4 }), (name) => makeStream('1', 0, name)),
    ).toEqual(neutralFactors);
  });

  it.each([
    ['the interval of the value', { interval: 0.1645 }, 0.1],
    ['the spread between repetitions', { repetitionCv: 0.2 }, 0.2],
    ['the spread between sessions', { sessionCv: 0.1 }, 0.1],
    ['two of them together', { interval: 0.1645 * 3, repetitionCv: 0.4 }, 0.5],
  ])('is a lognormal factor as wide as %s', (_, spread, sigma) => {
    const { mean, sd } = spreadOf(logFactors(makeCalibration({}, spread)));
    expect(Math.abs(mean)).toBeLessThan((4 * sigma) / Math.sqrt(2_000));
    // The standard error of a standard deviation of n normal values is sd / √(2n).
    expect(Math.abs(sd / sigma - 1)).toBeLessThan(4 / Math.sqrt(4_000));
  });

  it('scales the distances from the median by a factor of their own', () => {
    const calibration = makeCalibration({}, { spreadCv: 0.3 });
    const { sd } = spreadOf(logFactors(calibration, 'write.localMs', 'spread'));
    expect(Math.abs(sd / 0.3 - 1)).toBeLessThan(4 / Math.sqrt(4_000));
    expect(spreadOf(logFactors(calibration)).sd).toBe(0);
    const factors = { ...neutralFactors, 'job.overheadMs': { location: 1, spread: 2 } };
    const overlay = makeCalibration({ 'job.overheadMs': 10 }, { observation: 0.25 });
    const set = makeParameterSet(overlay, factors);
    expect([0, 0.5, 1].map((u) => set.draw('job.overheadMs', u))).toEqual([5, 10, 15]);
  });

  it('is a factor of two either way in 95 of 100 cases for what nobody measured', () => {
    const outside = logFactors(null).filter((log) => Math.abs(log) > Math.log(2)).length / 2_000;
    expect(outside).toBeGreaterThan(0.03);
    expect(outside).toBeLessThan(0.07);
  });

  it('takes no parameter beyond five times or a fifth, however much the repetitions differ', () => {
    const stalled = makeCalibration({}, { repetitionCv: 2, spreadCv: 2 });
    for (const kind of ['location', 'spread'] as const) {
      const farthest = Math.max(...logFactors(stalled, 'write.syncMs', kind).map(Math.abs));
      expect(farthest).toBeCloseTo(Math.log(5), 9);
    }
  });

  it('is drawn for each parameter on its own', () => {
    const calibration = makeCalibration({}, { interval: 0.1 });
    const [a, b] = [logFactors(calibration), logFactors(calibration, 'job.overheadMs')];
    const product = a.reduce((sum, one, index) => sum + one * (b[index] ?? 0), 0) / a.length;
    const correlation = product / (spreadOf(a).sd * spreadOf(b).sd);
    expect(Math.abs(correlation)).toBeLessThan(4 / Math.sqrt(2_000));
  });
});

describe('the origin of a parameter', () => {
  it('is its default for all without calibration', () => {
    const all = describeParameters(makeEstate(), null);
    expect(all.map(({ path }) => path)).toEqual(neededParameters(makeEstate()));
    for (const { path, value, origin, source } of all) {
      expect([origin, value]).toEqual([
        'default',
        parameterKinds[path as 'wal.flushMs'].defaultValue,
      ]);
      expect(source).not.toBe('');
    }
  });

  it('says per parameter what was measured, when and how well', () => {
    const full = makeCalibration({}, { interval: 0.1 });
    const { 'wal.flushMs': flush } = full.parameters;
    if (flush === undefined) throw new Error('the overlay has every parameter');
    const all = describeParameters(makeEstate(), { ...full, parameters: { 'wal.flushMs': flush } });
    expect(all.filter(({ origin }) => origin === 'calibrated')).toEqual([
      {
        path: 'wal.flushMs',
        value: constants['wal.flushMs'],
        unit: 'ms',
        origin: 'calibrated',
        source: 'made up for tests',
        n: 200,
        date: '2026-01-01T00:00:00.000Z',
        interval90: [0.45, 0.55],
      },
    ]);
    expect(all.filter(({ origin }) => origin === 'default')).toHaveLength(
      neededParameters(makeEstate()).length - 1,
    );
  });
});

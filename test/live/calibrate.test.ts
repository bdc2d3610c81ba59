// Calibration: its arithmetic on made-up observations, and one short calibration of a real lab.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { calibrateLab } from '../../live/calibrate/calibrate.ts';
import { flush as flushExperiment } from '../../live/calibrate/experiments/flush.ts';
import { probeFlush } from '../../live/calibrate/flush-probe.ts';
import { summariseRepetitions } from '../../live/calibrate/repetitions.ts';
import { openLabControl } from '../../live/lab/lab-control.ts';
import type { LabInfo } from '../../live/lab/lab-info.ts';
import { labUp } from '../../live/lab/lab.ts';
import {
  loadFactor,
  calibratedSchema,
  calibrationDigest,
  calibrationSchema,
} from '../../twin/estate/calibration.ts';
import { instantLinks, type Estate } from '../../twin/estate/estate.ts';
import { parameterPaths } from '../../twin/parameters.ts';
import { makeCalibration } from '../fixtures/calibration.ts';
import { labEstate, makeStateDir, refusePractice, us } from './lab-fixture.ts';
import { loadFleet } from './load-fixture.ts';

describe('a calibrated parameter', () => {
  const observation = fc.double({ min: 0, max: 1000, noNaN: true });
  const repetitions = fc.array(fc.array(observation, { minLength: 1, maxLength: 40 }), {
    minLength: 1,
    maxLength: 6,
  });

  test('is a valid overlay entry whose interval holds its value and whose quantiles span the data', () => {
    fc.assert(
      fc.property(repetitions, (observed) => {
        const parameter = calibratedSchema.parse({
          ...summariseRepetitions(observed),
          unit: 'ms',
          sessionCv: 0,
          measuredAt: '2026-01-01T00:00:00Z',
        });
        const all = observed.flat();
        expect(parameter.n).toBe(all.length);
        expect(parameter.quantiles[0]).toBe(Math.min(...all));
        expect(parameter.quantiles[10]).toBe(parameter.value);
        expect(parameter.quantiles.at(-1)).toBe(Math.max(...all));
        expect(parameter.quantiles).toEqual(parameter.quantiles.toSorted((a, b) => a - b));
        const [low, high] = parameter.interval90;
        expect(low <= parameter.value && parameter.value <= high).toBe(true);
      }),
    );
  });

  test('is told apart from the load that it was measured under', () => {
    const loads = [20, 40, 80, 160];
    const shape = [0.9, 1, 1, 1, 1.2];
    const medianAt = (load: number): number => 1.2 + 24 / load;
    const measured = loads.map((load) => shape.map((one) => one * medianAt(load)));
    const { load, value, repetitionCv, quantiles } = summariseRepetitions(measured, loads);
    expect(load).toMatchObject({ lowestPerSec: 20, highestPerSec: 160 });
    expect(load?.idlePerSec).toBeCloseTo(20, 9);
    expect(repetitionCv).toBeCloseTo(0, 9);
    for (const at of [20, 56, 160]) {
      expect(value * loadFactor(load, at)).toBeCloseTo(medianAt(at), 9);
    }
    // Beyond what was measured nothing is continued.
    expect(loadFactor(load, 1_000)).toBe(loadFactor(load, 160));
    expect((quantiles.at(-1) ?? 0) / value).toBeCloseTo(1.2, 9);
    // Few repetitions, or one load alone, tell no law.
    expect(summariseRepetitions(measured.slice(0, 3), loads.slice(0, 3)).load).toBeNull();
    expect(summariseRepetitions(measured, [40, 40, 40, 40]).load).toBeNull();
    // Nor do times that would be negative at much load, or at little.
    expect(summariseRepetitions([[8], [4], [2], [0.5]], loads).load).toBeNull();
    expect(summariseRepetitions([[0.1], [4], [6], [7]], loads).load).toBeNull();
  });

  test('has no spread between repetitions that agree, and the textbook’s between others', () => {
    const same = summariseRepetitions([
      [1, 2, 3],
      [2, 2, 2],
    ]);
    expect(same).toMatchObject({ value: 2, n: 6, repetitionCv: 0, interval90: [1, 3] });
    // Medians 1, 2, 3: mean 2, standard deviation 1.
    const apart = summariseRepetitions([[1], [2], [3]]);
    expect(apart.repetitionCv).toBeCloseTo(0.5, 12);
    // Student's t with 2 degrees of freedom at 95 %: 2.919986; half width 2.919986 / √3.
    expect(apart.interval90[1]).toBeCloseTo(2 + 2.919986 / Math.sqrt(3), 5);
    expect(apart.interval90[0]).toBeCloseTo(2 - 2.919986 / Math.sqrt(3), 5);
  });

  test('has an interval that holds the true median about nine times in ten', () => {
    let state = 12_345;
    const uniform = (): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return (state + 0.5) / 2 ** 32;
    };
    let covered = 0;
    for (let round = 0; round < 2000; round++) {
      const [low, high] = summariseRepetitions([
        Array.from({ length: 101 }, () => -Math.log(uniform())),
      ]).interval90;
      if (low <= Math.LN2 && Math.LN2 <= high) covered++;
    }
    expect(covered / 2000).toBeGreaterThan(0.87);
    expect(covered / 2000).toBeLessThan(0.96);
  });
});

describe('on a real lab', () => {
  const estate: Estate = { ...labEstate, fleets: [loadFleet] };
  let lab: LabInfo;
  let stateDir: string;
  let remove: () => Promise<void>;

  beforeAll(async () => {
    ({ stateDir, remove } = await makeStateDir());
    lab = await labUp(estate, { stateDir, lifeline: 'stdin' });
  });
  afterAll(() => remove?.());

  const linksNow = async (): Promise<unknown> => {
    const control = await openLabControl(lab);
    try {
      return (await control.status()).links;
    } finally {
      control.close();
    }
  };
  const options = {
    shard: 'checkout-0',
    map: { primary: us, epoch: 1 },
    effort: { promotions: 2, repetitions: 2, horizonMs: 1200, warmupMs: 200 },
  };

  test('promotions are practised with all links at zero delay, which are put back', async () => {
    let during: unknown;
    const calibration = await calibrateLab(lab, estate, {
      ...options,
      directory: join(stateDir, 'calibration'),
      ...refusePractice('nobody practises this'),
      practise: async (count) => {
        during = await linksNow();
        return Array.from({ length: count }, () => [{ step: '7-follow', durationMs: 9 }]);
      },
    });
    expect(during).toEqual(instantLinks(labEstate.links));
    expect(await linksNow()).toEqual(labEstate.links);
    expect(calibrationSchema.parse(structuredClone(calibration))).toEqual(calibration);
    const { digest, ...document } = calibration;
    expect(digest).toBe(calibrationDigest(document));
    const { parameters } = calibration;
    expect(new Set(Object.keys(parameters))).toEqual(
      new Set([
        'link.extraMs',
        'wal.flushMs',
        'standby.flushMs',
        ...['fixedBytes', 'bytesPerByte', 'partBytes'].map((one) => `wal.${one}`),
        'standby.replayBytesPerSec',
        'standby.receiveBytesPerSec',
        'write.localMs',
        'write.syncMs',
        'lag.writtenMs',
        'lag.flushedMs',
        'lag.replayedMs',
        'job.overheadMs',
        ...(process.platform === 'linux' ? ['write.cpuMs', 'job.cpuMs'] : []),
        'promote.followMs',
      ]),
    );
    // A row's bytes are in the log once, with what surrounds them; both are counted and not timed.
    expect(parameters['wal.bytesPerByte']?.value).toBeCloseTo(1, 1);
    expect(parameters['wal.fixedBytes']?.value).toBeGreaterThan(100);
    expect(parameters['wal.fixedBytes']?.value).toBeLessThan(400);
    for (const [path, parameter] of Object.entries(calibration.parameters)) {
      expect(parameter.value, path).toBeGreaterThan(0);
    }
  });

  test('one experiment alone goes into an overlay, beside what others found before', async () => {
    const before = makeCalibration();
    const calibration = await calibrateLab(lab, estate, {
      ...options,
      directory: join(stateDir, 'one'),
      ...refusePractice('nobody asked for promotions'),
      experiments: ['flush'],
      into: before,
    });
    expect(calibrationSchema.parse(structuredClone(calibration))).toEqual(calibration);
    const flush = calibration.parameters['wal.flushMs'];
    for (const path of parameterPaths) {
      const isMeasured = flushExperiment.parameters.includes(path);
      const { measuredAt } = calibration.parameters[path] ?? {};
      expect(measuredAt === flush?.measuredAt, path).toBe(isMeasured);
      if (!isMeasured) expect(calibration.parameters[path]).toEqual(before.parameters[path]);
    }
    expect(flush).toMatchObject({ repetitions: 2, n: 160 });
    expect(calibration.sessions.map(({ measuredAt }) => measuredAt)).toEqual([
      before.sessions[0]?.measuredAt,
      flush?.measuredAt,
    ]);
    expect(calibration.sessions[1]?.host).toHaveProperty('postgres');
  });

  test('a failure puts the links back, too, and is passed on', async () => {
    const failing = calibrateLab(lab, estate, {
      ...options,
      effort: { ...options.effort, repetitions: 1 },
      directory: join(stateDir, 'failing'),
      ...refusePractice('no promotion today'),
    });
    await expect(failing).rejects.toThrow('no promotion today');
    expect(await linksNow()).toEqual(labEstate.links);
  });

  test('being asked to stop ends the load and leaves the links as they were', async () => {
    const asked = new AbortController();
    const stopped = calibrateLab(lab, estate, {
      ...options,
      effort: { ...options.effort, horizonMs: 60_000 },
      directory: join(stateDir, 'stopped'),
      ...refusePractice('interrupted before'),
      signal: asked.signal,
      onProgress: (text) => {
        if (text.startsWith('service times')) setTimeout(() => asked.abort(), 2000);
      },
    });
    await expect(stopped).rejects.toMatchObject({ code: 'interrupted' });
    expect(await linksNow()).toEqual(labEstate.links);
    const control = await openLabControl(lab);
    expect(await control.loadStatus()).toMatchObject({ running: false });
    control.close();
  });

  test('the flush probe leaves nothing beside the data', async () => {
    const [node] = lab.nodes;
    const directory = join(node?.dataDirectory ?? '', '..');
    const flushes = await probeFlush({ directory, repetitions: 2, flushes: 3 });
    expect(flushes.map(({ length }) => length)).toEqual([3, 3]);
    expect(flushes.flat().every((ms) => ms > 0)).toBe(true);
    expect(existsSync(join(directory, `flush-probe-${process.pid}`))).toBe(false);
  });
});

// The overlay as a document of several sessions, and what speaks against its parameters: age and another host.
import { makeEstate } from '../../fixtures/estate.ts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { doubtsAbout, summariseDoubts } from '../../../twin/estate/calibration-doubts.ts';
import {
  calibrationDigest,
  calibrationSchema,
  mergeSession,
  sessionOf,
  type Calibrated,
  type Calibration,
  type CalibrationSession,
} from '../../../twin/estate/calibration.ts';
import { describeParameters } from '../../../twin/model/parameter-set.ts';
import { parameterKinds, parameterPaths, type ParameterPath } from '../../../twin/parameters.ts';
import { makeCalibration } from '../../fixtures/calibration.ts';

const day = 24 * 3_600_000;
const noon = Date.parse('2026-03-01T12:00:00Z');

function session(measuredAt: string, facts: Partial<CalibrationSession> = {}): CalibrationSession {
  return { measuredAt, origin: 'experiments', method: `of ${measuredAt}`, host: {}, ...facts };
}

function observed(value: number): Omit<Calibrated, 'measuredAt' | 'sessionCv'> {
  const {
    measuredAt: _at,
    sessionCv: _cv,
    ...rest
  } = calibratedOf(makeCalibration(), 'wal.flushMs');
  return { ...rest, value };
}

function calibratedOf({ parameters }: Calibration, path: ParameterPath): Calibrated {
  const found = parameters[path];
  if (found === undefined) throw new Error(`${path} is not in the overlay`);
  return found;
}

const someSessions = fc.array(
  fc.record({
    paths: fc.uniqueArray(fc.constantFrom(...parameterPaths), { minLength: 1 }),
    value: fc.double({ min: 0.1, max: 100, noNaN: true }),
  }),
  { minLength: 1, maxLength: 6 },
);

describe('merging a session into an overlay', () => {
  test('keeps the newest value of every parameter with its own date, method and host, in a sound document', () => {
    fc.assert(
      fc.property(someSessions, (sessions) => {
        let overlay: Calibration | null = null;
        const expected = new Map<ParameterPath, { value: number; at: string }>();
        sessions.forEach(({ paths, value }, index) => {
          const at = `2026-01-0${index + 1}T00:00:00Z`;
          const parameters = Object.fromEntries(paths.map((path) => [path, observed(value)]));
          overlay = mergeSession(overlay, 'lab', { session: session(at), parameters });
          for (const path of paths) expected.set(path, { value, at });
        });
        const document = calibrationSchema.parse(overlay);
        expect(calibrationDigest(document)).toBe(document.digest);
        expect(new Set(Object.keys(document.parameters))).toEqual(new Set(expected.keys()));
        for (const [path, { value, at }] of expected) {
          const calibrated = calibratedOf(document, path);
          expect(calibrated).toMatchObject({ value, measuredAt: at });
          expect(calibrated.sessionCv).toBe(parameterKinds[path].sessionCv);
          expect(sessionOf(document, calibrated).method).toBe(`of ${at}`);
        }
        // Nothing is kept of a session that every parameter has outlived.
        const used = new Set(Array.from(expected.values(), ({ at }) => at));
        expect(new Set(document.sessions.map(({ measuredAt }) => measuredAt))).toEqual(used);
      }),
      { numRuns: 60 },
    );
  });

  test('changes the digest with every date, since doubts follow from it', () => {
    const parameters = { 'wal.flushMs': observed(1) };
    const first = mergeSession(null, 'lab', {
      session: session('2026-01-01T00:00:00Z'),
      parameters,
    });
    const later = mergeSession(null, 'lab', {
      session: session('2026-01-02T00:00:00Z'),
      parameters,
    });
    expect(later.digest).not.toBe(first.digest);
  });

  test('is refused when a parameter names a session that is not there', () => {
    const overlay = { ...makeCalibration(), sessions: [] };
    const { success, error } = calibrationSchema.safeParse(overlay);
    expect(success).toBe(false);
    expect(error?.issues[0]).toMatchObject({
      path: ['parameters', 'write.localMs', 'measuredAt'],
      message: 'no session was at 2026-01-01T00:00:00.000Z',
    });
  });
});

describe('a measured parameter', () => {
  const host = { cpu: 'EPYC', cores: '2', postgres: '18.4', node: 'v24.1.0', kernel: 'Linux 6' };
  const overlay = mergeSession(
    mergeSession(null, 'lab', {
      session: session('2026-02-01T12:00:00Z', { host }),
      parameters: { 'wal.flushMs': observed(1) },
    }),
    'lab',
    {
      session: session('2026-02-28T12:00:00Z', {
        origin: 'production',
        host: { postgres: '15.2' },
      }),
      parameters: { 'write.localMs': observed(2) },
    },
  );
  const at = (changes: object = {}, maxAgeMs = 7 * day): ReturnType<typeof doubtsAbout> =>
    doubtsAbout(overlay, {
      ageMsOf: (measuredAt) => noon - Date.parse(measuredAt),
      maxAgeMs,
      host: { ...host, ...changes },
    });

  test('is doubted when it is older than policy allows, alone and without saying how old', () => {
    expect(at()).toEqual({ 'wal.flushMs': ['measured more than 7d ago'] });
    expect(at({}, 28 * day)).toEqual({});
    expect(at({}, 28 * day - 1)).toHaveProperty(['wal.flushMs']);
  });

  test('is doubted on another machine, placement or major version, not for a minor one or the kernel', () => {
    const doubts = (changes: object): unknown => at(changes, 100 * day)['wal.flushMs'];
    expect(doubts({ postgres: '18.9', node: 'v24.9.1', kernel: 'Linux 7' })).toBeUndefined();
    expect(doubts({ postgres: '17.2' })).toEqual([
      'measured on another Postgres (18.4, here 17.2)',
    ]);
    expect(doubts({ cores: '64', cpu: 'Xeon' })).toEqual([
      'measured on another processor (EPYC, here Xeon)',
      'measured on another number of processors (2, here 64)',
    ]);
    // What one side does not know is no reason.
    expect(doubts({ placement: 'servers on 1' })).toBeUndefined();
  });

  test('of a production server is not held against this machine', () => {
    expect(at({ postgres: '17.2', cores: '64' }, 100 * day)).not.toHaveProperty(['write.localMs']);
  });

  test('is not doubted when nothing is known of the host', () => {
    expect(doubtsAbout(overlay, { ageMsOf: () => 0, maxAgeMs: day, host: null })).toEqual({});
  });

  test('carries its doubts into the prediction, counted once', () => {
    const parameters = describeParameters(makeEstate(), overlay, at({ cores: '4' }));
    const flush = parameters.find(({ path }) => path === 'wal.flushMs');
    expect(flush?.doubts).toEqual([
      'measured more than 7d ago',
      'measured on another number of processors (2, here 4)',
    ]);
    expect(parameters.filter(({ doubts }) => doubts !== undefined)).toHaveLength(1);
    expect(parameters.find(({ path }) => path === 'write.localMs')?.origin).toBe(
      'production statistics',
    );
    const { share, evidence } = summariseDoubts(parameters);
    expect(share).toBeCloseTo(1 / parameters.length, 12);
    expect(evidence).toContain(`1 of ${parameters.length} parameters are in doubt: measured more`);
    expect(summariseDoubts(describeParameters(makeEstate(), overlay))).toEqual({
      share: 0,
      evidence: '',
    });
  });
});

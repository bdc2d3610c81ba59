// Calibration from a server that does its own work, on every version that is installed here: what follows from its
// statistics, and what is told when privileges, the extension or a setting are missing.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  calibrateFromProduction,
  type ProductionCalibration,
} from '../../live/operations/calibrate-production.ts';
import { calibrationSchema } from '../../twin/estate/calibration.ts';
import { labEstate } from './lab-fixture.ts';
import { loadFleet } from './load-fixture.ts';
import {
  adminPassword,
  installations,
  missing,
  startProduction,
  type Production,
} from './production-fixture.ts';

const estate = { ...labEstate, fleets: [loadFleet] };

for (const installation of installations) {
  const reason = missing(installation);
  const title = reason === null ? installation.name : `${installation.name} (skipped: ${reason})`;
  describe.skipIf(reason !== null)(title, () => {
    let production: Production;
    beforeAll(async () => {
      production = await startProduction(installation.binaries);
    });
    afterAll(() => production?.remove());

    async function observe(
      user: string,
      { seconds = 2, database = 'shop', worker = 'premortem' } = {},
    ): Promise<ProductionCalibration> {
      const stop = production.work(worker);
      try {
        const url = production.url(user, database);
        return await calibrateFromProduction({ estate, url, seconds, into: null });
      } finally {
        await stop();
      }
    }

    test('tells statements, rates, flushes and what a write costs, without having done anything', async () => {
      const admin = `postgres:${adminPassword}`;
      const { statistics, calibration } = await observe(admin, { seconds: 4 });
      expect(statistics.windowSeconds).toHaveLength(2);
      expect(Math.floor(Number.parseFloat(statistics.version))).toBe(production.majorVersion);

      const group = (word: string): (typeof statistics.groups)[number] | undefined =>
        statistics.groups.find(({ text }) => text.includes(word));
      expect(group('insert into orders')).toMatchObject({ kind: 'write', asClass: null });
      expect(group('insert into orders')?.walBytesPerCall).toBeGreaterThan(200);
      expect(group('select body')).toMatchObject({ kind: 'read' });
      // 4 ms asleep: a lower bound that no noise can break.
      expect(group('pg_sleep')?.meanMs).toBeGreaterThanOrEqual(4);
      expect(group('pg_sleep')?.asClass).toContain('kind: job');
      expect(group('premortem_statistics')).toBeUndefined();

      const { writesPerSec, readsPerSec, commitsPerSec, walBytesPerWrite } = statistics.flow;
      // Three statements a round, each a transaction of its own: one writes, two do not.
      expect((readsPerSec ?? 0) / (writesPerSec ?? 1)).toBeCloseTo(2, 0);
      expect(commitsPerSec).toBeGreaterThan(2 * (writesPerSec ?? Infinity));
      expect(walBytesPerWrite).toBeGreaterThan(200);

      expect(Object.keys(statistics.parameters).toSorted()).toEqual([
        'wal.fixedBytes',
        'wal.flushMs',
        'write.localMs',
      ]);
      expect(calibrationSchema.parse(structuredClone(calibration))).toEqual(calibration);
      const { parameters, sessions } = calibration ?? { parameters: {}, sessions: [] };
      expect(parameters['wal.flushMs']).toMatchObject({ repetitions: 2, unit: 'ms' });
      expect(parameters['write.localMs']?.value).toBeGreaterThan(
        parameters['wal.flushMs']?.value ?? Infinity,
      );
      expect(sessions[0]).toMatchObject({ origin: 'production' });
      expect(JSON.stringify([statistics, calibration])).not.toContain(adminPassword);
      const told = statistics.underivable.map(({ what }) => what).join(' ');
      expect(told).toContain('promote.');
      expect(told).toContain('write.syncMs');
    });

    test('tells a user without privileges what he may not see, and derives the rest', async () => {
      const { statistics } = await observe('premortem', { worker: `postgres:${adminPassword}` });
      expect(statistics.groups).toEqual([]);
      expect(Object.keys(statistics.parameters)).toEqual(['wal.flushMs']);
      expect(statistics.underivable).toContainEqual({
        what: 'service times and rates of statements of other users',
        why: expect.stringMatching(/^\d+ calls are of statements that this user may not read$/),
        remedy: 'grant pg_read_all_stats to the user',
        isPermission: true,
      });
    });

    test('tells flushes of a database without the extension, and what to do for the rest', async () => {
      const admin = `postgres:${adminPassword}`;
      const { statistics } = await observe(admin, { database: 'bare' });
      expect(Object.keys(statistics.parameters)).toEqual(['wal.flushMs']);
      expect(statistics.underivable[0]).toMatchObject({
        why: 'the extension pg_stat_statements is not installed in this database',
        remedy: expect.stringContaining('shared_preload_libraries'),
      });
    });

    test('leaves out a window in which statistics were reset', async () => {
      const reset = setTimeout(
        () => void production.query('select pg_stat_statements_reset()'),
        1_000,
      );
      const { statistics } = await observe(`postgres:${adminPassword}`, { seconds: 4 });
      clearTimeout(reset);
      expect(statistics.underivable.map(({ why }) => why)).toContain(
        'the statistics of statements were reset meanwhile',
      );
    });

    test('refuses what it cannot reach or may not enter with one message and without the password', async () => {
      const attempt = (url: string): Promise<unknown> =>
        calibrateFromProduction({ estate, url, seconds: 1, into: null });
      const wrong = attempt(production.url('postgres:hunter2'));
      await expect(wrong).rejects.toMatchObject({ code: 'input' });
      await expect(wrong).rejects.toThrow('check the password');
      await expect(wrong).rejects.not.toThrow('hunter2');
      await expect(attempt(production.url('premortem', 'nowhere'))).rejects.toMatchObject({
        code: 'input',
        mistakes: [{ remedy: 'check the name of the database' }],
      });
    });
  });
}

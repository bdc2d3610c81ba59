// What a campaign is for: it confirms a twin that knows what happens, and finds one that lacks a mechanism. Reality is a
// twin here, too, so that what is missing is known.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Estate } from '../../twin/estate/estate.ts';
import type { MetricFamily } from '../../twin/record/families.ts';
import type { RecordSummary } from '../../twin/record/record.ts';
import { summariseRecord } from '../../twin/record/summary.ts';
import { Bench, predictWith, small } from './bench.ts';

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach(() => bench.remove());

describe('a campaign of 12 cases', () => {
  const recordOf = async (modelled: (estate: Estate) => Estate): Promise<RecordSummary> => {
    const { result } = await bench.run({
      course: { ...small, seed: '7' },
      cases: 12,
      modelled,
      predict: predictWith(60),
    });
    expect(result.cases.every(({ status }) => status === 'scored')).toBe(true);
    return summariseRecord(result.cases);
  };

  /** Share of 90 % intervals that came true, and median absolute error, of all or of one family. */
  const scoreOf = (record: RecordSummary, family?: MetricFamily): readonly [number, number] => {
    const found = record.families.find((one) => one.family === family)?.score ?? record.score;
    const { inside = 0, of = 1 } = found.coverage.find(({ level }) => level === 0.9) ?? {};
    return [inside / of, found.medianError ?? Number.NaN];
  };

  it('confirms a twin that knows what happens', async () => {
    const record = await recordOf((estate) => estate);
    expect(scoreOf(record)[0]).toBeGreaterThan(0.7);
    for (const family of ['write p50', 'job p50', 'utilisation'] as const)
      expect(scoreOf(record, family)[1]).toBeLessThan(0.02);
  });

  it('finds a twin that ignores the delay of links', async () => {
    const record = await recordOf((estate) => ({
      ...estate,
      links: estate.links.map((link) => ({ ...link, delayMs: 0 })),
    }));
    expect(scoreOf(record)[0]).toBeLessThan(0.5);
    expect(scoreOf(record, 'write p50')[1]).toBeGreaterThan(0.2);
  });

  it('finds a twin that ignores the size of pools', async () => {
    const record = await recordOf((estate) => ({
      ...estate,
      fleets: estate.fleets.map((fleet) => ({ ...fleet, pool: { ...fleet.pool, size: 1_000 } })),
    }));
    expect(scoreOf(record, 'utilisation')[0]).toBeLessThan(0.2);
    expect(scoreOf(record, 'utilisation')[1]).toBeGreaterThan(0.2);
  });
});

// The reports about calibration: plan, overlay, explanation and production statistics, in every format.
import { describe, expect, it } from 'vitest';
import { renderReport, reportFormats, type ReportFormat } from '../../reports/index.ts';
import type { CalibrationPlan } from '../../twin/calibration-plan.ts';
import type { Explanation } from '../../twin/explanation.ts';
import type { ProductionStatistics } from '../../twin/production/statistics.ts';
import { digestOf } from '../../engine/digest.ts';
import { makeCalibration } from '../fixtures/calibration.ts';

const calibration = makeCalibration({}, { repetitionCv: 0.1, sessionCv: 0.05, interval: 0.2 });
const flush = calibration.parameters['wal.flushMs'];

const plan: CalibrationPlan = {
  schema: 'premortem/calibration-plan/v1',
  estate: 'lab',
  shard: 'checkout-0',
  experiments: [
    {
      id: 'flush',
      method: '5 × 80 flushes',
      parameters: ['wal.flushMs'],
      because: 'it writes',
      durationMs: 3_200,
    },
  ],
  skipped: [{ id: 'promotions', because: 'no standby' }],
  durationMs: 3_200,
};

const explanation: Explanation = {
  schema: 'premortem/explanation/v1',
  digest: digestOf({}),
  scenario: 'lab/promote-eu',
  estate: 'lab',
  calibration: null,
  seed: '1',
  replications: 300,
  metrics: [
    {
      metric: 'fence_ms.value',
      phase: 'all',
      unit: 'ms',
      median: 700,
      pi90: [600, 900],
      parts: [
        { source: 'promote.followMs', share: 0.7 },
        { source: 'chance', share: 0.295 },
        { source: 'promote.stop-nodeMs', share: 0.005 },
      ],
      accounted: 1.5,
    },
  ],
  advice: [
    {
      path: 'promote.followMs',
      value: 150,
      unit: 'ms',
      interval90: [120, 180],
      n: 8,
      repetitions: 8,
      restsOn: 'experiments of 2026-01-01',
      uncertainty: 0.3,
      metric: 'fence_ms.value',
      phase: 'all',
      share: 0.7,
      narrowedTo: 0.69,
      remedy: { kind: 'repeat', experiment: 'promotions', repetitions: 32 },
    },
  ],
};

const statistics: ProductionStatistics = {
  schema: 'premortem/production-statistics/v1',
  server: 'db:5432',
  database: 'shop',
  version: '18.4',
  settings: { synchronous_standby_names: '', fsync: 'on' },
  windowSeconds: [15, 15],
  flow: {
    commitsPerSec: 70,
    rollbacksPerSec: 0,
    writesPerSec: 20,
    readsPerSec: 60,
    walBytesPerSec: 30_000,
    walBytesPerWrite: 700,
    walFullPagesPerSec: 1,
    checkpoints: 2,
    checkpointMs: 900,
    blockReadMs: 0.2,
  },
  groups: [
    {
      text: 'select report()',
      kind: 'read',
      calls: 300,
      perSec: 10,
      meanMs: 40,
      deviationMs: 20,
      medianMs: 35.8,
      sigma: 0.47,
      walBytesPerCall: 0,
      asClass: '{ kind: job, rate: 10/s, size: { lognormal: { mean: 40ms, cv: 0.5 } } }',
    },
  ],
  parameters: flush === undefined ? {} : { 'wal.flushMs': flush },
  underivable: [
    { what: 'write.syncMs', why: 'it holds the delay of links', remedy: null, isPermission: false },
  ],
};

const needed = ['wal.flushMs', 'read.serviceMs'] as const;
const doubts = { 'promote.followMs': ['measured more than 7d ago'] };

const render: Readonly<Record<string, (format: ReportFormat) => Promise<string>>> = {
  plan: (format) => renderReport('premortem/calibration-plan/v1', plan, format),
  'plan of nothing': (format) =>
    renderReport(
      'premortem/calibration-plan/v1',
      { ...plan, experiments: [], durationMs: 0 },
      format,
    ),
  overlay: (format) =>
    renderReport('premortem/calibration/v1', { calibration, doubts, needed }, format),
  explanation: (format) => renderReport('premortem/explanation/v1', explanation, format),
  'explanation without advice': (format) =>
    renderReport('premortem/explanation/v1', { ...explanation, advice: [] }, format),
  observation: (format) => renderReport('premortem/production-statistics/v1', statistics, format),
};

describe.each(Object.entries(render))('a report of an %s', (_name, inFormat) => {
  it.each(reportFormats)('as %s ends with one newline and misses no value', async (format) => {
    const text = await inFormat(format);
    expect(text).toMatch(/[^\n]\n$/);
    expect(text.replace(/<style>[^]*?<\/style>/, '')).not.toMatch(
      /undefined|NaN|\[object|Infinity/,
    );
  });
});

describe('the text', () => {
  /** On one line: where words wrap is another test's business. */
  const textOf = async (name: string): Promise<string> =>
    ((await render[name]?.('text')) ?? '').replaceAll(/\s+/g, ' ');

  it('of a plan says what is done, why, for how long, and what is not', async () => {
    const text = await textOf('plan');
    for (const part of ['3.20 s', 'it writes', 'wal.flushMs', 'no standby']) {
      expect(text).toContain(part);
    }
    expect(await textOf('plan of nothing')).toContain('Nothing has to be measured');
  });

  it('of an overlay names each reason for doubt once, with what it concerns', async () => {
    const text = await textOf('overlay');
    expect(text).toContain('1 parameter in doubt');
    expect(text).not.toContain('Not measured');
    expect(text).toContain('Measured more than 7d ago: promote.followMs.');
  });

  it('of an explanation adds up small parts, and says when shares are rough', async () => {
    const text = await textOf('explanation');
    expect(text).toMatch(/promote\.followMs +70\.0 %/);
    expect(text).toMatch(/all others +0\.5/);
    expect(text).toContain('shares are rough');
    expect(text).toContain('24 more repetitions of experiment promotions halve it');
  });

  it('of an observation has classes to copy, and every gap', async () => {
    const text = await textOf('observation');
    expect(text).toContain('kind: job');
    expect(text).toContain('it holds the delay of links');
    expect(text).toContain('25.0 % of the requests');
  });
});

import { describe, expect, it } from 'vitest';
import { renderReport } from '../../reports/index.ts';
import type { Report, Table } from '../../reports/report.ts';
import { verificationReport } from '../../reports/verification.ts';
import { exampleComparison, exampleMeasurement } from './fixtures.ts';

const spaced = (text: string): string => text.replaceAll('\u00A0', ' ');

describe('the head of a verification', () => {
  it('counts what was confirmed among what was judged, and names the furthest miss', () => {
    const comparison = exampleComparison();
    const { verdict, headline, summary } = verificationReport(comparison);
    const judged = comparison.verification.metrics.filter((one) => one.verdict !== 'invalid');
    const confirmed = judged.filter((one) => one.verdict === 'confirmed');
    expect({ ...verdict, text: spaced(verdict.text) }).toEqual({
      text: '✓ Confirmed',
      tone: 'good',
    });
    expect(headline).toContain(`${confirmed.length} of ${judged.length} judged metrics`);
    expect(headline).toContain('all 3 exact claims hold');
    expect(spaced(summary.join(' '))).toContain('Furthest off in latency: commit from eu-west-1');
  });

  it('blames the gate, not the prediction, when the host disturbed the run', () => {
    const report = verificationReport(
      exampleComparison({
        conditions: { generatorLagP99Ms: 41, driverPauseMaxMs: 8.7, foreignCores: 0.1 },
      }),
    );
    expect(spaced(report.verdict.text)).toBe('○ Invalid');
    expect(report.verdict.tone).toBe('caution');
    expect(report.headline).toContain('generator-lag (requests left the driver later');
    expect(report.facts.find(({ label }) => label.includes('gates'))).toMatchObject({
      value: '2 of 3',
      tone: 'bad',
    });
  });

  it('is refuted by one broken claim alone, and says which', () => {
    const exact = exampleMeasurement().exact.map((one) =>
      one.claim === 'lost_acknowledged_writes' ? { ...one, value: 2 } : one,
    );
    const { verdict, headline } = verificationReport(exampleComparison({ exact }));
    expect(verdict.tone).toBe('bad');
    expect(headline).toContain('1 of 3 exact claims broken: lost acknowledged writes');
  });
});

describe('the tables of a verification', () => {
  it('hold every metric of the requests once, and the refuted ones once more in front', () => {
    const comparison = exampleComparison();
    const requests = comparison.verification.metrics.filter(
      ({ metric }) => !metric.includes('.value'),
    );
    const report = verificationReport(comparison);
    expect(rowsOf(report, 'metrics')).toHaveLength(requests.length);
    expect(rowsOf(report, 'refuted')).toHaveLength(
      requests.filter(({ verdict }) => verdict === 'refuted').length,
    );
  });

  it('give the reason of an invalid metric', async () => {
    const text = await renderReport('premortem/verification/v1', exampleComparison(), 'text');
    expect(text.replaceAll(/\s+/g, ' ')).toContain('○ invalid');
    expect(text).toMatch(/only 22 requests/);
  });

  it('say of a claim that nobody checked that it was not checked', async () => {
    const comparison = exampleComparison({ exact: [] });
    const text = await renderReport('premortem/verification/v1', comparison, 'text');
    expect(text.match(/✗ refuted .*not checked/g)).toHaveLength(3);
  });

  it('leave out what a document without steps, bands and gates does not have', () => {
    const { prediction, measurement, verification } = exampleComparison();
    const bare = verificationReport({
      prediction: { ...prediction, bands: [], steps: [] },
      measurement: { ...measurement, steps: [], series: [] },
      verification: { ...verification, steps: [], gates: [], exact: [] },
    });
    expect(bare.sections.map(({ id }) => id)).toEqual(['refuted', 'metrics']);
  });
});

it('a run that stopped halfway is drawn with the steps that it did', async () => {
  const measurement = exampleMeasurement();
  const comparison = exampleComparison({ steps: measurement.steps.slice(0, 7) });
  const page = await renderReport('premortem/verification/v1', comparison, 'html');
  expect(page).toContain('3 of 3 step durations');
  expect(page).toContain('10 rejoin');
});

it('steps in charts stand where they were measured', async () => {
  const page = await renderReport('premortem/verification/v1', exampleComparison(), 'html');
  expect(page).toContain('requests held (measured)');
});

function rowsOf({ sections }: Report, id: string): Table['rows'] {
  return sections
    .filter((section) => section.id === id)
    .flatMap(({ blocks }) => blocks.flatMap((block) => (block.kind === 'table' ? block.rows : [])));
}

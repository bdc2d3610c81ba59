// The registry: every document in every format, and the report of reference cases.
import { describe, expect, it } from 'vitest';
import { renderReport, reportFormats, type ReportFormat } from '../../reports/index.ts';
import type { ValidationDocument } from '../../scenarios/reference/documents.ts';
import { recordOf, sampleCases } from '../fixtures/record.ts';
import { exampleComparison, examplePrediction } from './fixtures.ts';

const validation: ValidationDocument = {
  schema: 'premortem/validation/v1',
  cases: [
    {
      id: 'mm1-half',
      family: 'queueing/mm1',
      status: 'passed',
      reason: null,
      metrics: [metric('mean_wait', 1, 1.004, 'passed'), metric('p99', 4.605, 4.59, 'passed')],
    },
    {
      id: 'ps-high',
      family: 'queueing/ps',
      status: 'failed',
      reason: null,
      metrics: [metric('mean_response', 5, 5.81, 'failed')],
    },
    {
      id: 'polling-1',
      family: 'queueing/polling',
      status: 'unsupported',
      reason: 'no such station',
      metrics: [],
    },
  ],
  counts: { passed: 1, failed: 1, unsupported: 1 },
};

const render: Readonly<Record<string, (format: ReportFormat) => Promise<string>>> = {
  prediction: (format) =>
    renderReport('premortem/prediction/v1', { prediction: examplePrediction() }, format),
  verification: (format) => renderReport('premortem/verification/v1', exampleComparison(), format),
  validation: (format) => renderReport('premortem/validation/v1', validation, format),
  record: (format) => renderReport('premortem/record/v1', recordOf(sampleCases()), format),
  'record of nothing': (format) => renderReport('premortem/record/v1', recordOf([]), format),
};

describe.each(Object.entries(render))('a report of a %s', (_name, inFormat) => {
  it.each(reportFormats)(
    'as %s ends with one newline and shows no missing value',
    async (format) => {
      const text = await inFormat(format);
      expect(text).toMatch(/[^\n]\n$/);
      expect(text.replace(/<style>[^]*?<\/style>/, '')).not.toMatch(
        /undefined|NaN|\[object|Infinity/,
      );
    },
  );

  it('as text fits its width, has no colour and no trailing blanks', async () => {
    const lines = (await inFormat('text')).split('\n');
    expect(lines.filter((line) => line.length > 110)).toEqual([]);
    expect(
      lines.filter(
        (line) => /\s$/.test(line) || line.includes('\u001B') || line.includes('\u00A0'),
      ),
    ).toEqual([]);
  });

  it('says the same headline in every format', async () => {
    const texts = await Promise.all(reportFormats.map(inFormat));
    const headline = /<h1>(.*?)<\/h1>/.exec(texts[2] ?? '')?.[1] ?? 'none';
    // Line breaks, no-break spaces, spans and Markdown's backslashes are how each format says it.
    const letters = (text: string): string => text.replaceAll(/[\s\u00A0\\]+/g, '');
    expect(
      texts.map((text) =>
        letters(text.replaceAll(/<\/?span[^>]*>/g, '')).includes(
          letters(headline.replaceAll(/<\/?span[^>]*>/g, '')),
        ),
      ),
    ).toEqual([true, true, true]);
  });
});

describe('a validation', () => {
  it('is refuted by one failed case and counts unsupported ones apart', async () => {
    const text = await renderReport('premortem/validation/v1', validation, 'text');
    expect(text).toContain('✗ Refuted by exact results');
    expect(text).toContain('1 of 2 judged cases passed, of 3 given; 1 case not supported.');
    expect(text).toContain('ps-high: mean_response is 5.81 instead of 5.00');
    expect(text).toMatch(
      /ps-high +mean_response +5\.00 +5\.81 +simulated +0\.810 +4\.00 +13\.9 +✗ failed/,
    );
  });

  it('of unsupported cases alone has judged nothing, which is not a pass', async () => {
    const cases = validation.cases.filter(({ status }) => status === 'unsupported');
    const counts = { passed: 0, failed: 0, unsupported: 1 };
    const document = { ...validation, cases, counts };
    expect(await renderReport('premortem/validation/v1', document, 'text')).toContain(
      '○ Nothing was judged',
    );
  });
});

function metric(
  name: string,
  exact: number,
  computed: number,
  verdict: 'passed' | 'failed',
): ValidationDocument['cases'][number]['metrics'][number] {
  return {
    name,
    exact,
    computed,
    method: 'simulated',
    interval95: [computed * 0.98, computed * 1.02],
    se: computed * 0.01,
    z: (computed - exact) / (computed * 0.01),
    tolerance: 4,
    verdict,
  };
}

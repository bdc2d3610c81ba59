// The record as people read it: the count of forecasts that came true, every miss with its case, nothing flattered.
import { describe, expect, it } from 'vitest';
import { drawChart } from '../../reports/chart.ts';
import { renderReport } from '../../reports/index.ts';
import { recordReport } from '../../reports/record.ts';
import type { Block, Chart, Report, Table } from '../../reports/report.ts';
import { cellOf } from '../../reports/table.ts';
import type { CaseScore } from '../../twin/record/case.ts';
import { recordOf, sampleCases } from '../fixtures/record.ts';

const cases = sampleCases({ cases: 60 });
const input = recordOf(cases);
const report = recordReport(input);

function blocksOf({ sections }: Report, id: string): readonly Block[] {
  const section = sections.find((one) => one.id === id);
  if (section === undefined) throw new Error(`there is a section ${id}`);
  return section.blocks;
}

function rowsOf(of: Report, id: string): readonly (readonly string[])[] {
  const tables = blocksOf(of, id).filter((block): block is Table => block.kind === 'table');
  return tables.flatMap(({ rows }) => rows.map((row) => row.map((cell) => cellOf(cell).text)));
}

function chartsOf(of: Report, id: string): readonly Chart[] {
  return blocksOf(of, id).flatMap((block) => (block.kind === 'charts' ? block.charts : []));
}

/** The points of a picture that lie in one of its layers. */
function pointsIn(chart: Chart | undefined, field: string): readonly Record<string, unknown>[] {
  const layers = JSON.parse(JSON.stringify(chart?.spec ?? {})).layer as {
    data?: { values: Record<string, unknown>[] };
    mark: { type: string };
  }[];
  const layer = layers.find(
    ({ data, mark }) => mark.type === 'point' && field in (data?.values[0] ?? {}),
  );
  return layer?.data?.values ?? [];
}

function withCase(changes: Partial<CaseScore>): CaseScore[] {
  return cases.map((one, index) => (index === 0 ? { ...one, ...changes } : one));
}

describe('the head of a record', () => {
  it('counts the forecasts that came true, and the cases that were not scored', () => {
    const { inside, of } = input.record.score.coverage[2] ?? { inside: 0, of: 0 };
    expect(report.headline).toContain(`Of ${of} forecasts at 90 %, ${inside} came true`);
    const { scored, invalid, failed } = input.record.cases;
    expect(invalid * failed).toBeGreaterThan(0);
    expect(report.summary[0]).toContain(
      `60 cases of default (seed 7): ${scored} scored, ${invalid} disturbed by the host and ${failed} not played to their end`,
    );
  });

  it('is bad when one goal is missed, good when all are met, and neither without a case', () => {
    expect(report.verdict).toMatchObject({
      tone: 'bad',
      text: expect.stringMatching(/^✗ \d+ of \d+ goals missed$/),
    });
    const goals = input.record.goals.map((goal) => ({ ...goal, met: true }));
    const met = recordReport({ ...input, record: { ...input.record, goals } });
    expect(met.verdict).toEqual({ tone: 'good', text: `✓ All ${goals.length} goals met` });
    const open = goals.map((goal) => ({ ...goal, met: null }));
    expect(recordReport({ ...input, record: { ...input.record, goals: open } }).verdict.tone).toBe(
      'caution',
    );
    expect(recordReport(recordOf([]))).toMatchObject({
      verdict: { tone: 'caution' },
      sections: [],
    });
  });

  it('says attempts that do not count', () => {
    const record = {
      ...input.record,
      cases: { ...input.record.cases, cutOff: 2, repeated: 1, unfinished: 1 },
    };
    expect(recordReport({ ...input, record }).summary[0]).toContain(
      '; 1 case begun and not finished, 2 attempts cut off and begun anew and 1 later attempt, which do not count.',
    );
  });
});

describe('the evidence of a record', () => {
  it('has a row for every goal, every family, kind and load, and every cell', () => {
    const { goals, families, kinds, bands, cells } = input.record;
    expect(rowsOf(report, 'goals')).toHaveLength(goals.length);
    expect(rowsOf(report, 'families')).toHaveLength(families.length + 1);
    expect(rowsOf(report, 'groups')).toHaveLength(kinds.length + bands.length);
    expect(rowsOf(report, 'cells')).toHaveLength(cells.length);
  });

  it('names the furthest misses with their cases, and violated guarantees before them', () => {
    const ids = rowsOf(report, 'misses').map(([id]) => id);
    expect(ids).toEqual(input.record.misses.map((miss) => miss.case));
    expect(ids.length).toBe(20);
    const lost = {
      claim: 'lost_acknowledged_writes',
      predicted: 0,
      measured: [0, 3, null],
      holds: false,
    };
    const broken = recordReport(recordOf(withCase({ exact: [lost] })));
    expect(rowsOf(broken, 'misses')[0]).toEqual([
      cases[0]?.id,
      'Writes that were acknowledged and are not there afterwards',
      '0',
      '0, 3, not checked',
      '–',
    ]);
    expect(broken.facts.find(({ label }) => label === 'Guarantees violated')).toMatchObject({
      value: '1',
      tone: 'bad',
    });
  });

  it('says why metrics and cases could not be judged', () => {
    const rows = rowsOf(report, 'invalid');
    const { invalid, unplayed } = input.record;
    expect(rows).toHaveLength(invalid.length + unplayed.length);
    expect(rows.at(-1)?.[0]).toBe(unplayed.at(-1)?.case);
    expect(rows[0]?.[1]).toBe(String(invalid[0]?.metrics));
  });
});

describe('the pictures of a record', () => {
  it('show promised against observed coverage, and said against observed chances', () => {
    const [coverage, reliability] = chartsOf(report, 'calibration');
    expect(pointsIn(coverage, 'said').map(({ said }) => said)).toEqual([50, 80, 90]);
    const { inside, of } = input.record.score.coverage[2] ?? { inside: 0, of: 1 };
    expect(pointsIn(coverage, 'said')[2]?.['seen']).toBeCloseTo((inside / of) * 100, 9);
    expect(pointsIn(reliability, 'said')).toHaveLength(input.record.slos?.bins.length ?? 0);
  });

  it('show every valid metric once', () => {
    const points = chartsOf(report, 'scatter').flatMap((chart) => pointsIn(chart, 'predicted'));
    expect(points).toHaveLength(input.record.score.metrics);
    const missed = points.filter(({ isInside }) => isInside === false);
    expect(missed.length).toBeGreaterThan(input.record.misses.length - 1);
  });

  it('are specified without mistakes, also for few cases', async () => {
    for (const count of [1, 3, 60]) {
      const few = recordReport(recordOf(sampleCases({ cases: count, seed: '3' })));
      for (const id of ['calibration', 'scatter']) {
        if (!few.sections.some((one) => one.id === id)) continue;
        for (const chart of chartsOf(few, id)) expect(await drawChart(chart)).toContain('<svg');
      }
    }
  });
});

it('a page of a record shows hostile names as text', async () => {
  const hostile = `"><script>alert(1)</script>`;
  const page = await renderReport(
    'premortem/record/v1',
    recordOf(
      withCase({
        id: hostile,
        campaign: hostile,
        kind: hostile,
        status: 'failed',
        reason: hostile,
      }),
    ),
    'html',
  );
  expect(page).not.toContain('<script');
  expect(page.split('&lt;script&gt;').length).toBeGreaterThan(4);
  const ids = [...page.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id);
  expect(new Set(ids).size).toBe(ids.length);
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestOfBytes } from '../../engine/digest.ts';
import { formatShare } from '../../reports/figures.ts';
import { renderReport } from '../../reports/index.ts';
import { metricTables } from '../../reports/metric-table.ts';
import { riskCard } from '../../reports/risk-card.ts';
import { riskBars } from '../../reports/risk-evidence.ts';
import { scoreRisk } from '../../twin/risk.ts';
import { defaultPolicy } from '../../twin/policy/policy.ts';
import type { Plan } from '../../twin/change/plan.ts';
import { examplePrediction } from './fixtures.ts';

const spaced = (text: string): string => text.replaceAll('\u00A0', ' ');

describe('the head of a risk card', () => {
  it('says first for how long requests are held and what is lost', () => {
    const { headline } = riskCard({ prediction: examplePrediction() });
    expect(spaced(headline)).toBe(
      'Requests to checkout-0 are held for 535 ms (90 %: 487–593 ms), and no acknowledged write is lost.',
    );
  });

  it('says loudly when acknowledged writes will be lost', () => {
    const exact = [{ claim: 'lost_acknowledged_writes', value: 3, because: 'asynchronous' }];
    const report = riskCard({ prediction: examplePrediction({ exact }) });
    expect(report.headline).toContain('3 acknowledged writes will be lost');
    expect(report.facts.find(({ label }) => label === 'Lost writes')).toMatchObject({
      value: '3',
      tone: 'bad',
    });
  });

  it('names what gets worse and what gets better for good', () => {
    const text = riskCard({ prediction: examplePrediction() }).summary.map(spaced).join(' ');
    expect(text).toContain('commit from us-east-1, p50 latency 71.6 ms → 141 ms (+69.4 ms');
    expect(text).toContain('commit from eu-west-1, p50 latency 140 ms → 26.4 ms (−114 ms');
  });

  it('says how much of the model was measured here', () => {
    const calibrated = riskCard({ prediction: examplePrediction() }).summary.join(' ');
    const { parameters } = examplePrediction();
    const defaults = parameters.filter(({ origin }) => origin === 'default').length;
    expect(defaults).toBeGreaterThan(0);
    expect(calibrated).toContain(
      `${parameters.length - defaults} of ${parameters.length} parameters measured on this estate, ${defaults} by default`,
    );
    const { estate } = examplePrediction();
    const bare = examplePrediction({ estate: { ...estate, calibration: null } });
    expect(riskCard({ prediction: bare }).summary.join(' ')).toContain('nothing was calibrated');
  });

  it('says how likely a promise breaks, and what became of earlier predictions', () => {
    const prediction = examplePrediction();
    const report = riskCard({ prediction });
    const broken = prediction.risk.components.find(({ name }) => name === 'slo-break')?.value ?? 0;
    expect(report.facts.find(({ label }) => label === 'Chance to break an SLO')).toMatchObject({
      value: formatShare(broken),
      detail: 'any of 2 promises on latency, afterwards',
    });
    expect(report.summary.at(-1)).toBe(
      'Track record: 61 of 70 forecasts of “promote” came true at 90 %, with a median error of 2.1 %.',
    );
    expect(report.sections.find(({ id }) => id === 'promises')?.blocks).toHaveLength(1);
    const silent = riskCard({ prediction: examplePrediction({ slos: [], record: null }) });
    expect(silent.summary.join(' ')).not.toContain('Track record');
    expect(silent.facts.some(({ label }) => label.includes('SLO'))).toBe(false);
    expect(silent.sections.some(({ id }) => id === 'promises')).toBe(false);
  });

  it('of a scenario without an action claims nothing about holding or phases', () => {
    const { metrics } = examplePrediction();
    const prediction = examplePrediction({
      actions: [],
      steps: [],
      metrics: metrics.filter(({ metric, phase }) => phase === 'all' && !/_ms\.value/.test(metric)),
    });
    const report = riskCard({ prediction });
    expect(report.headline).toMatch(/^No request is held/);
    expect(report.sections.map(({ id }) => id)).not.toContain('steps');
    expect(metricTables(prediction)[0]?.columns.map(({ title }) => title)).toContain('Whole run');
  });
});

describe('a load that cannot be carried', () => {
  const overload = {
    class: 'commit',
    region: 'eu-west-1',
    shard: 'checkout-0',
    probability: 0.75,
  };

  it('is said before everything else, with where and how likely', () => {
    const { summary } = riskCard({ prediction: examplePrediction({ overloads: [overload] }) });
    expect(spaced(summary[0] ?? '')).toMatch(
      /^Overload: more requests .* commit from eu-west-1 to checkout-0 \(in 75.0 % of the simulated executions\)\./,
    );
  });

  it('is not spoken of where there is none', () => {
    expect(riskCard({ prediction: examplePrediction() }).summary[0]).toMatch(/^What happens/);
  });
});

describe('the verdict of a risk card', () => {
  const [durability, fence] = examplePrediction().policy;
  const verdictWith = (
    outcomes: readonly ('pass' | 'fail' | 'unknown')[],
    enforce: 'block' | 'shadow',
  ) =>
    riskCard({
      prediction: examplePrediction({
        policy: [durability, fence].flatMap((one, index) => {
          const outcome = outcomes[index];
          return one === undefined || outcome === undefined ? [] : [{ ...one, outcome, enforce }];
        }),
      }),
    }).verdict;

  it('is that of the policy: one blocking rule that fails forbids, one left open leaves it open', () => {
    expect(verdictWith(['pass', 'pass'], 'block').tone).toBe('good');
    expect(verdictWith(['pass', 'unknown'], 'block')).toMatchObject({ tone: 'caution' });
    expect(verdictWith(['unknown', 'fail'], 'block')).toEqual({
      text: '✗ Policy forbids it: performance.fence',
      tone: 'bad',
    });
  });

  it('is never a pass when no blocking rule was asked', () => {
    expect(verdictWith([], 'block').tone).toBe('caution');
    expect(verdictWith(['pass', 'fail'], 'shadow').tone).toBe('caution');
  });
});

describe('the components of the risk', () => {
  it('have points that add up to the score, none below zero', () => {
    const findings = fc.array(
      fc.record({
        name: fc.constantFrom('slo-break' as const, 'data-loss' as const, 'blast-radius' as const),
        value: fc.double({ min: 0, max: 1, noNaN: true }),
        evidence: fc.constant('seen'),
      }),
    );
    fc.assert(
      fc.property(findings, (list) => {
        const risk = scoreRisk(list, defaultPolicy);
        const points = riskBars(risk).map(({ text }) => Number.parseFloat(text));
        const sum = points.reduce((total, one) => total + one, 0);
        // Each is rounded to a tenth.
        expect(Math.abs(sum - risk.score)).toBeLessThanOrEqual(0.05 * points.length + 1e-9);
        expect(points.every((one) => one >= 0)).toBe(true);
      }),
    );
  });

  it('stand in the order of what they contribute', () => {
    const labels = riskBars(examplePrediction().risk).map(({ label }) => label);
    expect(labels.slice(0, 2)).toEqual(['Irreversibility', 'SLO break']);
  });
});

describe('the sections of a risk card', () => {
  it('show the change only in phases in which something changes', () => {
    const [latency] = metricTables(examplePrediction());
    expect(latency?.columns.map(({ title }) => title)).toEqual([
      'Requests',
      'Statistic',
      'Before',
      'During',
      'change',
      'After',
      'change',
    ]);
    expect(latency?.note).toContain('Before: no change');
  });

  it('mark a change as worse or better only when its interval excludes zero', () => {
    const { metrics } = examplePrediction();
    const unsure = metrics.map((one) => ({
      ...one,
      delta: { mean: 5, ci95: [-1, 11] as [number, number] },
    }));
    const tones = (list: typeof metrics): unknown[] =>
      metricTables({ metrics: list }).flatMap(({ rows }) =>
        rows.flatMap((row) =>
          row.map((cell) => (typeof cell === 'string' ? undefined : cell.tone)),
        ),
      );
    expect(tones(unsure)).not.toContain('bad');
    expect(tones(metrics)).toEqual(expect.arrayContaining(['bad', 'good']));
  });

  it('name the origin of every parameter, with sample size and date where it was measured', async () => {
    const prediction = examplePrediction();
    const text = await renderReport('premortem/prediction/v1', { prediction }, 'text', {
      columns: 200,
      colour: false,
    });
    for (const { path, origin, n } of prediction.parameters) {
      const line = text.split('\n').find((one) => one.includes(`  ${path} `)) ?? '';
      expect(line).toContain(origin);
      if (n !== undefined) expect(line).toContain(`${n.toLocaleString('en-US')}  2026-11-23 `);
    }
  });

  it('show the plan that is bound to the prediction, with what blocks it', async () => {
    const prediction = examplePrediction();
    const text = await renderReport(
      'premortem/prediction/v1',
      { prediction, plan: planFor(prediction) },
      'text',
    );
    expect(text).toContain('plan-0123: Move checkout to Ireland');
    expect(text).toMatch(/Approvals needed\s+2, not the author's own/);
    expect(text).toMatch(/Blocked by\s+nothing/);
  });
});

function planFor(prediction: ReturnType<typeof examplePrediction>): Plan {
  const [fence, duration] = ['fence_ms', 'duration_ms'].map(
    (name) => prediction.metrics.find(({ metric }) => metric.startsWith(name))?.forecast,
  );
  if (fence === undefined || duration === undefined) throw new Error('the example has both');
  const digest = digestOfBytes('any');
  return {
    schema: 'premortem/plan/v1',
    id: 'plan-0123',
    digest,
    title: 'Move checkout to Ireland',
    author: { name: 'ada', key: digest },
    submittedAt: '2026-11-23T08:00:00.000Z',
    expiresAt: '2026-11-24T08:00:00.000Z',
    predictionExpiresAt: '2026-11-23T09:00:00.000Z',
    bound: {
      scenario: digest,
      estate: digest,
      calibration: null,
      policy: digest,
      prediction: prediction.digest,
      trace: prediction.trace,
      topology: digest,
    },
    actions: [{ kind: 'promote', shard: 'checkout-0', to: 'checkout-0-eu' }],
    steps: [
      {
        id: '1-hold-requests',
        action: 0,
        name: 'hold-requests',
        effect: { kind: 'hold-requests', shard: 'checkout-0' },
        fenced: true,
        reversible: true,
        limitMs: 1_000,
      },
    ],
    expected: { fenceMs: fence, durationMs: duration, costUsd: 0, risk: prediction.risk.score },
    approvalsNeeded: 2,
    blockers: [],
  };
}

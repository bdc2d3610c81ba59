// The kernel against exact theory: reference cases whose values were calculated, not simulated. Runs are a fraction
// of the stated length, tolerances widen accordingly; seeds are fixed, so a verdict never changes by itself.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { bulkRoot, erlangB, erlangC, waitRoot } from '../engine/index.ts';
import {
  parseReferenceFile,
  validateCase,
  validateCases,
  type CaseResult,
  type MetricResult,
  type ReferenceCase,
} from '../scenarios/reference/index.ts';

function casesOf(name: string): ReferenceCase[] {
  const text = readFileSync(
    new URL(`../scenarios/reference/cases/${name}.json`, import.meta.url),
    'utf8',
  );
  return parseReferenceFile(text, `${name}.json`);
}

const queueing = casesOf('queueing');
const statistics = casesOf('statistics');
const platform = casesOf('platform');
const options = { effort: 0.03, seed: 'theory' };

function caseOf(id: string): ReferenceCase {
  const found = [...queueing, ...statistics].find((referenceCase) => referenceCase.id === id);
  if (found === undefined) throw new Error(`no case ${id}`);
  return found;
}

function metricOf({ metrics }: CaseResult, name: string): MetricResult {
  const found = metrics.find((metric) => metric.name === name);
  if (found === undefined) throw new Error(`no metric ${name}`);
  return found;
}

/** The case with its exact value of one metric changed by a factor. */
function withWrongValue(referenceCase: ReferenceCase, name: string, factor: number): ReferenceCase {
  const metric = referenceCase.metrics[name];
  if (metric === undefined || typeof metric.value !== 'number')
    throw new Error(`no number ${name}`);
  const wrong = { ...metric, value: metric.value * factor };
  return { ...referenceCase, metrics: { ...referenceCase.metrics, [name]: wrong } };
}

describe('reference cases', () => {
  test.each(
    [...queueing, ...statistics].map((referenceCase) => [referenceCase.id, referenceCase] as const),
  )('%s passes in every metric', (_, referenceCase) => {
    const result = validateCase(referenceCase, options);
    const failed = result.metrics.filter(({ verdict }) => verdict !== 'passed');
    expect(failed).toEqual([]);
    expect(result.status).toBe('passed');
    expect(result.metrics.map(({ name }) => name)).toEqual(Object.keys(referenceCase.metrics));
    for (const { method, se, interval95 } of result.metrics) {
      if (method === 'closed-form') expect([se, interval95]).toEqual([null, null]);
      else expect(se).toBeGreaterThan(0);
    }
  });

  test.each(platform.map((referenceCase) => [referenceCase.id, referenceCase] as const))(
    '%s of the platform passes in every metric',
    (_, referenceCase) => {
      const result = validateCase(referenceCase, options);
      expect(result.metrics.filter(({ verdict }) => verdict !== 'passed')).toEqual([]);
      expect(result.metrics.map(({ name }) => name)).toEqual(Object.keys(referenceCase.metrics));
      expect(result.status).toBe('passed');
    },
  );

  test('a wrong reference value fails, in a simulated metric and in a calculated one', () => {
    const queue = withWrongValue(caseOf('Q-MM1-01'), 'mean_wait', 1.2);
    const wrongQueue = validateCase(queue, options);
    expect([wrongQueue.status, metricOf(wrongQueue, 'mean_wait').verdict]).toEqual([
      'failed',
      'failed',
    ]);
    expect(metricOf(wrongQueue, 'mean_sojourn').verdict).toBe('passed');
    const sample = withWrongValue(caseOf('S-TCI-01'), 'ci95_low', 1 + 1e-7);
    expect(metricOf(validateCase(sample, options), 'ci95_low').verdict).toBe('failed');
  });

  test('a longer run has a smaller tolerance and a smaller standard error', () => {
    const [short, long] = [0.01, 0.16].map((effort) =>
      metricOf(validateCase(caseOf('Q-MMC-04'), { ...options, effort }), 'mean_wait'),
    );
    expect((short?.tolerance ?? 0) / (long?.tolerance ?? 1)).toBeCloseTo(4, 1);
    expect((short?.se ?? 0) / (long?.se ?? 1)).toBeGreaterThan(2);
  });

  test('the same seed gives the same figures, another seed gives others', () => {
    const run = (seed: string): CaseResult =>
      validateCase(caseOf('Q-MM1-02'), { effort: 0.005, seed });
    expect(run('a')).toEqual(run('a'));
    expect(run('a').metrics).not.toEqual(run('b').metrics);
  });
});

describe('other parameters of a family', () => {
  test('customers of a rate that varies may all stay equally long', () => {
    const source = caseOf('Q-MTINF-01');
    const stay = 1.3;
    const presentAt = (t: number, from: number): number => {
      const steps = 20_000;
      const width = (t - Math.max(from, t - stay)) / steps;
      const rate = (at: number): number => 100 + 60 * Math.sin(0.5 * at);
      const middles = Array.from({ length: steps }, (_, step) => rate(t - (step + 0.5) * width));
      return width * middles.reduce((sum, one) => sum + one, 0);
    };
    const withValue = (name: string, value: number): ReferenceCase['metrics'] => {
      const metric = source.metrics[name];
      if (metric === undefined) throw new Error(`no metric ${name}`);
      return { [name]: { ...metric, value } };
    };
    const peak = Math.PI + stay / 2;
    const constant: ReferenceCase = {
      ...source,
      model: {
        ...source.model,
        parameters: { lambda_bar: 100, beta: 60, gamma: 0.5, D: stay, service: 'constant' },
      },
      metrics: {
        ...withValue('mean_start_empty_t1', presentAt(1, 0)),
        ...withValue('mean_start_empty_t3', presentAt(3, 0)),
        ...withValue('mean_periodic_t1', presentAt(1, -Infinity)),
        ...withValue('periodic_peak_mean', presentAt(peak, -Infinity)),
        ...withValue('peak_time_first', peak),
      },
    };
    const { status, metrics } = validateCase(constant, options);
    expect(metrics.filter(({ verdict }) => verdict !== 'passed')).toEqual([]);
    expect(status).toBe('passed');
  });

  test('leaves of a fan-out may be of any law that has a name', () => {
    const source = caseOf('Q-MAXN-01');
    const { mean_max: mean, single_p99: single } = source.metrics;
    if (mean === undefined || single === undefined) throw new Error('no such metrics');
    const uniform: ReferenceCase = {
      ...source,
      model: { ...source.model, parameters: { n: 9, leaf_latency: 'Uniform(0, 10)' } },
      metrics: { mean_max: { ...mean, value: 9 }, single_p99: { ...single, value: 9.9 } },
    };
    expect(validateCase(uniform, options).status).toBe('passed');
  });
});

describe('what cannot be run is unsupported, never passed', () => {
  const base = caseOf('Q-MG1-06');
  const unsupported: [string, ReferenceCase, string][] = [
    [
      'a family that nobody serves',
      { ...base, family: 'queueing/clairvoyance' },
      'no runner serves the family queueing/clairvoyance',
    ],
    [
      'a law that is unknown',
      {
        ...base,
        model: { ...base.model, parameters: { lambda: 1, service: { dist: 'bathtub' } } },
      },
      'service',
    ],
    ['a sample that is missing', { ...caseOf('S-TCI-01'), data: undefined }, 'expected object'],
  ];
  test.each(unsupported)('%s', (_, referenceCase, reason) => {
    const result = validateCase(referenceCase, { effort: 0.001, seed: 's' });
    expect([result.status, result.metrics]).toEqual(['unsupported', []]);
    expect(result.reason).toContain(reason);
  });

  test('a metric that is unknown, or has no meaning for the family', () => {
    const source = caseOf('Q-PS-01');
    const meanSojourn = source.metrics['mean_sojourn'];
    if (meanSojourn === undefined) throw new Error('no metric mean_sojourn');
    const odd = { ...source, metrics: { mean_sojourn: meanSojourn, mean_wait: meanSojourn } };
    const result = validateCase(odd, { effort: 0.002, seed: 's' });
    expect([result.status, result.reason]).toEqual([
      'unsupported',
      'not computed for this family: mean_wait',
    ]);
    expect(metricOf(result, 'mean_wait').computed).toBe(null);
  });

  test('the document counts each verdict', () => {
    const wrong = withWrongValue(caseOf('S-TCI-02'), 'mean', 2);
    const unheard = { ...caseOf('S-TCI-01'), id: 'X', family: 'statistics/clairvoyance' };
    const cases = [caseOf('S-TCI-01'), wrong, unheard];
    const document = validateCases(cases, options);
    expect(document.schema).toBe('premortem/validation/v1');
    expect(document.counts).toEqual({ passed: 1, failed: 1, unsupported: 1 });
    expect(JSON.parse(JSON.stringify(document))).toEqual(document);
  });
});

describe('a file of cases', () => {
  const mistakes: [string, string, string][] = [
    ['no JSON', '{', 'cases.json: not JSON'],
    ['another schema', '{"schema":"x","cases":[]}', 'cases.json schema: '],
    [
      'a case without a family',
      JSON.stringify({
        schema: 'reference-cases/1',
        cases: [{ id: 'A', model: { parameters: {} }, metrics: {} }],
      }),
      'cases.json cases[0].family: ',
    ],
    [
      'a tolerance without its run',
      JSON.stringify({
        schema: 'reference-cases/1',
        cases: [
          {
            id: 'A',
            family: 'a/b',
            model: { parameters: {} },
            metrics: { m: { value: 1, tolerance: { kind: 'statistical', abs: 1, z: 4 } } },
          },
        ],
      }),
      'cases.json cases[0].metrics.m.tolerance.run: ',
    ],
    [
      'two cases of one id',
      JSON.stringify({ schema: 'reference-cases/1', cases: [1, 2].map(() => caseOf('S-TCI-01')) }),
      'cases.json cases[1].id: id "S-TCI-01" occurs twice',
    ],
  ];
  test.each(mistakes)('with %s is refused, with the place', (_, text, message) => {
    expect(() => parseReferenceFile(text, 'cases.json')).toThrow(message);
  });
});

describe('closed forms', () => {
  test('Erlang B and C', () => {
    expect(erlangB(7, 10)).toBeCloseTo(0.0787408829696, 12);
    expect(erlangC(1.6, 2)).toBeCloseTo(0.711111111111, 11);
    expect(() => erlangC(2, 2)).toThrow('cannot carry');
  });

  test('in M/M/1 the root of the waiting probability is the utilisation', () => {
    for (const load of [0.1, 0.5, 0.9, 0.99]) {
      expect(waitRoot({ kind: 'exponential', mean: 1 / load }, 1)).toBeCloseTo(load, 12);
    }
    expect(() => waitRoot({ kind: 'constant', value: 1 }, 0.5)).toThrow('not stable');
  });

  test('with batches of one, bulk service is M/M/1', () => {
    expect(bulkRoot(0.7, 1, 1)).toBeCloseTo(0.7, 12);
    expect(bulkRoot(3, 1, 4)).toBeCloseTo(0.888179667585, 11);
  });
});

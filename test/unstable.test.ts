// Models that are offered more than they can do: they run, their figures are those of queues that grow, and whoever reads
// them is told. What is exact in spite of that is still held against its value.
import { describe, expect, test } from 'vitest';
import { UserError } from '../engine/failure.ts';
import { SharingStation, Simulation } from '../engine/index.ts';
import {
  validateCase,
  validateCases,
  type CaseResult,
  type ReferenceCase,
} from '../scenarios/reference/index.ts';

const customers = 20_000;

/** A case of a family with these values of metrics, judged by runs of some thousand customers. */
function caseOf(
  family: string,
  parameters: Readonly<Record<string, unknown>>,
  values: Readonly<Record<string, number | null>>,
): ReferenceCase {
  const run = { unit: 'customers' as const, n: customers, warmup: 0 };
  const metrics = Object.entries(values).map(([name, value]) => [
    name,
    { value, tolerance: { kind: 'statistical' as const, abs: 0.02, z: 4, se: 0.005, run } },
  ]);
  return {
    id: `U-${family}`,
    family,
    model: { text: '', parameters },
    metrics: Object.fromEntries(metrics),
  } as ReferenceCase;
}

function run(referenceCase: ReferenceCase, effort = 1): CaseResult {
  return validateCase(referenceCase, { effort, seed: 'unstable' });
}

function computed({ metrics }: CaseResult, name: string): number {
  const value = metrics.find((metric) => metric.name === name)?.computed;
  return typeof value === 'number' ? value : Number.NaN;
}

describe('a model that is not stable', () => {
  test.each([
    ['queueing/mm1', { lambda: 2, mu: 1 }, 'mean_sojourn'],
    ['queueing/mmc', { lambda: 5, mu: 1, servers: 4 }, 'mean_wait'],
    ['queueing/mdc', { lambda: 1, D: 1 }, 'mean_wait'],
    ['queueing/gm1', { mu: 1, interarrival: { dist: 'constant', value: 0.5 } }, 'mean_wait'],
    ['queueing/bulk-service', { lambda: 9, mu: 1, max_batch: 4 }, 'mean_wait'],
    ['queueing/fork-join', { lambda: 2, mu: 1, branches: 2 }, 'mean_response'],
    ['queueing/power-of-d', { lambda_per_server: 2, mu: 1, servers: 3, d: 2 }, 'mean_sojourn'],
    ['queueing/mmpp', { lambda1: 3, lambda2: 1, q12: 0.1, q21: 0.1, mu: 1 }, 'mean_wait'],
    [
      'queueing/batch-arrivals',
      { batch_rate: 1, mu: 1, batch: { kind: 'fixed', parameter: 2 } },
      'mean_wait',
    ],
    ['queueing/retrial', { lambda: 2, mu: 1, theta: 1 }, 'mean_time_in_orbit'],
    ['queueing/token-bucket', { lambda: 2, refill_rate: 1, depth: 3 }, 'mean_delay'],
    [
      'queueing/priority',
      {
        classes: [
          { lambda: 1, mu: 1 },
          { lambda: 1, mu: 1 },
        ],
        preemptive: true,
      },
      'mean_sojourn_all',
    ],
    ['queueing/network', { lambda: 2, mu: [9, 1] }, 'mean_sojourn'],
  ])('%s runs, waits longer the longer it runs, and says so', (family, parameters, metric) => {
    const referenceCase = caseOf(family, parameters, { [metric]: 1 });
    const [short, long] = [run(referenceCase, 0.05), run(referenceCase)];
    expect(long.reason).toContain('not stable');
    expect(computed(long, metric)).toBeGreaterThan(2 * computed(short, metric));
    expect(long.status).toBe('failed');
  });

  test('has exact values all the same, and is held against them', () => {
    // The server never rests, whatever waits for it; customers who go first do not feel the others.
    const tandem = caseOf(
      'queueing/network',
      { lambda: 2, mu: [1, 4] },
      {
        utilization_node1: 1,
        utilization_node2: 0.25,
        mean_sojourn: null,
      },
    );
    const result = run(tandem);
    expect(result.metrics.map(({ verdict }) => verdict)).toEqual([
      'passed',
      'passed',
      'unsupported',
    ]);
    expect(result.reason).toContain('node 1 is not stable (2 erlangs on 1)');
    const classes = [
      { lambda: 0.5, mu: 1 },
      { lambda: 2, mu: 1 },
    ];
    const first = caseOf(
      'queueing/priority',
      { classes, preemptive: true },
      {
        mean_wait_class1: 1,
      },
    );
    expect(run({ ...first }, 20).metrics[0]).toMatchObject({ verdict: 'passed' });
  });

  test('ends at the bound on its queue, and the other cases are judged', () => {
    const flooded = caseOf('queueing/mm1', { lambda: 1e9, mu: 1 }, { mean_sojourn: 1 });
    const stable = caseOf('queueing/mm1', { lambda: 0.5, mu: 1 }, { p_wait: 0.5 });
    const { cases } = validateCases([flooded, stable], { effort: 1, seed: 's' });
    expect(cases.map(({ status }) => status)).toEqual(['unsupported', 'passed']);
    expect(cases[0]?.reason).toContain('station queue: more than 10000000 queueLength');
    expect(cases[1]?.reason).toBeNull();
  });

  test('of jobs that share processors is refused at the same bound, waiting or sharing', () => {
    const options = { name: 'cores', cores: 1, onEnd: () => {} };
    const simulation = new Simulation({ seed: 's', limits: { queueLength: 2 } });
    const cores = new SharingStation(simulation, options);
    cores.arrive(1, 5);
    cores.arrive(2, 5);
    expect(() => cores.arrive(3, 5)).toThrow(UserError);
    expect(() => cores.arrive(3, 5)).toThrow('station cores: more than 2 queueLength');
  });
});

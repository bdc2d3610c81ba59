// The one rule of verdicts. An exact tolerance is compared as it stands. A statistical one is stated for a run of n:
// a run of N may deviate by abs · √(n/N), four standard errors of the reference. A borrowed tolerance is not one of
// its metric, so there our own standard error, by batch means, may widen it; elsewhere that decides nothing.
import { meanInterval, studentQuantile } from '../../engine/index.ts';
import type { Calculated, Figure, MetricResult } from './documents.ts';
import { timeUnits, type ReferenceMetric, type Tolerance } from './schema.ts';

type Statistical = Extract<Tolerance, { kind: 'statistical' }>;
type Simulated = Extract<Figure, { method: 'simulated' }>;

/** Holds a figure against the exact value of its metric. */
export function judge(
  name: string,
  metric: ReferenceMetric,
  figure: Figure | undefined,
): MetricResult {
  const { tolerance, value: exact } = metric;
  if (figure === undefined) return unsupported(name, exact);
  if (figure.method === 'closed-form') {
    return tolerance.kind === 'exact'
      ? judgeClosedForm(name, exact, figure.value, tolerance)
      : unsupported(name, exact);
  }
  if (figure.method === 'extreme') {
    return tolerance.kind === 'bound' && typeof exact === 'number'
      ? judgeExtreme(name, exact, figure)
      : unsupported(name, exact);
  }
  return tolerance.kind === 'statistical' && typeof exact === 'number'
    ? judgeSimulated(name, exact, figure, tolerance)
    : unsupported(name, exact);
}

function unsupported(name: string, exact: unknown): MetricResult {
  return {
    name,
    exact,
    computed: null,
    method: 'simulated',
    interval95: null,
    se: null,
    z: null,
    tolerance: null,
    verdict: 'unsupported',
  };
}

/** Rounding may carry a sample that lies on its bound beyond it. */
const boundSlack = 1e-9;

function judgeExtreme(
  name: string,
  exact: number,
  { side, value }: Extract<Figure, { method: 'extreme' }>,
): MetricResult {
  const beyond = side === 'least' ? exact - value : value - exact;
  return {
    ...unsupported(name, exact),
    computed: value,
    verdict: beyond <= boundSlack * Math.abs(exact) ? 'passed' : 'failed',
  };
}

function judgeClosedForm(
  name: string,
  exact: unknown,
  computed: Calculated,
  tolerance: Extract<Tolerance, { kind: 'exact' }>,
): MetricResult {
  const allowed = (value: number): number =>
    Math.max(tolerance.abs, tolerance.rel * Math.abs(value));
  // Null stands for "never" and "unbounded".
  const agrees = (expected: unknown, actual: number): boolean =>
    expected === null
      ? Math.abs(actual) === Infinity
      : typeof expected === 'number' && Math.abs(actual - expected) <= allowed(expected);
  const passes =
    typeof computed === 'string'
      ? exact === computed
      : typeof computed === 'number'
        ? agrees(exact, computed)
        : Array.isArray(exact) &&
          exact.length === computed.length &&
          computed.every((value, index) => agrees(exact[index], value));
  return {
    name,
    exact,
    computed,
    method: 'closed-form',
    interval95: null,
    se: null,
    z: null,
    tolerance: typeof exact === 'number' ? allowed(exact) : null,
    verdict: passes ? 'passed' : 'failed',
  };
}

function judgeSimulated(
  name: string,
  exact: number,
  figure: Simulated,
  tolerance: Statistical,
): MetricResult {
  const length = lengthIn(tolerance.run.unit, figure);
  if (length === undefined) return unsupported(name, exact);
  const { se, n } = meanInterval(figure.batchValues);
  const stated = tolerance.abs * Math.sqrt(tolerance.run.n / length);
  const allowed = tolerance.borrowed ? Math.max(stated, tolerance.z * se) : stated;
  const halfWidth = studentQuantile(0.975, n - 1) * se;
  const deviation = figure.value - exact;
  return {
    name,
    exact,
    computed: figure.value,
    method: 'simulated',
    interval95: [figure.value - halfWidth, figure.value + halfWidth],
    se,
    z: se > 0 ? deviation / se : null,
    tolerance: allowed,
    verdict: Math.abs(deviation) <= allowed ? 'passed' : 'failed',
  };
}

/** What cases count runs in, beside time: whatever a run of the family is made of. */
const countedUnits: ReadonlySet<string> = new Set([
  'customers',
  'customers completed',
  'customer cycles',
  'requests',
  'events',
  'independent replications',
  'independent fan-out requests',
  'independent samples',
  'independent rings',
  'failovers',
  'reads',
  'bootstrap resamples',
]);

/** How long the run was in the tolerance's unit; undefined for a unit that says nothing here. */
function lengthIn(unit: string, figure: Simulated): number | undefined {
  if (timeUnits.has(unit)) return figure.length.time;
  return countedUnits.has(unit) ? figure.length.customers : undefined;
}

// Why a forecast is as wide as it is. On the bound trace, one factor of one parameter at a time runs through its law
// while everything else stays as calibrated and chance repeats itself; the variance that a metric shows is that
// parameter's part. What neutral parameters and fresh chance show is chance's own part. A regression over a prediction's
// rehearsals would cost no extra runs, but 80 of them cannot tell forty parameters apart; seven runs each can.
import { digestOf } from '../engine/digest.ts';
import type { Runner } from '../engine/ensemble/runner.ts';
import { UserError, nearestNames } from '../engine/failure.ts';
import { centralInterval, meanInterval, sampleQuantile } from '../engine/statistics/intervals.ts';
import { phaseSchema } from '../twin/document.ts';
import type { Calibration } from '../twin/estate/calibration.ts';
import { deviationOf, factorNames } from '../twin/estate/confidence.ts';
import type { ExplainedMetric, ExplainedPart, Explanation } from '../twin/explanation.ts';
import { metricKinds, parseMetricId } from '../twin/metrics.ts';
import type { Variation } from '../twin/model/parameter-set.ts';
import { parameterPaths, type ParameterPath } from '../twin/parameters.ts';
import { adviseOn } from './advice.ts';
import { headlineKeys } from './headlines.ts';
import type { ReplicationInput, ReplicationResult } from './replication.ts';
import { defaultEnsemble, type SimulateInput } from './simulate.ts';

export interface ExplainInput extends Pick<
  SimulateInput,
  'scenario' | 'estate' | 'calibration' | 'seed'
> {
  /** Metrics to explain, as `metric` or `phase metric`; none: the headlines of the scenario. */
  readonly metrics: readonly string[];
  /** The experiment that measures a parameter on this estate, where there is one. */
  readonly experiments: Readonly<Partial<Record<ParameterPath, string>>>;
}

export interface ExplainOptions {
  readonly runner: Runner;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, of: number) => void;
}

/** Nodes and weights of Gauss and Legendre's rule with seven points on [0, 1]: exact for polynomials of degree 13. */
const rule: readonly (readonly [level: number, weight: number])[] = [
  [0.0254460438286207, 0.0647424830844348],
  [0.1292344072003028, 0.1398526957446383],
  [0.2970774243113014, 0.1909150252525595],
  [0.5, 0.2089795918367347],
  [0.7029225756886985, 0.1909150252525595],
  [0.8707655927996972, 0.1398526957446383],
  [0.9745539561713792, 0.0647424830844348],
];

/** Executions whose chance repeats itself while a factor runs through its law; parts are averages over them. */
const chances = 2;

/** Executions with fresh chance and nothing else uncertain. */
const freshChances = 24;

type Task = Pick<ReplicationInput, 'index' | 'only'>;

/** One factor of one parameter, running through its law. */
type Sweep = Pick<Variation, 'path' | 'factor'>;

/**
 * Explains the headline forecasts of a scenario. Throws UserError('missing') for a metric that the scenario does not
 * have. The same input gives the same digest, on any number of workers.
 */
export async function explain(input: ExplainInput, options: ExplainOptions): Promise<Explanation> {
  // One execution shows which metrics there are, before many are played.
  const [pilot] = await play(input, [{ index: 0 }], options);
  const keys = chooseKeys(input, Object.keys(pilot?.candidate ?? {}));
  const everything = range(defaultEnsemble.rehearsals).map((index): Task => ({ index }));
  const chance = range(freshChances).map((index): Task => ({ index, only: 'chance' }));
  const first = await play(input, [...everything, ...chance, ...probes], options);
  const rehearsals = first.slice(0, everything.length);
  const chanceOnly = first.slice(everything.length, everything.length + chance.length);
  const probed = first.slice(everything.length + chance.length);

  const used = parameterPaths.filter((_, index) =>
    keys.some((key) => probed[index]?.candidate[key] !== chanceOnly[0]?.candidate[key]),
  );
  const sweeps = sweepsOf(input.calibration, used);
  const swept = await play(input, sweeps.flatMap(tasksOf), options);
  // A headline that some execution lacks is left out; one that was asked for is told.
  const isEverywhere = (key: string): boolean =>
    [...first, ...swept].every(({ candidate }) => candidate[key] !== undefined);
  const metrics = keys
    .filter((key) => input.metrics.length > 0 || isEverywhere(key))
    .map((key) => explainKey(key, { rehearsals, chanceOnly, sweeps, swept }));
  const body = {
    schema: 'premortem/explanation/v1' as const,
    scenario: input.scenario.name,
    estate: input.estate.name,
    calibration: input.calibration?.digest ?? null,
    seed: input.seed,
    replications: first.length + swept.length,
    metrics,
    advice: adviseOn(metrics, input.calibration, input.experiments),
  };
  return { ...body, digest: digestOf(body) };
}

/** One execution per parameter, far out in its law: where nothing changes, the scenario does not use it. */
const probes = parameterPaths.map((path): Task => ({
  index: 0,
  only: { path, factor: 'location', level: rule.at(-1)?.[0] ?? 0.5 },
}));

function play(
  { scenario, estate, calibration, seed }: ExplainInput,
  tasks: readonly Task[],
  { runner, signal, onProgress }: ExplainOptions,
): Promise<ReplicationResult[]> {
  const inputs = tasks.map((task): ReplicationInput => ({
    scenario,
    estate,
    calibration,
    seed,
    kind: 'rehearsal',
    ...task,
  }));
  let done = 0;
  return runner.run<ReplicationInput, ReplicationResult>(
    { module: new URL('./replication.ts', import.meta.url), name: 'runReplication', inputs },
    {
      ...(signal === undefined ? {} : { signal }),
      onResult: () => onProgress?.(++done, inputs.length),
    },
  );
}

/** The keys that were asked for, or the headlines, of those that there are. */
function chooseKeys(input: ExplainInput, known: readonly string[]): string[] {
  if (input.metrics.length === 0) return headlineKeys(input, known);
  return input.metrics.map((wanted) => {
    const found = known.find((key) => key === wanted || key === `all ${wanted}`);
    if (found !== undefined) return found;
    const near = nearestNames(wanted, known);
    throw new UserError('missing', {
      message: `scenario ${input.scenario.name} has no metric "${wanted}"`,
      remedy: `did you mean ${(near.length > 0 ? near : headlineKeys(input, known)).map((key) => `"${key}"`).join(' or ')}?`,
    });
  });
}

function sweepsOf(calibration: Calibration | null, used: readonly ParameterPath[]): Sweep[] {
  return used.flatMap((path) =>
    factorNames
      .filter((factor) => deviationOf(calibration?.parameters[path], factor) > 0)
      .map((factor) => ({ path, factor })),
  );
}

function tasksOf(sweep: Sweep): Task[] {
  return range(chances).flatMap((index) =>
    rule.map(([level]) => ({ index, only: { ...sweep, level } })),
  );
}

interface Plays {
  readonly rehearsals: readonly ReplicationResult[];
  readonly chanceOnly: readonly ReplicationResult[];
  readonly sweeps: readonly Sweep[];
  readonly swept: readonly ReplicationResult[];
}

/** Throws UserError('missing') for a metric that some execution does not have: nothing honest can be said of it. */
function explainKey(key: string, plays: Plays): ExplainedMetric {
  const valuesOf = (results: readonly ReplicationResult[]): number[] =>
    results.map(({ candidate }) => candidate[key] ?? Number.NaN);
  const executed = valuesOf(plays.rehearsals);
  const chance = valuesOf(plays.chanceOnly);
  const swept = valuesOf(plays.swept);
  if ([executed, chance, swept].flat().some(Number.isNaN)) {
    throw new UserError('missing', {
      message: `not every simulated execution has a "${key}"`,
      remedy: 'choose a metric of the whole run, or a longer horizon',
    });
  }
  const variances = new Map<ExplainedPart['source'], number>([
    ['chance', meanInterval(chance).sd ** 2],
  ]);
  plays.sweeps.forEach(({ path }, index) => {
    const part = sweepVariance(swept.slice(index * perSweep, (index + 1) * perSweep));
    variances.set(path, (variances.get(path) ?? 0) + part);
  });
  const total = Array.from(variances.values()).reduce((sum, variance) => sum + variance, 0);
  const space = key.indexOf(' ');
  const metric = key.slice(space + 1);
  return {
    metric,
    phase: phaseSchema.parse(key.slice(0, space)),
    unit: metricKinds[parseMetricId(metric).name].unit,
    median: sampleQuantile(executed, 0.5),
    pi90: centralInterval(executed, 0.9),
    parts: Array.from(variances, ([source, variance]) => ({
      source,
      share: total > 0 ? variance / total : 0,
    })).toSorted((a, b) => b.share - a.share),
    accounted: accountedFor(total, meanInterval(executed).sd ** 2),
  };
}

/** 1 for a metric that does not vary at all. */
function accountedFor(parts: number, rehearsals: number): number {
  return rehearsals > 0 ? parts / rehearsals : 1;
}

const perSweep = chances * rule.length;

/** Mean over the chances of the variance over the levels. */
function sweepVariance(values: readonly number[]): number {
  const variances = range(chances).map((chance) => {
    const one = values.slice(chance * rule.length, (chance + 1) * rule.length);
    const mean = weighted(one);
    return weighted(one.map((value) => (value - mean) ** 2));
  });
  return variances.reduce((sum, variance) => sum + variance, 0) / chances;
}

function weighted(values: readonly number[]): number {
  return rule.reduce((sum, [, weight], index) => sum + weight * (values[index] ?? 0), 0);
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

// One station and an arrival process of its own kind: modulated by hidden phases, in batches, or at a rate that changes with
// time (there with a server for everybody).
import { z } from 'zod';
import {
  batchedGaps,
  feedArrivals,
  modulatedGaps,
  modulatedRoot,
  QueueStation,
  renewalGaps,
  sampler,
  Simulation,
  varyingGaps,
  type ArrivalPhase,
  type Distribution,
  type Gaps,
} from '../../../engine/index.ts';
import type { Figure, Outcome, ValidationOptions } from '../documents.ts';
import {
  Estimation,
  levelEstimators,
  queueEstimators,
  sojournEstimators,
  waitEstimators,
} from '../estimators.ts';
import { readModel, type ReferenceCase } from '../schema.ts';
import { stabilityRemark } from '../stability.ts';
import { planRun, runStation } from '../station-run.ts';

export const modulatedFamilies = ['queueing/mmpp'];
export const batchArrivalFamilies = ['queueing/batch-arrivals'];
export const varyingFamilies = ['queueing/time-varying'];

const positive = z.number().positive();
const exponential = (rate: number): Distribution => ({ kind: 'exponential', mean: 1 / rate });

interface Stream {
  readonly gaps: (simulation: Simulation) => Gaps;
  /** Arrivals per unit of time, on average. */
  readonly rate: number;
  readonly mu: number;
  readonly servers: number;
}

function simulate(
  referenceCase: ReferenceCase,
  { gaps, rate, mu, servers }: Stream,
  options: ValidationOptions,
): Map<string, Figure> {
  const estimators = [
    ...waitEstimators,
    ...sojournEstimators,
    ...levelEstimators,
    ...queueEstimators,
    ...arrivalEstimators,
  ];
  const estimation = new Estimation(referenceCase, estimators, { scaleMs: 1 / mu, servers });
  runStation(
    {
      scaleMs: 1 / mu,
      gaps,
      demand: exponential(mu),
      makeStation: (simulation, events) => {
        const station = new QueueStation(simulation, { name: 'queue', servers, ...events });
        return {
          arrive: (customer, serviceMs) => station.arrive(customer, serviceMs),
          present: () => station.busy + station.queued,
        };
      },
    },
    planRun(referenceCase, rate, options),
    (batch) => estimation.take(batch),
  );
  return estimation.figures();
}

const twoPhases = z.object({
  lambda1: z.number().min(0),
  lambda2: z.number().min(0),
  q12: positive,
  q21: positive,
  mu: positive,
  servers: z.number().int().positive().default(1),
});

export function runModulated(referenceCase: ReferenceCase, options: ValidationOptions): Outcome {
  const read = readModel(twoPhases, referenceCase.model.parameters);
  if ('reason' in read) return { kind: 'unsupported', reason: read.reason };
  const { lambda1, lambda2, q12, q21, mu, servers } = read.model;
  const phases: readonly ArrivalPhase[] = [
    { ratePerMs: lambda1, changesPerMs: [0, q12] },
    { ratePerMs: lambda2, changesPerMs: [q21, 0] },
  ];
  const rate = (lambda1 * q21 + lambda2 * q12) / (q12 + q21);
  const remark = stabilityRemark(rate / mu, servers);
  const gaps = (simulation: Simulation): Gaps =>
    modulatedGaps(phases, simulation.stream('arrivals'));
  const figures = simulate(referenceCase, { gaps, rate, mu, servers }, options);
  if (servers === 1 && remark === null) {
    const value = modulatedRoot({ arrivals: [lambda1, lambda2], changes: [q12, q21], service: mu });
    figures.set('spectral_radius_R', { method: 'closed-form', value });
  }
  return { kind: 'computed', figures, remark };
}

const batches = z.object({
  batch_rate: positive,
  mu: positive,
  servers: z.number().int().positive().default(1),
  batch: z.discriminatedUnion('kind', [
    z.object({ kind: z.enum(['geom', 'geometric']), parameter: z.number().gt(0).max(1) }),
    z.object({
      kind: z.enum(['const', 'constant', 'fixed']),
      parameter: z.number().int().positive(),
    }),
    z.object({ kind: z.literal('uniform'), parameter: z.number().int().positive() }),
  ]),
});

export function runBatchArrivals(
  referenceCase: ReferenceCase,
  options: ValidationOptions,
): Outcome {
  const read = readModel(batches, referenceCase.model.parameters);
  if ('reason' in read) return { kind: 'unsupported', reason: read.reason };
  const { batch_rate: batchRate, mu, servers, batch } = read.model;
  const mean = meanSize(batch);
  const rate = batchRate * mean;
  const remark = stabilityRemark(rate / mu, servers);
  const gaps = (simulation: Simulation): Gaps =>
    batchedGaps(
      renewalGaps(exponential(batchRate), simulation.stream('batches')),
      sizes(batch, simulation.stream('sizes')),
    );
  return {
    kind: 'computed',
    figures: simulate(referenceCase, { gaps, rate, mu, servers }, options),
    remark,
  };
}

type BatchLaw = z.infer<typeof batches>['batch'];

function meanSize({ kind, parameter }: BatchLaw): number {
  if (kind === 'geom' || kind === 'geometric') return 1 / parameter;
  return kind === 'uniform' ? (1 + parameter) / 2 : parameter;
}

/** Geometric on 1, 2, … with this chance of success; uniform on 1 to `parameter`; or always the same. */
function sizes({ kind, parameter }: BatchLaw, draw: () => number): () => number {
  if (kind === 'uniform') return () => 1 + Math.floor(draw() * parameter);
  if (kind !== 'geom' && kind !== 'geometric') return () => parameter;
  if (parameter === 1) return () => 1;
  return () => 1 + Math.floor(Math.log(1 - draw()) / Math.log(1 - parameter));
}

/** Of arrivals, not of stays. */
const arrivalEstimators: ConstructorParameters<typeof Estimation>[1] = [
  {
    pattern: /^mean_arrival_rate$/,
    make: () => (batch) => batch.arrived / batch.spanMs,
  },
];

const sinusoid = z
  .object({
    lambda_bar: positive,
    beta: z.number().min(0),
    gamma: positive,
    mu: positive.optional(),
    D: positive.optional(),
    service: z.string().optional(),
  })
  .refine(({ lambda_bar: mean, beta }) => beta <= mean, 'beta is at most lambda_bar')
  .transform(({ lambda_bar: mean, beta, gamma, mu, D, service }, context) => {
    const stayMs = D ?? (mu === undefined ? undefined : 1 / mu);
    if (stayMs !== undefined) {
      const isConstant = mu === undefined || /^(const|det|d\b)/i.test(service ?? '');
      return { mean, beta, gamma, stayMs, isConstant };
    }
    context.addIssue({ code: 'custom', message: 'say how long customers stay: mu or D' });
    return z.NEVER;
  });

type Sinusoid = z.infer<typeof sinusoid>;

/**
 * How many are there once the beginning is forgotten: base + swing · sin(gamma (t − lag)), for stays that are exponential or constant
 * (Eick, Massey and Whitt, Management Science 39, 1993).
 */
function periodicMean({ mean, beta, gamma, stayMs, isConstant }: Sinusoid): {
  readonly base: number;
  readonly swing: number;
  readonly lag: number;
} {
  const base = mean * stayMs;
  if (isConstant) {
    return { base, swing: (2 * beta * Math.sin((gamma * stayMs) / 2)) / gamma, lag: stayMs / 2 };
  }
  return {
    base,
    swing: beta / Math.hypot(1 / stayMs, gamma),
    lag: Math.atan(gamma * stayMs) / gamma,
  };
}

/**
 * M_t/G/∞ at a rate λ̄ + β sin γt: N(t) is Poisson. Who starts empty lacks what would have been there; that is simulated,
 * replication by replication.
 */
export function runVarying(referenceCase: ReferenceCase, options: ValidationOptions): Outcome {
  const read = readModel(sinusoid, referenceCase.model.parameters);
  if ('reason' in read) return { kind: 'unsupported', reason: read.reason };
  const { gamma } = read.model;
  const { base, swing, lag } = periodicMean(read.model);
  const periodic = (t: number): number => base + swing * Math.sin(gamma * (t - lag));
  const figures = new Map<string, Figure>();
  const closed = (name: string, value: number): unknown =>
    figures.set(name, { method: 'closed-form', value });
  const quarter = Math.PI / 2 / gamma;
  const peak = ((swing < 0 ? 3 : 1) * quarter + lag) % (4 * quarter);
  closed('periodic_peak_mean', base + Math.abs(swing));
  closed('periodic_trough_mean', base - Math.abs(swing));
  closed('peak_time_first', peak);
  closed('arrival_peak_time_first', quarter);
  closed('peak_lag', lag);
  const names = Object.keys(referenceCase.metrics);
  const timesOf = (pattern: RegExp): readonly (readonly [string, number])[] =>
    names.flatMap((name) => {
      const time = pattern.exec(name)?.[1];
      return time === undefined ? [] : [[name, Number(time)] as const];
    });
  for (const [name, t] of timesOf(/^mean_periodic_t(\d+(?:\.\d+)?)$/)) closed(name, periodic(t));
  const wanted = timesOf(/^mean_start_empty_t(\d+(?:\.\d+)?)$/);
  const { batchCount, batchSize, seed } = planRun(referenceCase, 1, options);
  const present = wanted.map((): number[] => []);
  for (let replication = 0; replication < batchCount * batchSize; replication++) {
    const counts = fillFromEmpty(read.model, { seed, replication }, wanted);
    for (const [at, count] of counts.entries()) present[at]?.push(count);
  }
  for (const [at, [name]] of wanted.entries()) {
    const values = present[at] ?? [];
    const average = (list: readonly number[]): number =>
      list.reduce((sum, value) => sum + value, 0) / list.length;
    figures.set(name, {
      method: 'simulated',
      value: average(values),
      batchValues: Array.from({ length: batchCount }, (_, batch) =>
        average(values.slice(batch * batchSize, (batch + 1) * batchSize)),
      ),
      length: { customers: values.length, time: values.length },
    });
  }
  return { kind: 'computed', figures };
}

/** Numbers present at the wanted times of one replication. */
function fillFromEmpty(
  { mean, beta, gamma, stayMs, isConstant }: Sinusoid,
  randomness: { readonly seed: string; readonly replication: number },
  wanted: readonly (readonly [string, number])[],
): readonly number[] {
  const simulation = new Simulation(randomness);
  const stay: Distribution = isConstant
    ? { kind: 'constant', value: stayMs }
    : { kind: 'exponential', mean: stayMs };
  const drawMs = sampler(stay, simulation.stream('stays'));
  let present = 0;
  const leave = simulation.register(() => void present--, 'leave');
  const rate = (t: number): number => mean + beta * Math.sin(gamma * t);
  const gaps = varyingGaps(rate, mean + beta, simulation.stream('arrivals'));
  feedArrivals(simulation, gaps, () => {
    present++;
    simulation.schedule(drawMs(), leave, 0);
  });
  const seen = new Map<number, number>();
  for (const t of wanted.map(([, time]) => time).toSorted((a, b) => a - b)) {
    simulation.run(t);
    seen.set(t, present);
  }
  return wanted.map(([, t]) => seen.get(t) ?? 0);
}

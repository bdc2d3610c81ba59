// Single stations with c servers and an unbounded FCFS queue: M/M/1, M/M/c, M/G/1, M/D/c and GI/M/1. They differ in
// the laws of their times only, so one runner serves them all.
import { z } from 'zod';
import {
  erlangB,
  meanOf,
  QueueStation,
  renewalGaps,
  squaredVariationOf,
  waitRoot,
  type Distribution,
} from '../../../engine/index.ts';
import type { Figure, Outcome, ValidationOptions } from '../documents.ts';
import {
  Estimation,
  levelEstimators,
  queueEstimators,
  sojournEstimators,
  waitEstimators,
} from '../estimators.ts';
import { hyperexponentialOf, law, twoRates } from '../laws.ts';
import { readModel, type ReferenceCase } from '../schema.ts';
import { stabilityRemark } from '../stability.ts';
import { planRun, runStation } from '../station-run.ts';

/** A station of this family: laws in units of time. */
export interface QueueModel {
  readonly interarrival: Distribution;
  readonly service: Distribution;
  readonly servers: number;
}

const positive = z.number().positive();
const servers = z.number().int().positive();
const exponentialOf = (rate: number): Distribution => ({ kind: 'exponential', mean: 1 / rate });

const markov = z
  .object({ lambda: positive, mu: positive, servers: servers.default(1) })
  .transform((model): QueueModel => ({
    interarrival: exponentialOf(model.lambda),
    service: exponentialOf(model.mu),
    servers: model.servers,
  }));

const constantService = z
  .object({ lambda: positive, D: positive, servers: servers.default(1) })
  .transform((model): QueueModel => ({
    interarrival: exponentialOf(model.lambda),
    service: { kind: 'constant', value: model.D },
    servers: model.servers,
  }));

const generalService = z
  .union([
    z.object({ lambda: positive, service: law }),
    twoRates
      .extend({ lambda: positive })
      .transform((model) => ({ lambda: model.lambda, service: hyperexponentialOf(model) })),
  ])
  .transform(({ lambda, service }): QueueModel => ({
    interarrival: exponentialOf(lambda),
    service,
    servers: 1,
  }));

const generalArrivals = z
  .object({ mu: positive, interarrival: law })
  .transform(({ mu, interarrival }): QueueModel => ({
    interarrival,
    service: exponentialOf(mu),
    servers: 1,
  }));

const models: Readonly<Record<string, z.ZodType<QueueModel>>> = {
  'queueing/mm1': markov,
  'queueing/mmc': markov,
  'queueing/mdc': constantService,
  'queueing/mg1': generalService,
  'queueing/gm1': generalArrivals,
};

export const queueFamilies = Object.keys(models);

export function runQueue(referenceCase: ReferenceCase, options: ValidationOptions): Outcome {
  const schema = models[referenceCase.family] ?? markov;
  const read = readModel(schema, referenceCase.model.parameters);
  if ('reason' in read) return { kind: 'unsupported', reason: read.reason };
  const { model } = read;
  const load = meanOf(model.service) / meanOf(model.interarrival);
  const remark = stabilityRemark(load, model.servers);
  const simulated = simulate(referenceCase, model, options);
  const figures = new Map([...simulated, ...closedForms(model)]);
  return { kind: 'computed', figures, remark };
}

function simulate(
  referenceCase: ReferenceCase,
  { interarrival, service, servers: count }: QueueModel,
  options: ValidationOptions,
): Map<string, Figure> {
  const estimators = [
    ...waitEstimators,
    ...sojournEstimators,
    ...levelEstimators,
    ...queueEstimators,
  ];
  const scaleMs = meanOf(service);
  const constantMs = service.kind === 'constant' ? { constantMs: service.value } : {};
  const context = { scaleMs, servers: count, ...constantMs };
  const estimation = new Estimation(referenceCase, estimators, context);
  runStation(
    {
      scaleMs,
      gaps: (simulation) => renewalGaps(interarrival, simulation.stream('arrivals')),
      demand: service,
      makeStation: (simulation, events) => {
        const station = new QueueStation(simulation, { name: 'queue', servers: count, ...events });
        return {
          arrive: (customer, serviceMs) => station.arrive(customer, serviceMs),
          present: () => station.busy + station.queued,
        };
      },
    },
    planRun(referenceCase, 1 / meanOf(interarrival), options),
    (batch) => estimation.take(batch),
  );
  return estimation.figures();
}

/** Constants of the model. σ is one of M/M/c's only for c = 1, where it is the utilisation. */
function closedForms({ interarrival, service, servers: count }: QueueModel): [string, Figure][] {
  const load = meanOf(service) / meanOf(interarrival);
  const values: [string, number][] = [
    ['service_mean', meanOf(service)],
    ['service_scv', squaredVariationOf(service)],
    ['erlang_b_same_load', erlangB(load, count)],
  ];
  const hasRoot = service.kind === 'exponential' && count === 1 && load < 1;
  if (hasRoot && hasTransform(interarrival)) {
    values.push(['sigma', waitRoot(interarrival, 1 / service.mean)]);
  }
  return values.map(([name, value]) => [name, { method: 'closed-form', value }]);
}

function hasTransform({ kind }: Distribution): boolean {
  return kind !== 'lognormal' && kind !== 'truncated-pareto';
}

// Several servers at once: jobs that fork and join, requests that wait for the slowest of many, and customers who choose among
// queues.
import { z } from 'zod';
import {
  feedArrivals,
  Join,
  meanOf,
  powerOfChoices,
  quantile,
  QueueStation,
  renewalGaps,
  sampler,
  type Distribution,
} from '../../../engine/index.ts';
import type { Figure, Outcome, ValidationOptions } from '../documents.ts';
import { calculated } from '../figures.ts';
import { lawOfText } from '../laws.ts';
import { levelOf, runMetered, type Estimates } from '../meter.ts';
import { readModel, type ReferenceCase } from '../schema.ts';
import { stabilityRemark } from '../stability.ts';
import { planRun } from '../station-run.ts';

export const forkFamilies = ['queueing/fork-join'];
export const fanOutFamilies = ['queueing/tail-at-scale'];
export const choiceFamilies = ['queueing/power-of-d'];

const positive = z.number().positive();
const whole = z.number().int().positive();
const exponential = (rate: number): Distribution => ({ kind: 'exponential', mean: 1 / rate });

const fork = z
  .object({ lambda: positive, mu: positive, branches: whole, needed: whole.optional() })
  .refine(({ branches, needed }) => (needed ?? branches) <= branches, 'no more than there are');

export function runForkJoin(referenceCase: ReferenceCase, options: ValidationOptions): Outcome {
  const read = readModel(fork, referenceCase.model.parameters);
  if ('reason' in read) return { kind: 'unsupported', reason: read.reason };
  const { lambda, mu, branches, needed = branches } = read.model;
  const remark = stabilityRemark(lambda / mu, 1, 'each branch');
  const meter = runMetered(planRun(referenceCase, lambda, options), 1 / mu, (simulation, meter) => {
    const beganMs = new Map<number, number>();
    const partsLeft = new Map<number, number>();
    const serviceMs = sampler(exponential(mu), simulation.stream('service'));
    const join = new Join((job) => {
      meter.sample('response', simulation.nowMs - (beganMs.get(job) ?? 0));
      meter.level('jobs', join.waiting);
      meter.unit();
    });
    const stations = Array.from(
      { length: branches },
      (_, branch) =>
        new QueueStation(simulation, {
          name: `branch ${branch + 1}`,
          servers: 1,
          onEnd: (job) => {
            meter.sample('task', simulation.nowMs - (beganMs.get(job) ?? 0));
            join.done(job);
            const left = (partsLeft.get(job) ?? 1) - 1;
            partsLeft.set(job, left);
            if (left > 0) return;
            partsLeft.delete(job);
            beganMs.delete(job);
          },
        }),
    );
    meter.level('jobs', 0);
    feedArrivals(
      simulation,
      renewalGaps(exponential(lambda), simulation.stream('arrivals')),
      (job) => {
        beganMs.set(job, simulation.nowMs);
        partsLeft.set(job, branches);
        join.fork(job, needed);
        meter.level('jobs', join.waiting);
        for (const station of stations) station.arrive(job, serviceMs());
      },
    );
  });
  const estimates: Estimates = [
    [/^mean_response$/, (window) => window.mean('response')],
    [/^response_p(\d+)$/, (window, digits) => window.quantile('response', levelOf(digits ?? 0))],
    [/^mean_number_max$/, (window) => window.level('jobs')],
    [/^mean_task_sojourn$/, (window) => window.mean('task')],
  ];
  return {
    kind: 'computed',
    figures: meter.figures(Object.keys(referenceCase.metrics), estimates),
    remark,
  };
}

const fanOut = z.object({
  n: whole,
  leaf_latency: z.string().transform((text, context): Distribution => {
    const named = lawOfText(text);
    if (named !== null) return named;
    context.addIssue({ code: 'custom', message: `no law is written "${text}": Exp(rate) is one` });
    return z.NEVER;
  }),
});

export function runFanOut(referenceCase: ReferenceCase, options: ValidationOptions): Outcome {
  const read = readModel(fanOut, referenceCase.model.parameters);
  if ('reason' in read) return { kind: 'unsupported', reason: read.reason };
  const { n, leaf_latency: leaf } = read.model;
  const singleP99 = quantile(leaf, 0.99);
  const plan = planRun(referenceCase, 1, options);
  const meter = runMetered(plan, meanOf(leaf), (simulation, meter) => {
    const latencyMs = sampler(leaf, simulation.stream('leaves'));
    const beganMs = new Map<number, number>();
    const join = new Join((request) => {
      const tookMs = simulation.nowMs - (beganMs.get(request) ?? 0);
      beganMs.delete(request);
      meter.sample('max', tookMs);
      if (tookMs > singleP99) meter.count('slow');
      meter.unit();
      begin(request + 1);
    });
    const done = simulation.register((request) => join.done(request), 'leaf');
    const begin = (request: number): void => {
      beganMs.set(request, simulation.nowMs);
      join.fork(request, n);
      for (let leaf = 0; leaf < n; leaf++) {
        const leafMs = latencyMs();
        meter.sample('leaf', leafMs);
        simulation.schedule(leafMs, done, request);
      }
    };
    begin(0);
  });
  const estimates: Estimates = [
    [/^mean_max$/, (window) => window.mean('max')],
    [/^max_p(\d+)$/, (window, digits) => window.quantile('max', levelOf(digits ?? 0))],
    [/^single_p(\d+)$/, (window, digits) => window.quantile('leaf', levelOf(digits ?? 0))],
    [/^p_max_exceeds_single_p99$/, (window) => window.counted('slow') / window.units],
    [/^inflation_mean$/, (window) => window.mean('max') / window.mean('leaf')],
  ];
  const figures = meter.figures(Object.keys(referenceCase.metrics), estimates);
  const needed: Figure = { method: 'closed-form', value: 0.99 ** (1 / n) };
  return { kind: 'computed', figures: figures.set('single_quantile_needed_for_max_p99', needed) };
}

const shortest = z.object({
  lambda_per_server: positive,
  mu: positive,
  servers: whole,
  d: whole.optional(),
});

const limit = z.object({
  d: whole.min(2),
  lambda: z.array(z.coerce.number().gt(0).lt(1)).min(1),
  mu: positive,
});

export function runChoices(referenceCase: ReferenceCase, options: ValidationOptions): Outcome {
  const { model, metrics } = referenceCase;
  const unlimited = readModel(limit, model.parameters);
  if (!('reason' in unlimited)) return limitOf(unlimited.model, Object.keys(metrics));
  const read = readModel(shortest, model.parameters);
  if ('reason' in read) return { kind: 'unsupported', reason: read.reason };
  const { lambda_per_server: perServer, mu, servers, d = servers } = read.model;
  const remark = stabilityRemark((perServer * servers) / mu, servers);
  const rate = perServer * servers;
  const meter = runMetered(planRun(referenceCase, rate, options), 1 / mu, (simulation, meter) => {
    const arrivedMs: number[] = [];
    const free: number[] = [];
    let [customers, present] = [0, 0];
    const stations = Array.from(
      { length: servers },
      (_, index) =>
        new QueueStation(simulation, {
          name: `queue ${index + 1}`,
          servers: 1,
          onEnd: (customer) => {
            meter.sample('sojourn', simulation.nowMs - (arrivedMs[customer] ?? 0));
            free.push(customer);
            meter.level('present', --present);
            meter.unit();
          },
        }),
    );
    const lengthOf = (index: number): number => {
      const station = stations[index];
      return station === undefined ? 0 : station.busy + station.queued;
    };
    const route = powerOfChoices(servers, d, lengthOf, simulation.stream('choices'));
    const serviceMs = sampler(exponential(mu), simulation.stream('service'));
    meter.level('present', 0);
    feedArrivals(simulation, renewalGaps(exponential(rate), simulation.stream('arrivals')), () => {
      const customer = free.pop() ?? customers++;
      arrivedMs[customer] = simulation.nowMs;
      const chosen = route();
      if (lengthOf(chosen) > 0) meter.count('waited');
      meter.level('present', ++present);
      stations[chosen]?.arrive(customer, serviceMs());
    });
  });
  const estimates: Estimates = [
    [/^mean_sojourn$/, (window) => window.mean('sojourn')],
    [/^mean_number_total$/, (window) => window.level('present')],
    [/^p_wait$/, (window) => window.counted('waited') / window.units],
    [/^sojourn_p(\d+)$/, (window, digits) => window.quantile('sojourn', levelOf(digits ?? 0))],
  ];
  return { kind: 'computed', figures: meter.figures(Object.keys(metrics), estimates), remark };
}

/** Of infinitely many servers: the share with at least i jobs is λ^((dⁱ − 1)/(d − 1)) (Mitzenmacher 2001). */
function limitOf({ d, mu }: z.infer<typeof limit>, names: readonly string[]): Outcome {
  const shareFrom = (jobs: number, load: number): number => load ** ((d ** jobs - 1) / (d - 1));
  const values = names.flatMap((name): [string, number][] => {
    const mean = /^limit_mean_sojourn_lambda(\d(?:\.\d+)?)$/.exec(name)?.[1];
    if (mean !== undefined) {
      const load = Number(mean);
      let sum = 0;
      for (let jobs = 1; ; jobs++) {
        const share = shareFrom(jobs, load);
        sum += share;
        if (share < 1e-18) break;
      }
      return [[name, sum / load / mu]];
    }
    const [, jobs, load] = /^limit_fraction_ge_(\d+)_lambda(\d(?:\.\d+)?)$/.exec(name) ?? [];
    return jobs === undefined ? [] : [[name, shareFrom(Number(jobs), Number(load))]];
  });
  return calculated(Object.fromEntries(values));
}

// Customers who do not stay: those who leave the queue after a while (Erlang A), and those who come back until they are served.
import { z } from 'zod';
import {
  feedArrivals,
  ImpatientStation,
  renewalGaps,
  RetrialStation,
  sampler,
  type Distribution,
} from '../../../engine/index.ts';
import type { Outcome, ValidationOptions } from '../documents.ts';
import { runMetered, type Estimates } from '../meter.ts';
import { readModel, type ReferenceCase } from '../schema.ts';
import { stabilityRemark } from '../stability.ts';
import { planRun } from '../station-run.ts';

export const abandonmentFamilies = ['queueing/abandonment'];
export const retrialFamilies = ['queueing/retrial'];

const positive = z.number().positive();
const exponential = (rate: number): Distribution => ({ kind: 'exponential', mean: 1 / rate });

const abandonment = z.object({
  lambda: positive,
  mu: positive,
  theta: positive,
  servers: z.number().int().positive(),
  tau: positive.optional(),
});

export function runAbandonment(referenceCase: ReferenceCase, options: ValidationOptions): Outcome {
  const read = readModel(abandonment, referenceCase.model.parameters);
  if ('reason' in read) return { kind: 'unsupported', reason: read.reason };
  const { lambda, mu, theta, servers, tau } = read.model;
  const plan = planRun(referenceCase, lambda, options);
  const meter = runMetered(plan, 1 / mu, (simulation, meter) => {
    const [serviceMs, patienceMs, gaps] = [
      sampler(exponential(mu), simulation.stream('service')),
      sampler(exponential(theta), simulation.stream('patience')),
      renewalGaps(exponential(lambda), simulation.stream('arrivals')),
    ];
    const arrivedMs: number[] = [];
    const free: number[] = [];
    let customers = 0;
    const waitedMs = (customer: number): number => simulation.nowMs - (arrivedMs[customer] ?? 0);
    const look = (): void => {
      meter.level('queued', station.queued);
      meter.level('busy', station.busy);
    };
    const station = new ImpatientStation(simulation, {
      name: 'station',
      servers,
      onStart: (customer) => {
        const waitMs = waitedMs(customer);
        meter.sample('wait served', waitMs);
        meter.sample('wait', waitMs);
        if (waitMs > 0) meter.count('waited');
        if (tau !== undefined && waitMs <= tau) meter.count('in time');
        meter.unit();
      },
      onAbandon: (customer) => {
        meter.sample('wait', waitedMs(customer));
        meter.count('abandoned');
        meter.count('waited');
        free.push(customer);
        look();
        meter.unit();
      },
      onEnd: (customer) => {
        free.push(customer);
        look();
      },
    });
    look();
    feedArrivals(simulation, gaps, () => {
      const customer = free.pop() ?? customers++;
      arrivedMs[customer] = simulation.nowMs;
      station.arrive(customer, serviceMs(), patienceMs());
      look();
    });
  });
  const estimates: Estimates = [
    [/^p_abandon$/, (window) => window.counted('abandoned') / window.units],
    [/^p_wait$/, (window) => window.counted('waited') / window.units],
    [/^mean_wait_all$/, (window) => window.mean('wait')],
    [/^mean_wait_served$/, (window) => window.mean('wait served')],
    [/^p_served_within_tau$/, (window) => window.counted('in time') / window.units],
    [/^mean_queue$/, (window) => window.level('queued')],
    [/^utilization$/, (window) => window.level('busy') / servers],
  ];
  return {
    kind: 'computed',
    figures: meter.figures(Object.keys(referenceCase.metrics), estimates),
  };
}

const retrial = z.object({
  lambda: positive,
  mu: positive,
  theta: positive,
  servers: z.number().int().positive().default(1),
});

export function runRetrial(referenceCase: ReferenceCase, options: ValidationOptions): Outcome {
  const read = readModel(retrial, referenceCase.model.parameters);
  if ('reason' in read) return { kind: 'unsupported', reason: read.reason };
  const { lambda, mu, theta, servers } = read.model;
  const remark = stabilityRemark(lambda / mu, servers);
  const plan = planRun(referenceCase, lambda, options);
  const meter = runMetered(plan, 1 / mu, (simulation, meter) => {
    const [serviceMs, retryMs, gaps] = [
      sampler(exponential(mu), simulation.stream('service')),
      sampler(exponential(theta), simulation.stream('retries')),
      renewalGaps(exponential(lambda), simulation.stream('arrivals')),
    ];
    const arrivedMs: number[] = [];
    const free: number[] = [];
    let customers = 0;
    const look = (): void => {
      meter.level('away', station.away);
      meter.level('nobody away', station.away === 0 ? 1 : 0);
      meter.level('busy', station.busy);
    };
    const station = new RetrialStation(simulation, {
      name: 'station',
      servers,
      retryMs: () => retryMs(),
      onStart: (customer) => {
        meter.sample('away for', simulation.nowMs - (arrivedMs[customer] ?? 0));
        look();
        meter.unit();
      },
      onEnd: (customer) => {
        free.push(customer);
        look();
      },
    });
    look();
    feedArrivals(simulation, gaps, () => {
      const customer = free.pop() ?? customers++;
      arrivedMs[customer] = simulation.nowMs;
      station.arrive(customer, serviceMs());
      look();
    });
  });
  const estimates: Estimates = [
    [/^mean_orbit$/, (window) => window.level('away')],
    [/^p_server_busy$/, (window) => window.level('busy') / servers],
    [/^mean_time_in_orbit$/, (window) => window.mean('away for')],
    [/^p_orbit_empty$/, (window) => window.level('nobody away')],
  ];
  return {
    kind: 'computed',
    figures: meter.figures(Object.keys(referenceCase.metrics), estimates),
    remark,
  };
}

// Several classes at one station, the first of which goes first: head of line, or preempting whoever is served.
import { z } from 'zod';
import {
  feedArrivals,
  meanOf,
  PriorityStation,
  renewalGaps,
  sampler,
  type Distribution,
} from '../../../engine/index.ts';
import type { Outcome, ValidationOptions } from '../documents.ts';
import { law, lawOfText } from '../laws.ts';
import { levelOf, runMetered, type Estimates } from '../meter.ts';
import { readModel, type ReferenceCase } from '../schema.ts';
import { stabilityRemark } from '../stability.ts';
import { planRun } from '../station-run.ts';

export const priorityFamilies = ['queueing/priority'];

const positive = z.number().positive();

/** A class with its service by law, or by its first two moments and perhaps the law's name. */
const customerClass = z
  .object({
    lambda: positive,
    ES: positive.optional(),
    ES2: positive.optional(),
    service: z.union([law, z.string()]).optional(),
    mu: positive.optional(),
  })
  .transform((given, context) => {
    const service = serviceOf(given);
    if (service !== null) return { lambda: given.lambda, service };
    context.addIssue({ code: 'custom', message: 'say the service: a law, mu, or ES and ES2' });
    return z.NEVER;
  });

const parameters = z.object({
  classes: z.array(customerClass).min(1),
  servers: z.number().int().positive().default(1),
  discipline: z.string().optional(),
  preemptive: z.boolean().optional(),
});

type ClassInput = {
  readonly ES?: number | undefined;
  readonly ES2?: number | undefined;
  readonly mu?: number | undefined;
  readonly service?: Distribution | string | undefined;
};

/** Of laws that are only known by two moments, mean waits depend on nothing else. */
function serviceOf({ ES: mean, ES2: square, service, mu }: ClassInput): Distribution | null {
  if (typeof service === 'object') return service;
  if (mu !== undefined) return { kind: 'exponential', mean: 1 / mu };
  const named = lawOfText(service ?? '');
  if (named !== null) return named;
  if (mean === undefined || square === undefined) return null;
  const scv = square / mean ** 2 - 1;
  if (scv < 1e-9) return { kind: 'constant', value: mean };
  return { kind: 'gamma', shape: 1 / scv, scale: mean * scv };
}

const estimates: Estimates = [
  [/^mean_wait_class(\d+)$/, (window, one) => window.mean(`wait ${one}`)],
  [/^mean_sojourn_class(\d+)$/, (window, one) => window.mean(`sojourn ${one}`)],
  [/^mean_wait_all$/, (window) => window.mean('wait')],
  [/^mean_sojourn_all$/, (window) => window.mean('sojourn')],
  [/^mean_number_class(\d+)$/, (window, one) => window.level(`present ${one}`)],
  [
    /^sojourn_p(\d+)_class(\d+)$/,
    (window, digits, one) => window.quantile(`sojourn ${one}`, levelOf(digits ?? 0)),
  ],
];

export function runPriority(referenceCase: ReferenceCase, options: ValidationOptions): Outcome {
  const { model, metrics } = referenceCase;
  const read = readModel(parameters, model.parameters);
  if ('reason' in read) return { kind: 'unsupported', reason: read.reason };
  const { classes, servers, discipline, preemptive } = read.model;
  const said = `${discipline ?? ''} ${model.text}`.toLowerCase();
  const isPreemptive =
    preemptive ?? (said.includes('preemptive') && !/non-?\s?preemptive/.test(said));
  const rate = classes.reduce((sum, { lambda }) => sum + lambda, 0);
  const offered = classes.reduce((sum, { lambda, service }) => sum + lambda * meanOf(service), 0);
  const remark = stabilityRemark(offered, servers);
  const meter = runMetered(planRun(referenceCase, rate, options), 1, (simulation, meter) => {
    const arrivedMs: number[] = [];
    const rankOf: number[] = [];
    const demandOf: number[] = [];
    const free: number[] = [];
    const present = classes.map(() => 0);
    const station = new PriorityStation(simulation, {
      name: 'station',
      servers,
      classes: classes.length,
      preemption: isPreemptive ? 'resume' : 'none',
      onEnd: (customer) => {
        const rank = rankOf[customer] ?? 0;
        const sojournMs = simulation.nowMs - (arrivedMs[customer] ?? 0);
        // Whoever is preempted waits again: all of the sojourn that is no service.
        const waitMs = Math.max(0, sojournMs - (demandOf[customer] ?? 0));
        for (const [name, value] of [
          ['wait', waitMs],
          ['sojourn', sojournMs],
        ] as const) {
          meter.sample(name, value);
          meter.sample(`${name} ${rank + 1}`, value);
        }
        present[rank] = (present[rank] ?? 0) - 1;
        meter.level(`present ${rank + 1}`, present[rank] ?? 0);
        free.push(customer);
        meter.unit();
      },
    });
    let customers = 0;
    for (const [rank, { lambda, service }] of classes.entries()) {
      const drawMs = sampler(service, simulation.stream(`service ${rank}`));
      const gapLaw: Distribution = { kind: 'exponential', mean: 1 / lambda };
      meter.level(`present ${rank + 1}`, 0);
      feedArrivals(simulation, renewalGaps(gapLaw, simulation.stream(`arrivals ${rank}`)), () => {
        const customer = free.pop() ?? customers++;
        const serviceMs = drawMs();
        arrivedMs[customer] = simulation.nowMs;
        rankOf[customer] = rank;
        demandOf[customer] = serviceMs;
        present[rank] = (present[rank] ?? 0) + 1;
        meter.level(`present ${rank + 1}`, present[rank] ?? 0);
        station.arrive(customer, serviceMs, rank);
      });
    }
  });
  return { kind: 'computed', figures: meter.figures(Object.keys(metrics), estimates), remark };
}

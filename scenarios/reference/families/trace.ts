// A published trace of arrivals and services through the stations: every wait and every departure, to the last digit.
import { z } from 'zod';
import {
  feedArrivals,
  PriorityStation,
  QueueStation,
  SharingStation,
  Simulation,
  traceGaps,
} from '../../../engine/index.ts';
import type { Outcome } from '../documents.ts';
import { calculated } from '../figures.ts';
import { readModel, type ReferenceCase } from '../schema.ts';

export const traceFamilies = ['statistics/kernel-trace'];

const trace = z
  .object({
    arrivals: z.array(z.number().min(0)).min(1),
    services: z.array(z.number().positive()),
    priorities: z.array(z.number().int()),
  })
  .refine(
    ({ arrivals, services, priorities }) =>
      services.length === arrivals.length && priorities.length === arrivals.length,
    'an arrival, a service and a priority per customer',
  );
type Trace = z.infer<typeof trace>;

const parameters = z.object({ servers: z.number().int().positive().default(2) });

/** What became of the customers, and how long the servers were at work. */
interface Played {
  readonly startMs: readonly number[];
  readonly endMs: readonly number[];
}

interface Events {
  readonly onStart: (customer: number) => void;
  readonly onEnd: (customer: number) => void;
}

type Enter = (customer: number, serviceMs: number) => void;

function play(
  { arrivals, services }: Trace,
  make: (simulation: Simulation, events: Events) => Enter,
): Played {
  const simulation = new Simulation({ seed: 'trace' });
  const [startMs, endMs]: [number[], number[]] = [[], []];
  const enter = make(simulation, {
    onStart: (customer) => (startMs[customer] = simulation.nowMs),
    onEnd: (customer) => (endMs[customer] = simulation.nowMs),
  });
  feedArrivals(simulation, traceGaps(arrivals), (customer) =>
    enter(customer, services[customer] ?? 0),
  );
  const total = services.reduce((sum, service) => sum + service, 0);
  simulation.run((arrivals.at(-1) ?? 0) + total + 1);
  return { startMs, endMs };
}

export function runTrace({ data, model }: ReferenceCase): Outcome {
  const [read, asked] = [readModel(trace, data), readModel(parameters, model.parameters)];
  if ('reason' in read) return { kind: 'unsupported', reason: read.reason };
  if ('reason' in asked) return { kind: 'unsupported', reason: asked.reason };
  const { arrivals, services, priorities } = read.model;
  const fcfs = (servers: number): Played =>
    play(read.model, (simulation, events) => {
      const station = new QueueStation(simulation, { name: 'queue', servers, ...events });
      return (customer, serviceMs) => station.arrive(customer, serviceMs);
    });
  const ranks = [...new Set(priorities)].toSorted((a, b) => a - b);
  const headOfLine = play(read.model, (simulation, events) => {
    const options = { name: 'priority', servers: 1, classes: ranks.length };
    const station = new PriorityStation(simulation, { ...options, preemption: 'none', ...events });
    return (customer, serviceMs) =>
      station.arrive(customer, serviceMs, ranks.indexOf(priorities[customer] ?? 0));
  });
  const shared = play(read.model, (simulation, events) => {
    const station = new SharingStation(simulation, { name: 'shared', cores: 1, ...events });
    return (customer, serviceMs) => station.arrive(customer, serviceMs);
  });
  const waits = ({ startMs }: Played): readonly number[] =>
    arrivals.map((atMs, customer) => (startMs[customer] ?? Number.NaN) - atMs);
  const [one, several] = [fcfs(1), fcfs(asked.model.servers)];
  const makespan = Math.max(...one.endMs);
  const stays = one.endMs.reduce(
    (sum, endMs, customer) => sum + endMs - (arrivals[customer] ?? 0),
    0,
  );
  const many = `fcfs${asked.model.servers}`;
  return calculated({
    [`${many}_waits`]: waits(several),
    [`${many}_departures`]: several.endMs,
    fcfs1_waits: waits(one),
    fcfs1_departures: one.endMs,
    priority_waits: waits(headOfLine),
    ps_departures: shared.endMs,
    fcfs1_time_avg_number: stays / makespan,
    fcfs1_makespan: makespan,
    fcfs1_busy_time: services.reduce((sum, service) => sum + service, 0),
    ps_makespan: Math.max(...shared.endMs),
  });
}

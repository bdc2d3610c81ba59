// Several stations: customers that come, pass from one to the next by chance and go (tandem and Jackson networks), and a fixed
// number of them that go round for ever (closed networks, machines and their repairers).
import { z } from 'zod';
import {
  feedArrivals,
  QueueStation,
  renewalGaps,
  sampler,
  type Distribution,
  type Simulation,
} from '../../../engine/index.ts';
import type { Outcome, ValidationOptions } from '../documents.ts';
import { levelOf, runMetered, type Estimates, type Meter } from '../meter.ts';
import { readModel, type ReferenceCase } from '../schema.ts';
import { networkRemark, type OpenNetwork } from '../stability.ts';
import { planRun } from '../station-run.ts';

export const openFamilies = ['queueing/network'];
export const closedFamilies = ['queueing/closed-network'];
export const finiteSourceFamilies = ['queueing/finite-source'];

const positive = z.number().positive();
const exponential = (rate: number): Distribution => ({ kind: 'exponential', mean: 1 / rate });
/** Cases write some numbers as text, so that they stay exact. */
const numeric = z.coerce.number().min(0);
const servers = z.array(z.number().int().positive());

interface Node {
  readonly rate: number;
  readonly servers: number;
}

const jackson = z
  .object({
    external: z.array(numeric).min(1),
    routing: z.array(z.array(numeric)),
    mu: z.array(z.coerce.number().positive()),
    servers: servers.optional(),
  })
  .refine(
    ({ external: { length }, routing, mu, servers: counts }) =>
      mu.length === length &&
      (counts === undefined || counts.length === length) &&
      routing.length === length &&
      routing.every((row) => row.length === length),
    'external, routing, mu and servers speak of the same nodes',
  )
  .transform(({ external, routing, mu, servers: counts }): OpenNetwork => ({
    external,
    routing,
    nodes: mu.map((rate, node) => ({ rate, servers: counts?.[node] ?? 1 })),
  }));

const tandem = z
  .object({ lambda: positive, mu: z.array(positive).min(1), servers: servers.optional() })
  .transform(({ lambda, mu, servers: counts }): OpenNetwork => ({
    external: mu.map((_, node) => (node === 0 ? lambda : 0)),
    routing: mu.map((_, from) => mu.map((__, to) => (to === from + 1 ? 1 : 0))),
    nodes: mu.map((rate, node) => ({ rate, servers: counts?.[node] ?? 1 })),
  }));

export function runOpenNetwork(referenceCase: ReferenceCase, options: ValidationOptions): Outcome {
  const read = readModel(z.union([jackson, tandem]), referenceCase.model.parameters);
  if ('reason' in read) return { kind: 'unsupported', reason: read.reason };
  const network = read.model;
  const total = network.external.reduce((sum, rate) => sum + rate, 0);
  const plan = planRun(referenceCase, total, options);
  const meter = runMetered(plan, 1, (simulation, meter) => playOpen(network, simulation, meter));
  const counts = network.nodes.map((node) => node.servers);
  return {
    kind: 'computed',
    figures: meter.figures(Object.keys(referenceCase.metrics), openEstimates(counts)),
    remark: networkRemark(network),
  };
}

function openEstimates(counts: readonly number[]): Estimates {
  const total = (level: (node: number) => number): number =>
    counts.reduce((sum, _, node) => sum + level(node + 1), 0);
  return [
    [/^mean_(?:sojourn|end_to_end)$/, (window) => window.mean('sojourn')],
    [/^mean_number(?:_total)?$/, (window) => total((node) => window.level(`present ${node}`))],
    [/^sojourn_var$/, (window) => window.variance('sojourn')],
    [/^sojourn_p(\d+)$/, (window, digits) => window.quantile('sojourn', levelOf(digits ?? 0))],
    [/^mean_sojourn(?:_per_visit)?_node(\d+)$/, (window, node) => window.mean(`visit ${node}`)],
    [/^mean_number_node(\d+)$/, (window, node) => window.level(`present ${node}`)],
    [/^arrival_rate_node(\d+)$/, (window, node) => window.rate(`arrived ${node}`)],
    [
      /^utilization_node(\d+)$/,
      (window, node = 1) => window.level(`busy ${node}`) / (counts[node - 1] ?? 1),
    ],
  ];
}

/** Customers have numbers that are used again; a visit's and a whole stay's beginning are kept by number. */
function playOpen(network: OpenNetwork, simulation: Simulation, meter: Meter): void {
  const beganMs: number[] = [];
  const visitMs: number[] = [];
  const free: number[] = [];
  let customers = 0;
  const draw = simulation.stream('routes');
  const go = (customer: number, from: number): void => {
    let pick = draw();
    const to = (network.routing[from] ?? []).findIndex((chance) => (pick -= chance) < 0);
    if (to >= 0) {
      visit(customer, to);
      return;
    }
    meter.sample('sojourn', simulation.nowMs - (beganMs[customer] ?? 0));
    free.push(customer);
    meter.unit();
  };
  const stations = meterStations(network.nodes, { simulation, meter }, (customer, node) => {
    meter.sample(`visit ${node + 1}`, simulation.nowMs - (visitMs[customer] ?? 0));
    go(customer, node);
  });
  const visit = (customer: number, node: number): void => {
    visitMs[customer] = simulation.nowMs;
    meter.count(`arrived ${node + 1}`);
    stations[node]?.(customer);
  };
  for (const [node, rate] of network.external.entries()) {
    if (rate === 0) continue;
    const gaps = renewalGaps(exponential(rate), simulation.stream(`arrivals ${node}`));
    feedArrivals(simulation, gaps, () => {
      const customer = free.pop() ?? customers++;
      beganMs[customer] = simulation.nowMs;
      visit(customer, node);
    });
  }
}

/** Exponential stations whose levels are metered; gives the way into each. `onEnd` comes once the levels are right. */
function meterStations(
  nodes: readonly Node[],
  { simulation, meter }: { readonly simulation: Simulation; readonly meter: Meter },
  onEnd: (customer: number, node: number) => void,
): readonly ((customer: number) => void)[] {
  return nodes.map(({ rate, servers: count }, node) => {
    const drawMs = sampler(exponential(rate), simulation.stream(`service ${node}`));
    const look = (): void => {
      meter.level(`present ${node + 1}`, station.busy + station.queued);
      meter.level(`busy ${node + 1}`, station.busy);
    };
    const station = new QueueStation(simulation, {
      name: `node ${node + 1}`,
      servers: count,
      onEnd: (customer) => {
        look();
        onEnd(customer, node);
      },
    });
    look();
    return (customer) => {
      station.arrive(customer, drawMs());
      look();
    };
  });
}

const closed = z
  .object({
    population: z.number().int().positive(),
    think_time: z.number().min(0),
    demands: z.array(positive).min(1),
    servers: servers.optional(),
  })
  .refine(
    ({ demands, servers: counts }) => counts === undefined || counts.length === demands.length,
    'servers and demands speak of the same stations',
  );

/** Everybody thinks, then visits every station in turn, then thinks again. */
export function runClosedNetwork(
  referenceCase: ReferenceCase,
  options: ValidationOptions,
): Outcome {
  const read = readModel(closed, referenceCase.model.parameters);
  if ('reason' in read) return { kind: 'unsupported', reason: read.reason };
  const { population, think_time: thinkMs, demands, servers: counts } = read.model;
  const nodes = demands.map((demand, node) => ({
    rate: 1 / demand,
    servers: counts?.[node] ?? 1,
  }));
  const plan = planRun(referenceCase, 1, options);
  const meter = runMetered(plan, demands[0] ?? 1, (simulation, meter) => {
    const drawMs =
      thinkMs === 0 ? () => 0 : sampler(exponential(1 / thinkMs), simulation.stream('thinking'));
    const beganMs: number[] = [];
    const stations = meterStations(nodes, { simulation, meter }, (customer, node) => {
      const next = stations[node + 1];
      if (next !== undefined) {
        next(customer);
        return;
      }
      meter.sample('response', simulation.nowMs - (beganMs[customer] ?? 0));
      meter.count('cycles');
      meter.unit();
      simulation.schedule(drawMs(), thought, customer);
    });
    const thought = simulation.register((customer) => {
      beganMs[customer] = simulation.nowMs;
      stations[0]?.(customer);
    }, 'thought');
    for (let customer = 0; customer < population; customer++)
      simulation.schedule(drawMs(), thought, customer);
  });
  const estimates: Estimates = [
    [/^throughput$/, (window) => window.rate('cycles')],
    [/^response_time$/, (window) => window.mean('response')],
    [/^mean_number_station(\d+)$/, (window, node) => window.level(`present ${node}`)],
    [
      /^utilization_station(\d+)$/,
      (window, node = 1) => window.level(`busy ${node}`) / (nodes[node - 1]?.servers ?? 1),
    ],
  ];
  return {
    kind: 'computed',
    figures: meter.figures(Object.keys(referenceCase.metrics), estimates),
  };
}

const machines = z.object({
  machines: z.number().int().positive(),
  repairers: z.number().int().positive(),
  lambda: positive,
  mu: positive,
});

export function runFiniteSource(referenceCase: ReferenceCase, options: ValidationOptions): Outcome {
  const read = readModel(machines, referenceCase.model.parameters);
  if ('reason' in read) return { kind: 'unsupported', reason: read.reason };
  const { machines: count, repairers, lambda, mu } = read.model;
  // What breaks down in a unit of time is at most this, and at least as much as the repairers can mend of it.
  const plan = planRun(referenceCase, Math.min(count * lambda, repairers * mu), options);
  const meter = runMetered(plan, 1 / mu, (simulation, meter) => {
    const [runMs, repairMs] = [
      sampler(exponential(lambda), simulation.stream('running')),
      sampler(exponential(mu), simulation.stream('repairs')),
    ];
    const brokeMs: number[] = [];
    const look = (): void => {
      const down = station.busy + station.queued;
      meter.level('down', down);
      meter.level('all up', down === 0 ? 1 : 0);
      meter.level('all busy', station.busy === repairers ? 1 : 0);
    };
    const station = new QueueStation(simulation, {
      name: 'repairs',
      servers: repairers,
      onEnd: (machine) => {
        look();
        meter.sample('response', simulation.nowMs - (brokeMs[machine] ?? 0));
        meter.count('repairs');
        meter.unit();
        simulation.schedule(runMs(), broken, machine);
      },
    });
    const broken = simulation.register((machine) => {
      brokeMs[machine] = simulation.nowMs;
      station.arrive(machine, repairMs());
      look();
    }, 'broken');
    look();
    for (let machine = 0; machine < count; machine++) simulation.schedule(runMs(), broken, machine);
  });
  const estimates: Estimates = [
    [/^mean_down$/, (window) => window.level('down')],
    [/^throughput$/, (window) => window.rate('repairs')],
    [/^mean_response$/, (window) => window.mean('response')],
    [/^p_all_up$/, (window) => window.level('all up')],
    [/^p_all_repairers_busy$/, (window) => window.level('all busy')],
    [/^machine_availability$/, (window) => 1 - window.level('down') / count],
  ];
  return {
    kind: 'computed',
    figures: meter.figures(Object.keys(referenceCase.metrics), estimates),
  };
}

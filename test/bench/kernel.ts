// How fast the kernel is, through its public API, beside the plain way of writing the same in JavaScript (event
// objects in an array heap). Both run in the same process, so their ratio means the same on every machine. Nothing
// is asserted: figures are for eyes and for comparison over time.
import {
  delay,
  feedArrivals,
  makeStream,
  QueueStation,
  renewalGaps,
  sampler,
  Simulation,
  type Process,
} from '../../engine/index.ts';
import { NaiveKernel } from './naive-kernel.ts';

export interface BenchResult {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
}

const handlerCount = 50;
const repetitions = 3;

/** Rate of `count` things done by `work`, the best of a few repetitions: noise only ever slows down. */
function bestRate(count: number, prepare: () => () => void): number {
  let best = 0;
  for (let repetition = 0; repetition < repetitions; repetition++) {
    const work = prepare();
    const startMs = performance.now();
    work();
    best = Math.max(best, (1000 * count) / (performance.now() - startMs));
  }
  return best;
}

/** HOLD: `pending` events, each of which schedules its successor after an exponential delay; 50 handlers. */
function holdRate(pending: number, events: number): number {
  return bestRate(events, () => {
    const simulation = new Simulation({ seed: 'hold' });
    const drawMs = sampler({ kind: 'exponential', mean: 1 }, simulation.stream('delay'));
    const handlers = Array.from({ length: handlerCount }, () => {
      const handler = simulation.register((argument) => {
        simulation.schedule(drawMs(), handler, argument);
      });
      return handler;
    });
    for (let index = 0; index < pending; index++) {
      simulation.schedule(drawMs(), handlers[index % handlerCount] ?? 0, index);
    }
    return () => void simulation.runUntil(() => simulation.eventCount >= events, 1e9);
  });
}

function naiveHoldRate(pending: number, events: number): number {
  return bestRate(events, () => {
    const kernel = new NaiveKernel();
    const drawMs = sampler({ kind: 'exponential', mean: 1 }, makeStream('hold', 0, 'delay'));
    const again = (): void => kernel.schedule(drawMs(), again);
    for (let index = 0; index < pending; index++) kernel.schedule(drawMs(), again);
    return () => kernel.runEvents(events);
  });
}

/** Steps of generator processes per second. */
function processRate(processes: number, steps: number): number {
  return bestRate(steps, () => {
    const simulation = new Simulation({ seed: 'processes' });
    const drawMs = sampler({ kind: 'exponential', mean: 1 }, simulation.stream('delay'));
    function* walk(): Process {
      for (;;) yield delay(drawMs());
    }
    for (let index = 0; index < processes; index++) simulation.spawn(walk(), 'walk');
    return () => void simulation.runUntil(() => simulation.eventCount >= steps, 1e9);
  });
}

/** Customers per second through M/M/1 at utilisation 0.8, every sojourn summed. */
function queueRate(customers: number): number {
  return bestRate(customers, () => {
    const simulation = new Simulation({ seed: 'mm1' });
    const arrivedMs = new Float64Array(customers);
    let served = 0;
    let sojournMs = 0;
    const station = new QueueStation(simulation, {
      name: 'queue',
      servers: 1,
      onEnd: (customer) => {
        sojournMs += simulation.nowMs - (arrivedMs[customer] ?? 0);
        served++;
      },
    });
    const drawMs = sampler({ kind: 'exponential', mean: 1 }, simulation.stream('service'));
    const gaps = renewalGaps({ kind: 'exponential', mean: 1.25 }, simulation.stream('arrivals'));
    feedArrivals(simulation, gaps, (customer) => {
      arrivedMs[customer] = simulation.nowMs;
      station.arrive(customer, drawMs());
    });
    return () => {
      simulation.runUntil(() => served >= customers, 1e9);
      if (!(sojournMs / served > 1)) throw new Error('a queue at utilisation 0.8 has sojourns');
    };
  });
}

function naiveQueueRate(customers: number): number {
  return bestRate(customers, () => {
    const kernel = new NaiveKernel();
    const gapMs = sampler({ kind: 'exponential', mean: 1.25 }, makeStream('mm1', 0, 'arrivals'));
    const serviceMs = sampler({ kind: 'exponential', mean: 1 }, makeStream('mm1', 0, 'service'));
    const queue: { arrivedMs: number }[] = [];
    let sojournMs = 0;
    const end = (): void => {
      const customer = queue.shift();
      sojournMs += kernel.nowMs - (customer?.arrivedMs ?? 0);
      if (queue.length > 0) kernel.schedule(serviceMs(), end);
    };
    const arrive = (): void => {
      queue.push({ arrivedMs: kernel.nowMs });
      if (queue.length === 1) kernel.schedule(serviceMs(), end);
      kernel.schedule(gapMs(), arrive);
    };
    kernel.schedule(gapMs(), arrive);
    return () => {
      kernel.runEvents(2 * customers);
      if (!(sojournMs > 0)) throw new Error('a queue at utilisation 0.8 has sojourns');
    };
  });
}

/** All figures; a few seconds on one core. */
export async function benchKernel(): Promise<BenchResult[]> {
  const figures: BenchResult[] = [];
  const compare = (name: string, unit: string, own: number, naive: number): void => {
    figures.push({ name, value: Math.round(own), unit });
    figures.push({ name: `${name}, naive heap of objects`, value: Math.round(naive), unit });
    figures.push({
      name: `${name}, ratio`,
      value: Number((own / naive).toFixed(2)),
      unit: 'times',
    });
  };
  compare('hold, 1e3 pending', 'events/s', holdRate(1e3, 3e6), naiveHoldRate(1e3, 2e6));
  compare('hold, 1e5 pending', 'events/s', holdRate(1e5, 2e6), naiveHoldRate(1e5, 6e5));
  compare('M/M/1 at 0.8', 'customers/s', queueRate(1e6), naiveQueueRate(1e6));
  for (const processes of [1e3, 1e5]) {
    const value = Math.round(processRate(processes, 1.5e6));
    figures.push({ name: `generator steps, ${processes} processes`, value, unit: 'steps/s' });
  }
  return figures;
}

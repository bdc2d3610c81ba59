// One piece of work on the kernel, in a process of its own, so that nothing that was compiled for another one stands in its way.
// Prints the rate. `node test/bench/kernel-work.ts <work> <size> <count>`.
import {
  delay,
  feedArrivals,
  QueueStation,
  renewalGaps,
  sampler,
  Simulation,
  type Process,
} from '../../engine/index.ts';
import { EventList } from '../../engine/event-list.ts';

const handlerCount = 50;

/** Rate of `count` things that `work` does. */
function rateOf(count: number, work: () => void): number {
  const startMs = performance.now();
  work();
  return (1_000 * count) / (performance.now() - startMs);
}

/** `pending` events, each of which schedules its successor after an exponential delay; 50 handlers. */
function hold(pending: number, events: number): number {
  const limits = { events: Number.MAX_SAFE_INTEGER, pendingEvents: 2 ** 22 };
  const simulation = new Simulation({ seed: 'hold', limits });
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
  const untilMs = events / pending;
  // A first stretch, so that what is measured is the steady state of code and list.
  simulation.run(untilMs / 10);
  const before = simulation.eventCount;
  const startMs = performance.now();
  simulation.run(1.1 * untilMs);
  return (1_000 * (simulation.eventCount - before)) / (performance.now() - startMs);
}

/** Steps of generator processes. */
function processes(count: number, steps: number): number {
  const simulation = new Simulation({ seed: 'processes' });
  const drawMs = sampler({ kind: 'exponential', mean: 1 }, simulation.stream('delay'));
  function* walk(): Process {
    for (;;) yield delay(drawMs());
  }
  for (let index = 0; index < count; index++) simulation.spawn(walk(), 'walk');
  const untilMs = steps / count;
  simulation.run(untilMs / 10);
  const before = simulation.eventCount;
  const startMs = performance.now();
  simulation.run(1.1 * untilMs);
  return (1_000 * (simulation.eventCount - before)) / (performance.now() - startMs);
}

/** M/M/c at 0.9 through the public interface, the sojourn of every customer kept. */
function queue(servers: number, customers: number): number {
  const simulation = new Simulation({ seed: 'queue' });
  const arrivedMs = new Float64Array(customers);
  const sojournMs = new Float64Array(customers);
  let served = 0;
  const station = new QueueStation(simulation, {
    name: 'queue',
    servers,
    onEnd: (customer) => {
      sojournMs[served++] = simulation.nowMs - (arrivedMs[customer] ?? 0);
    },
  });
  const drawMs = sampler({ kind: 'exponential', mean: 1 }, simulation.stream('service'));
  const gapLaw = { kind: 'exponential', mean: 1 / (0.9 * servers) } as const;
  feedArrivals(simulation, renewalGaps(gapLaw, simulation.stream('arrivals')), (index) => {
    const customer = index % customers;
    arrivedMs[customer] = simulation.nowMs;
    station.arrive(customer, drawMs());
  });
  const { simulatedMs } = simulation.limits;
  const rate = rateOf(customers, () => simulation.runUntil(() => served >= customers, simulatedMs));
  const mean = sojournMs.reduce((sum, one) => sum + one, 0) / customers;
  if (!(mean > 1)) throw new Error('nobody leaves sooner than served');
  return rate;
}

/** The same by hand: the event list, a ring of those who wait, and nothing else. */
function tightQueue(servers: number, customers: number): number {
  const simulation = new Simulation({ seed: 'queue' });
  const serviceMs = sampler({ kind: 'exponential', mean: 1 }, simulation.stream('service'));
  const gapMs = sampler(
    { kind: 'exponential', mean: 1 / (0.9 * servers) },
    simulation.stream('arrivals'),
  );
  const events = new EventList();
  const arrivedMs = new Float64Array(customers);
  const sojournMs = new Float64Array(customers);
  const ring = new Int32Array(1 << 20);
  // Slot of the arrivals; each server has the one of its number, and serves whom it says.
  const arrival = servers;
  const serving = new Int32Array(servers);
  const idle = Array.from({ length: servers }, (_, server) => server);
  let [head, tail, sequence, come, served] = [0, 0, 0, 0, 0];
  const start = (nowMs: number, server: number, customer: number): void => {
    serving[server] = customer;
    events.push(nowMs + serviceMs(), sequence++, server);
  };
  return rateOf(customers, () => {
    events.push(gapMs(), sequence++, arrival);
    while (served < customers) {
      const slot = events.takeFirst();
      const nowMs = events.timeOf(slot);
      if (slot === arrival) {
        const customer = come++ % customers;
        arrivedMs[customer] = nowMs;
        const server = idle.pop();
        if (server === undefined) ring[tail++ & (ring.length - 1)] = customer;
        else start(nowMs, server, customer);
        events.push(nowMs + gapMs(), sequence++, arrival);
        continue;
      }
      sojournMs[served++] = nowMs - (arrivedMs[serving[slot] ?? 0] ?? 0);
      if (head === tail) idle.push(slot);
      else start(nowMs, slot, ring[head++ & (ring.length - 1)] ?? 0);
    }
  });
}

/** Bytes per pending event, all of them in typed arrays: of the whole process, at a capacity that is a power of two. */
function memory(pending: number): number {
  globalThis.gc?.();
  const before = process.memoryUsage().arrayBuffers;
  const simulation = new Simulation({ seed: 'memory', limits: { pendingEvents: 2 ** 22 } });
  const handler = simulation.register(() => undefined, 'none');
  const drawMs = sampler({ kind: 'exponential', mean: 1 }, simulation.stream('delay'));
  for (let index = 0; index < pending; index++) simulation.schedule(drawMs(), handler, index);
  // One event, so that everything was dealt once.
  simulation.run(1e-9);
  globalThis.gc?.();
  return (process.memoryUsage().arrayBuffers - before) / pending;
}

/** Megabytes of heap after so many events of a hold model. */
function heap(pending: number, events: number): number {
  hold(pending, events);
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return (heapUsed + arrayBuffers) / 1e6;
}

const work: Readonly<Record<string, (size: number, count: number) => number>> = {
  hold,
  processes,
  queue,
  'tight-queue': tightQueue,
  memory,
  heap,
};

const [name = '', size = '', count = ''] = process.argv.slice(2);
const chosen = work[name];
if (chosen === undefined)
  throw new Error(`no work is called "${name}": ${Object.keys(work).join(', ')}`);
process.stdout.write(`${chosen(Number(size), Number(count))}\n`);

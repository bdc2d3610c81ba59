// The plain way in JavaScript, in a process of its own. Prints the rate. `node test/bench/naive-work.ts <work> <size> <count>`.
import { makeStream, sampler } from '../../engine/index.ts';
import { NaiveKernel } from './naive-kernel.ts';

function rateOf(count: number, work: () => void): number {
  const startMs = performance.now();
  work();
  return (1_000 * count) / (performance.now() - startMs);
}

function hold(pending: number, events: number): number {
  const kernel = new NaiveKernel();
  const drawMs = sampler({ kind: 'exponential', mean: 1 }, makeStream('hold', 0, 'delay'));
  const again = (): void => kernel.schedule(drawMs(), again);
  for (let index = 0; index < pending; index++) kernel.schedule(drawMs(), again);
  return rateOf(events, () => kernel.runEvents(events));
}

/** M/M/1 at 0.9. */
function queue(servers: number, customers: number): number {
  if (servers !== 1) throw new Error('the plain way has one server');
  const kernel = new NaiveKernel();
  const gapMs = sampler({ kind: 'exponential', mean: 1 / 0.9 }, makeStream('queue', 0, 'arrivals'));
  const serviceMs = sampler({ kind: 'exponential', mean: 1 }, makeStream('queue', 0, 'service'));
  const waiting: { arrivedMs: number }[] = [];
  const sojournsMs: number[] = [];
  const end = (): void => {
    const customer = waiting.shift();
    sojournsMs.push(kernel.nowMs - (customer?.arrivedMs ?? 0));
    if (waiting.length > 0) kernel.schedule(serviceMs(), end);
  };
  const arrive = (): void => {
    waiting.push({ arrivedMs: kernel.nowMs });
    if (waiting.length === 1) kernel.schedule(serviceMs(), end);
    kernel.schedule(gapMs(), arrive);
  };
  kernel.schedule(gapMs(), arrive);
  return rateOf(customers, () => kernel.runEvents(2 * customers));
}

const [name, size = '', count = ''] = process.argv.slice(2);
const work = name === 'hold' ? hold : queue;
process.stdout.write(`${work(Number(size), Number(count))}\n`);

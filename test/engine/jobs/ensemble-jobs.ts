// Functions that the ensemble tests run, in this thread or on workers: a small simulation, a failure, a spinner.
import {
  feedArrivals,
  poissonGaps,
  QueueStation,
  sampler,
  Simulation,
} from '../../../engine/index.ts';
import { UserError } from '../../../engine/failure.ts';

export interface QueueInput {
  readonly seed: string;
  readonly replication: number;
}

/** A short M/M/1 run. */
export function runQueue({ seed, replication }: QueueInput): {
  served: number;
  fingerprint: string;
} {
  const simulation = new Simulation({ seed, replication });
  let served = 0;
  const station = new QueueStation(simulation, { name: 'q', servers: 1, onEnd: () => served++ });
  const draw = sampler({ kind: 'exponential', mean: 1 }, simulation.stream('service'));
  const gaps = poissonGaps(800, simulation.stream('arrivals'));
  feedArrivals(simulation, gaps, (index) => station.arrive(index, draw()));
  simulation.run(200 * (1 + (replication % 3)));
  return { served, fingerprint: simulation.fingerprint() };
}

/** Fails for one input. */
export async function failAtThree(input: number): Promise<number> {
  if (input === 3) throw new Error('three is right out');
  return input;
}

/** Finds its input to be a mistake of the user's. */
export function refuse(input: string): never {
  throw new UserError('refused', { message: `no ${input} here`, remedy: 'look elsewhere' });
}

/** Keeps a thread busy for longer than any test waits. */
export function spin(steps: number): number {
  let sum = 0;
  for (let step = 0; step < steps; step++) sum = (sum * 31 + step) % 1_000_003;
  return sum;
}

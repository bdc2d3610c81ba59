// A job for the bench of ensembles: a hold model, long enough that starting it is nothing beside it.
import { sampler, Simulation } from '../../engine/index.ts';

/**
 * Plays one replication; gives its fingerprint.
 * @public
 */
export function holdOnce(replication: number): string {
  const simulation = new Simulation({ seed: 'ensemble', replication });
  const drawMs = sampler({ kind: 'exponential', mean: 1 }, simulation.stream('delay'));
  const handler = simulation.register((argument) => {
    simulation.schedule(drawMs(), handler, argument);
  });
  for (let index = 0; index < 1_000; index++) simulation.schedule(drawMs(), handler, index);
  simulation.run(1_000);
  return simulation.fingerprint();
}

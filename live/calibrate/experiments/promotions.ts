// The experiment on promotions: real ones, back and forth, by the executor's own steps. Each is an observation of every
// step, so each is a repetition of its own.
import { parameterPaths } from '../../../twin/parameters.ts';
import type { Experiment } from '../experiment.ts';
import { stepParametersOf } from '../step-parameters.ts';

/** One promotion with its rest, and the start and end of the load that every two of them share. */
const perPromotionMs = 2_500;

const stepPaths = parameterPaths.filter((path) => path.startsWith('promote.'));

export const promotions: Experiment = {
  id: 'promotions',
  method: ({ promotions: count }) => `${count} promotions under a light load`,
  parameters: stepPaths,
  needed: ({ shard }) => (shard.replicas.length === 0 ? [] : stepPaths),
  because: ({ shard }) =>
    shard.replicas.length === 0
      ? `shard ${shard.id} has no standby that could be promoted`
      : `shard ${shard.id} has ${shard.replicas.length} standby(s) that can be promoted`,
  durationMs: ({ promotions: count }) => count * perPromotionMs,
  run: async ({ effort, practise, onProgress }) => {
    if (effort.promotions === 0) return {};
    onProgress(`${effort.promotions} promotions back and forth`);
    return stepParametersOf('promote', await practise(effort.promotions));
  },
};

// The experiment on promotions: real ones, back and forth, by the executor's own steps. Each is an observation of every
// step, so each is a repetition of its own.
import { UserError } from '../../../engine/failure.ts';
import { parameterKinds, parameterPaths, type ParameterPath } from '../../../twin/parameters.ts';
import type { Experiment, Measured, PractisedStep } from '../experiment.ts';
import { summariseRepetitions } from '../repetitions.ts';

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
    return stepParametersOf(await practise(effort.promotions));
  },
};

/** The parameters of the steps of promotions. Throws UserError('missing') for a step that the model does not know. */
export function stepParametersOf(practised: readonly (readonly PractisedStep[])[]): Measured {
  const observed = new Map<ParameterPath, PractisedStep[]>();
  for (const step of practised.flat()) {
    const path = `promote.${step.step.replace(/^\d+-/, '')}Ms`;
    if (!isParameterPath(path)) {
      throw new UserError('missing', {
        message: `there is no step of a promotion "${step.step}" to calibrate`,
      });
    }
    observed.set(path, [...(observed.get(path) ?? []), step]);
  }
  return Object.fromEntries(
    Array.from(observed, ([path, steps]) => {
      const durations = steps.map(({ durationMs }) => [durationMs]);
      const loads = steps.flatMap(({ requestsPerSec }) => requestsPerSec ?? []);
      return [path, summariseRepetitions(durations, loads)];
    }),
  );
}

function isParameterPath(path: string): path is ParameterPath {
  return Object.hasOwn(parameterKinds, path);
}

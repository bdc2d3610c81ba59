// From steps that were really done to the parameters of their durations: each promotion or failover is one observation of
// every step of it, and so a repetition of its own.
import { UserError } from '../../engine/failure.ts';
import { parameterKinds, type ParameterPath } from '../../twin/parameters.ts';
import type { Measured, PractisedStep } from './experiment.ts';
import { summariseRepetitions } from './repetitions.ts';

/** The parameters `<family>.<step>Ms`. Throws UserError('missing') for a step that the model does not know. */
export function stepParametersOf(
  family: 'promote' | 'failover' | 'rebuild' | 'copy-tenant',
  practised: readonly (readonly PractisedStep[])[],
): Measured {
  const observed = new Map<ParameterPath, PractisedStep[]>();
  for (const step of practised.flat()) {
    const path = `${family}.${step.step.replace(/^\d+-/, '')}Ms`;
    if (!isParameterPath(path)) {
      throw new UserError('missing', {
        message: `the model knows no parameter ${path} for the step "${step.step}"`,
      });
    }
    observed.set(path, [...(observed.get(path) ?? []), step]);
  }
  return Object.fromEntries(
    Array.from(observed, ([path, steps]) => {
      const durations = steps.map(({ durationMs }) => [durationMs]);
      const loads = steps.flatMap(({ wakeUpsPerSec }) => wakeUpsPerSec ?? []);
      return [path, summariseRepetitions(durations, loads)];
    }),
  );
}

function isParameterPath(path: string): path is ParameterPath {
  return Object.hasOwn(parameterKinds, path);
}

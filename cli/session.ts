// What several commands do with their session: state that is closed whatever happens, progress of a simulation.
import type { PredictOptions } from '../live/operations/predict.ts';
import type { StepEvent } from '../twin/measurement.ts';
import type { State } from '../live/store/state.ts';
import type { Session } from './command.ts';

/** Works with an open state and closes it. */
export async function withState<T>(state: State, work: (state: State) => Promise<T>): Promise<T> {
  try {
    return await work(state);
  } finally {
    await state.close();
  }
}

/** Ctrl-C and a status line for a simulation. */
export function predictionProgress({ signal, terminal }: Session): PredictOptions {
  return {
    signal,
    onProgress: (done, of) => terminal.status(`simulating: ${done} of ${of} runs`),
  };
}

/** Ctrl-C and a line per step for an execution. */
export function stepProgress({ signal, terminal }: Session): {
  readonly signal: AbortSignal;
  readonly onEvent: (event: StepEvent) => void;
} {
  return {
    signal,
    onEvent: ({ step, state, atMs }) => {
      const line = `${(atMs / 1_000).toFixed(3)} s  ${step} ${state}`;
      if (state === 'started') terminal.status(line);
      else terminal.step(line);
    },
  };
}

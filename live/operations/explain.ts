// Explains the width of a scenario's forecasts on this machine's processors, with the experiments that this estate has.
import { threadRunner } from '../../engine/ensemble/threads.ts';
import { explain, type ExplainInput, type ExplainOptions } from '../../scenarios/explain.ts';
import type { Explanation } from '../../twin/explanation.ts';
import { experimentsOf } from './calibrate-estate.ts';

export interface ExplainRequest extends Omit<ExplainInput, 'experiments'> {
  readonly workers: number;
}

/** The digest does not depend on the number of workers. Rejects with the signal's reason when aborted. */
export async function explainForecasts(
  { workers, ...input }: ExplainRequest,
  options: Omit<ExplainOptions, 'runner'> = {},
): Promise<Explanation> {
  await using runner = threadRunner(workers);
  const experiments = experimentsOf(input.estate);
  return await explain({ ...input, experiments }, { ...options, runner });
}

// What a prediction that is on record was made from, so that it can be made again.
import { z } from 'zod';
import type { ReplicationInput } from '../../scenarios/replication.ts';
import type { Scenario } from '../../scenarios/scenario.ts';
import type { Calibration } from '../../twin/estate/calibration.ts';
import type { Estate } from '../../twin/estate/estate.ts';
import { loadPlan } from '../governance/plans.ts';
import type { State } from '../store/state.ts';

const seedSchema = z.looseObject({ seed: z.string() });

/** Whether a word is the id of a plan or of a run, and not the name of a scenario. */
export function isRecordedId(word: string): boolean {
  return word.startsWith('plan-') || /^\d{8}T\d{6}-[0-9a-f]{8}$/.test(word);
}

/**
 * The documents of a plan, by its id or the beginning of it, or of a run. Their shapes were checked when they were recorded,
 * and they are the same bytes. UserError `missing` for a plan or a run that is not on record, `state` for a changed file.
 */
export async function predictedFrom(
  state: State,
  id: string,
): Promise<Pick<ReplicationInput, 'scenario' | 'estate' | 'calibration' | 'seed'>> {
  const run = id.startsWith('plan-') ? (await loadPlan(state, id)).standing.run : id;
  const recorded = (await state.runs.list()).find((one) => one.id === run);
  const hasCalibration = recorded?.files['calibration.json'] !== undefined;
  const { seed } = seedSchema.parse(await state.runs.readDocument(run, 'prediction.json'));
  return {
    scenario: (await state.runs.readDocument(run, 'scenario.json')) as Scenario,
    estate: (await state.runs.readDocument(run, 'estate.json')) as Estate,
    calibration: hasCalibration
      ? ((await state.runs.readDocument(run, 'calibration.json')) as Calibration)
      : null,
    seed,
  };
}

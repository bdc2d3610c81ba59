// A lab together with the shard map of its state directory. A fresh lab is led by its declared primaries, whatever an
// earlier one on the same state came to; a map that went on naming the old leader would refuse every execution.
import { UserError } from '../../engine/failure.ts';
import type { Estate } from '../../twin/estate/estate.ts';
import { labUp, type LabOptions } from '../lab/lab.ts';
import type { LabInfo } from '../lab/lab-info.ts';
import { openState, type State, type StateOptions } from '../store/state.ts';

/** Like `labUp`; where there is a state (its keys in `keys`), its map then names this lab's primaries, at a newer epoch. */
export async function startLab(
  estate: Estate,
  options: LabOptions,
  keys: Pick<StateOptions, 'configDirectory'> = {},
): Promise<LabInfo> {
  // Opened first: a state that cannot be read is told before any server starts.
  const state = await existingState(options.stateDir, keys);
  try {
    const lab = await labUp(estate, options);
    if (state !== null) await assignDeclared(state, estate);
    return lab;
  } finally {
    await state?.close();
  }
}

async function existingState(
  directory: string,
  keys: Pick<StateOptions, 'configDirectory'>,
): Promise<State | null> {
  try {
    return await openState(directory, { ...keys, mustExist: true });
  } catch (error) {
    if (error instanceof UserError && error.code === 'missing') return null;
    throw error;
  }
}

/** A shard that was never assigned stays so: its first switch begins the map. */
async function assignDeclared({ shardMap }: State, { fleets }: Estate): Promise<void> {
  for (const { id, primary } of fleets.flatMap(({ shards }) => shards)) {
    const assigned = await shardMap.get(id);
    if (assigned === undefined || assigned.primary === primary.id) continue;
    await shardMap.switch(id, primary.id, assigned.epoch + 1);
  }
}

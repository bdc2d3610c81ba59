// A lab together with the shard map of its state directory. A fresh lab is led by its declared primaries, whatever an
// earlier one on the same state came to; a map that went on naming the old leader would refuse every execution.
import { UserError } from '../../engine/failure.ts';
import type { Estate } from '../../twin/estate/estate.ts';
import { labUp, type LabOptions } from '../lab/lab.ts';
import type { LabInfo } from '../lab/lab-info.ts';
import { openState, type State } from '../store/state.ts';

/** Like `labUp`; where there is a state, its map then names the primaries of this lab, at a newer epoch. */
export async function startLab(estate: Estate, options: LabOptions): Promise<LabInfo> {
  // Opened first: a state that cannot be read is told before any server starts.
  const state = await existingState(options.stateDir);
  try {
    const lab = await labUp(estate, options);
    if (state !== null) await assignDeclared(state, estate);
    return lab;
  } finally {
    await state?.close();
  }
}

async function existingState(directory: string): Promise<State | null> {
  try {
    return await openState(directory, { mustExist: true });
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

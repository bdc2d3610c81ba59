// Looks at the standbys of a run at a steady pace, as an observer of a real primary does, and keeps what it sees. When in
// each period it looks is chance: a real observer begins at no particular moment of the load and drifts against it.
import { makeHashUniform } from '../../engine/random.ts';
import type { Simulation } from '../../engine/simulation.ts';
import { shardsInUse } from '../estate/estate.ts';
import { lagPositions, lagSampleEveryMs, type LagPosition, type LagSample } from '../lag.ts';
import type { Trace } from '../trace.ts';
import type { ParameterSet } from './parameter-set.ts';
import type { Platform } from './platform.ts';

interface Watched {
  readonly platform: Platform;
  readonly parameters: ParameterSet;
  readonly trace: Trace;
  readonly seed: string;
  readonly replication: number;
}

/** The list that grows while the simulation runs, until the trace's horizon. */
export function watchLags(watched: Watched, simulation: Simulation): readonly LagSample[] {
  const samples: LagSample[] = [];
  const besideMs = makeBesides(watched);
  const momentOf = makeHashUniform(watched.seed, `lag-look/${watched.replication}`);
  const dueMs = (look: number): number => (look + momentOf(look)) * lagSampleEveryMs;
  // A shard that nobody is on writes nothing that its standbys could lack.
  const { fleet, shards } = watched.platform;
  const used = shardsInUse(fleet);
  const inUse = shards.filter(({ shard }) => used.includes(shard));
  const handler = simulation.register((look) => {
    for (const { replication } of inUse) {
      samples.push(...replication.lags((position) => besideMs(position, look)));
    }
    const next = dueMs(look + 1);
    if (next < watched.trace.horizonMs) {
      simulation.schedule(Math.max(0, next - simulation.nowMs), handler, look + 1);
    }
  }, 'look at standbys');
  simulation.schedule(dueMs(0), handler, 0);
  return samples;
}

/**
 * What a confirmation takes beyond the model's own reckoning, look by look: the calibrated lag less one flush of a standby,
 * where that is in it.
 */
function makeBesides({
  parameters,
  seed,
  replication,
}: Watched): (position: LagPosition, look: number) => number {
  const uniform = makeHashUniform(seed, `lag/${replication}`);
  const flushMs = parameters.draw('standby.flushMs', 0.5);
  return (position, look) => {
    const u = uniform(look * lagPositions.length + lagPositions.indexOf(position));
    const modelledMs = position === 'written' ? 0 : flushMs;
    return Math.max(0, parameters.draw(`lag.${position}Ms`, u) - modelledMs);
  };
}

// Real servers for the cases of a campaign: a lab of their own for each case, and for each repetition where something is
// done to them. Nobody approves what is done here, and nobody resumes it: these servers hold nothing and are thrown away.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { playTimeline } from '../../scenarios/timeline.ts';
import { actionsOf } from '../../scenarios/scenario.ts';
import { stepsOf } from '../../twin/actions/index.ts';
import type { Estate, Fleet, Shard } from '../../twin/estate/estate.ts';
import type { Measurement } from '../../twin/measurement.ts';
import { onlyFleet } from '../../twin/model/platform.ts';
import { writeTrace } from '../../twin/trace.ts';
import { assert } from '../../engine/failure.ts';
import { PracticeJournal, practiceMap } from '../executor/practice-store.ts';
import { foreignCoresSince, markCpu } from '../host.ts';
import { labDown, labUp } from '../lab/lab.ts';
import type { LabInfo } from '../lab/lab-info.ts';
import { LiveWorld } from '../live-world.ts';
import { calibrateEstate } from '../operations/calibrate-estate.ts';
import { openState } from '../store/state.ts';
import type { PlayOrder, Stage } from './stage.ts';

/** How long the machine is watched before it is called quiet. */
const watchMs = 1_000;

/** The map of fresh servers: nobody was promoted yet. */
const firstEpoch = 1;

/** Where a lab is while a case is played. */
const servers = 'servers';

export const labStage: Stage = {
  async calibrate(estate, place) {
    try {
      return await calibrateEstate(await up(estate, place), estate, place);
    } finally {
      await down(place.directory);
    }
  },

  async *play(order) {
    const traceFile = join(order.directory, 'trace.bin');
    await writeFile(traceFile, writeTrace(order.trace));
    const numbers = Array.from({ length: order.drawn.repetitions }, (_, index) => index + 1);
    const servings = order.drawn.freshServers ? numbers.map((one) => [one]) : [numbers];
    for (const repetitions of servings) yield* playOnLab(order, traceFile, repetitions);
  },

  async foreignCores(signal) {
    const mark = markCpu(process.pid);
    await sleep(watchMs, undefined, { signal });
    // This process stands above everything of ours, so its own time is in the tree already.
    return mark === null ? null : foreignCoresSince(mark, process.pid, { user: 0, system: 0 });
  },
};

type LabPlace = Pick<PlayOrder, 'directory' | 'signal' | 'onProgress'>;

/** A lab that ends with this process, however that ends. */
function up(estate: Estate, { directory, signal, onProgress }: LabPlace): Promise<LabInfo> {
  const stateDir = join(directory, servers);
  return labUp(estate, { stateDir, lifeline: 'stdin', signal, onProgress });
}

async function down(directory: string): Promise<void> {
  const stateDir = join(directory, servers);
  await labDown(stateDir);
  await rm(stateDir, { recursive: true, force: true });
}

async function* playOnLab(
  order: PlayOrder,
  traceFile: string,
  repetitions: readonly number[],
): AsyncGenerator<Measurement, void> {
  const { drawn, directory, onProgress } = order;
  try {
    const lab = await up(drawn.estate, order);
    for (const repetition of repetitions) {
      onProgress(`repetition ${repetition} of ${drawn.repetitions}`);
      yield await playOnce(order, { lab, traceFile, repetition });
    }
  } finally {
    await down(directory);
  }
}

/** One repetition on running servers, through the same loop and the same drivers as an approved plan. */
async function playOnce(
  { drawn, trace, directory, signal }: PlayOrder,
  { lab, traceFile, repetition }: { lab: LabInfo; traceFile: string; repetition: number },
): Promise<Measurement> {
  const { estate, scenario } = drawn;
  const fleet = onlyFleet(estate);
  const shard = firstShard(fleet);
  const run = `${drawn.id}-run-${repetition}`;
  const temporary = await mkdtemp(join(tmpdir(), 'premortem-prove-'));
  // Thrown away afterwards; its ledger makes journal entries as durable, and as slow, as those of a plan.
  const state = await openState(join(temporary, 'state'), {
    configDirectory: join(temporary, 'keys'),
  });
  try {
    const shardMap = await practiceMap(state, shard.id, shard.primary.id);
    const steps = actionsOf(scenario).flatMap((action) => stepsOf(action, estate, firstEpoch));
    const world = await LiveWorld.open({
      lab,
      estate,
      fleet,
      shard: shard.id,
      run,
      trace,
      traceFile,
      outDirectory: join(directory, `run-${repetition}`),
      shardMap,
      warmupMs: scenario.warmupMs,
      journal: new PracticeJournal(
        state,
        run,
        steps.map(({ id }) => id),
      ),
      stepsOf: (action) => stepsOf(action, estate, firstEpoch),
      signal,
    });
    try {
      return await playTimeline(world, scenario);
    } finally {
      await world.close();
    }
  } finally {
    await state.close();
    await rm(temporary, { recursive: true, force: true });
  }
}

function firstShard({ shards }: Fleet): Shard {
  const [shard] = shards;
  assert(shard !== undefined && shards.length === 1, 'a case is played on one shard');
  return shard;
}

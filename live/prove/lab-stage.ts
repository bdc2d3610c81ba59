// Real servers for the cases of a campaign: a lab of their own for each case, and for each repetition where something is
// done to them. Nobody approves what is done here, and nobody resumes it: these servers hold nothing and are thrown away.
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { playTimeline } from '../../scenarios/timeline.ts';
import { onlyShard } from '../../scenarios/campaign/kinds/platform.ts';
import { actionsOf, faultsOf } from '../../scenarios/scenario.ts';
import { stepsOf } from '../../twin/actions/index.ts';
import type { Estate } from '../../twin/estate/estate.ts';
import type { Measurement } from '../../twin/measurement.ts';
import { onlyFleet } from '../../twin/model/platform.ts';
import { writeTrace } from '../../twin/trace.ts';
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

/** A campaign calibrates once for all its cases, with more commit modes in one load than others: it takes its time. */
const campaignEffort = { horizonMs: 12_000 };

/** The map of fresh servers: nobody was promoted yet. */
const firstEpoch = 1;

/** `serversDirectory`: where the lab is, one after the other; nobody else uses it. */
export function labStage(serversDirectory: string): Stage {
  const servers = new Servers(serversDirectory);
  return {
    async calibrate(estate, place) {
      try {
        const lab = await servers.up(estate, place);
        return await calibrateEstate(lab, estate, { ...place, effort: campaignEffort });
      } finally {
        await servers.down();
      }
    },

    async *play(order) {
      await writeFile(traceFileOf(order.directory), writeTrace(order.trace));
      const numbers = Array.from({ length: order.drawn.repetitions }, (_, index) => index + 1);
      const servings = order.drawn.freshServers ? numbers.map((one) => [one]) : [numbers];
      for (const repetitions of servings) yield* playOnLab(order, servers, repetitions);
    },

    async foreignCores(signal) {
      const mark = markCpu(process.pid);
      await sleep(watchMs, undefined, { signal });
      // This process stands above everything of ours, so its own time is in the tree already.
      return mark === null ? null : foreignCoresSince(mark, process.pid, { user: 0, system: 0 });
    },
  };
}

type LabPlace = Pick<PlayOrder, 'signal' | 'onProgress'>;

class Servers {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** A lab that ends with this process, however that ends. One that a killed campaign left is taken down first. */
  async up(estate: Estate, { signal, onProgress }: LabPlace): Promise<LabInfo> {
    await labDown(this.#directory);
    return labUp(estate, { stateDir: this.#directory, lifeline: 'stdin', signal, onProgress });
  }

  async down(): Promise<void> {
    await labDown(this.#directory);
    await rm(this.#directory, { recursive: true, force: true });
  }
}

async function* playOnLab(
  order: PlayOrder,
  servers: Servers,
  repetitions: readonly number[],
): AsyncGenerator<Measurement, void> {
  const { drawn, onProgress } = order;
  try {
    const lab = await servers.up(drawn.estate, order);
    for (const repetition of repetitions) {
      onProgress(`repetition ${repetition} of ${drawn.repetitions}`);
      yield await playOnce(order, { lab, repetition });
    }
  } finally {
    await servers.down();
  }
}

/** One repetition on running servers, through the same loop and the same drivers as an approved plan. */
async function playOnce(
  { drawn, trace, directory, signal }: PlayOrder,
  { lab, repetition }: { lab: LabInfo; repetition: number },
): Promise<Measurement> {
  const { estate, scenario } = drawn;
  const fleet = onlyFleet(estate);
  const shard = onlyShard(estate);
  const run = `${drawn.id}-run-${repetition}`;
  const practice = join(directory, `practice-${repetition}`);
  // Thrown away afterwards; its ledger makes journal entries as durable, and as slow, as those of a plan.
  const state = await openState(practice, { configDirectory: join(practice, 'keys') });
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
      traceFile: traceFileOf(directory),
      outDirectory: join(directory, `run-${repetition}`),
      shardMap,
      warmupMs: scenario.warmupMs,
      journal: new PracticeJournal(
        state,
        run,
        steps.map(({ id }) => id),
      ),
      stepsOf: (action) => stepsOf(action, estate, firstEpoch),
      isWatched: fleet.failover !== null && faultsOf(scenario).length > 0,
      signal,
    });
    try {
      return await playTimeline(world, scenario);
    } finally {
      await world.close();
    }
  } finally {
    await state.close();
    await rm(practice, { recursive: true, force: true });
  }
}

function traceFileOf(directory: string): string {
  return join(directory, 'trace.bin');
}

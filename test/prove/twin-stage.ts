// A stage without servers: the twin itself, with other random numbers and parameters that calibration did not quite hit.
// Its mechanisms are known, so a campaign on it must come out well, and badly when the predicting twin lacks one of them.
import { makeStream } from '../../engine/random.ts';
import { SimWorld } from '../../scenarios/sim-world.ts';
import { playTimeline } from '../../scenarios/timeline.ts';
import type { Calibration } from '../../twin/estate/calibration.ts';
import type { CommitMode } from '../../twin/estate/estate.ts';
import type { Measurement } from '../../twin/measurement.ts';
import { drawFactors, makeParameterSet } from '../../twin/model/parameter-set.ts';
import { onlyFleet } from '../../twin/model/platform.ts';
import { wakeUpsPerSec } from '../../twin/wake-ups.ts';
import type { PlayOrder, Stage } from '../../live/prove/stage.ts';

export interface TwinStageOptions {
  readonly calibration: Calibration;
  /** Called before each repetition; what it throws is what goes wrong there. */
  readonly onPlay?: (order: PlayOrder, repetition: number) => void | Promise<void>;
  /** What others use of the processors, look by look; the last one goes on. */
  readonly foreignCores?: readonly number[];
}

/** Conditions under which every gate passes. */
const calm = { generatorLagP99Ms: 0.1, driverPauseMaxMs: 1, foreignCores: 0, errors: 0 };

/** A stage, and what was asked of it. */
export interface TwinStage extends Stage {
  /** Estates that were calibrated. */
  readonly calibrated: string[];
  /** Commit modes that they were calibrated in. */
  readonly asked: CommitMode[];
  /** Repetitions that were played, as `<case>/<number>`. */
  readonly played: string[];
  looks: number;
}

export function twinStage({
  calibration,
  onPlay,
  foreignCores = [0],
}: TwinStageOptions): TwinStage {
  return {
    calibrated: [],
    asked: [],
    played: [],
    looks: 0,
    calibrate(estate, { commitModes }) {
      this.asked.push(...commitModes);
      this.calibrated.push(
        estate.fleets.flatMap(({ classes }) => classes.map(({ kind }) => kind)).join(' '),
      );
      return Promise.resolve(calibration);
    },
    async *play(order) {
      for (let repetition = 1; repetition <= order.drawn.repetitions; repetition++) {
        await onPlay?.(order, repetition);
        this.played.push(`${order.drawn.id}/${repetition}`);
        yield await playOnce(order, repetition, calibration);
      }
    },
    foreignCores() {
      this.looks += 1;
      return Promise.resolve(foreignCores[Math.min(this.looks, foreignCores.length) - 1] ?? null);
    },
  };
}

async function playOnce(
  { drawn, trace }: PlayOrder,
  repetition: number,
  calibration: Calibration,
): Promise<Measurement> {
  const { id, estate, scenario } = drawn;
  const factors = drawFactors(calibration, (name) => makeStream(`reality of ${id}`, 0, name));
  const load = wakeUpsPerSec(trace, onlyFleet(estate));
  const world = new SimWorld({
    run: `${id}-${repetition}`,
    estate,
    trace,
    parameters: makeParameterSet(calibration, factors, load),
    seed: `reality of ${id}`,
    replication: repetition,
    warmupMs: scenario.warmupMs,
  });
  const measurement = await playTimeline(world, scenario);
  return { ...measurement, world: 'live', conditions: calm };
}

// A drill on a lab: predicted and recorded on the ledger before anything breaks, played, measured, recorded and verified.
// There is no plan and nobody approves: a lab's servers hold nothing, and its faults end by themselves. What a drill did
// cannot be resumed; a lab on which one was cut off is thrown away.
import { join } from 'node:path';
import { UserError } from '../../engine/failure.ts';
import { shardsLoaded } from '../../scenarios/deeds.ts';
import { actionsOf, faultsOf, type Scenario } from '../../scenarios/scenario.ts';
import { playTimeline } from '../../scenarios/timeline.ts';
import { stepsOf } from '../../twin/actions/index.ts';
import type { Calibration } from '../../twin/estate/calibration.ts';
import type { Estate } from '../../twin/estate/estate.ts';
import type { Measurement, StepEvent } from '../../twin/measurement.ts';
import { onlyFleet } from '../../twin/model/platform.ts';
import type { Prediction } from '../../twin/prediction.ts';
import { writeTrace, type Trace } from '../../twin/trace.ts';
import { MemoryJournal } from '../executor/journal.ts';
import { hostFacts } from '../host.ts';
import type { LabInfo } from '../lab/lab-info.ts';
import { LiveWorld } from '../live-world.ts';
import type { State } from '../store/state.ts';
import { predict } from './predict.ts';
import { verifyRun, type VerifiedRun } from './verify-run.ts';

export interface DrillRequest {
  readonly state: State;
  readonly lab: LabInfo;
  readonly scenario: Scenario;
  readonly estate: Estate;
  readonly calibration: Calibration | null;
  readonly seed: string;
}

export interface DrillOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, of: number) => void;
  readonly onEvent?: (event: StepEvent) => void;
  /** Told once the prediction stands on the ledger, before the load begins. */
  readonly onPredicted?: (prediction: Prediction) => Promise<void>;
}

/** Throws a UserError when the drill touches another number of shards than one, or did not come to its end. */
export async function runDrill(
  request: DrillRequest,
  options: DrillOptions = {},
): Promise<VerifiedRun> {
  const { state, lab, scenario, estate, calibration, seed } = request;
  const shard = onlyShard(scenario, estate);
  const { prediction, trace } = await predict(
    { scenario, estate, calibration, seed, host: hostFacts(lab) },
    options,
  );
  options.signal?.throwIfAborted();
  const files = { 'scenario.json': scenario, 'estate.json': estate };
  const bound = { 'prediction.json': prediction, 'trace.bin': writeTrace(trace) };
  const run = await state.runs.record({ ...files, ...bound }, state.actor);
  await options.onPredicted?.(prediction);
  const measurement = await play(request, { run, shard, trace }, options);
  await state.runs.extend(run, { 'measurement.json': measurement }, state.actor);
  return verifyRun(state, run);
}

function onlyShard(scenario: Scenario, estate: Estate): string {
  const [shard, ...others] = shardsLoaded(scenario, estate);
  if (shard !== undefined && others.length === 0) return shard;
  throw new UserError('input', {
    message: `scenario ${scenario.name} touches ${others.length === 0 ? 'no shard' : 'several shards'}, and a live run plays its load on one`,
    remedy: 'drill one shard at a time; `premortem simulate` takes several',
  });
}

async function play(
  { state, lab, scenario, estate }: DrillRequest,
  { run, shard, trace }: { readonly run: string; readonly shard: string; readonly trace: Trace },
  { signal, onEvent }: DrillOptions,
): Promise<Measurement> {
  const directory = state.runs.directory(run);
  const epoch = (await state.shardMap.get(shard))?.epoch ?? 0;
  const steps = actionsOf(scenario).flatMap((action) => stepsOf(action, estate, epoch));
  const world = await LiveWorld.open({
    lab,
    estate,
    fleet: onlyFleet(estate),
    shard,
    run,
    trace,
    traceFile: join(directory, 'trace.bin'),
    outDirectory: join(directory, 'load'),
    shardMap: state.shardMap,
    warmupMs: scenario.warmupMs,
    journal: new MemoryJournal(
      run,
      steps.map(({ id }) => id),
    ),
    stepsOf: (action) => stepsOf(action, estate, epoch),
    isWatched: faultsOf(scenario).some(({ kind }) => kind === 'crash'),
    ...(onEvent === undefined ? {} : { onEvent }),
    ...(signal === undefined ? {} : { signal }),
  });
  try {
    return await playTimeline(world, scenario);
  } finally {
    await world.close();
  }
}

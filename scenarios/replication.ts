// What one ensemble task does: plays a scenario in the twin once with its actions and once without, on the same trace
// and the same random numbers, and hands back plain numbers. Runs on any worker; everything follows from its input.
import { makeStream } from '../engine/random.ts';
import { drawTrace } from '../twin/demand.ts';
import type { Phase } from '../twin/document.ts';
import type { Calibration } from '../twin/estate/calibration.ts';
import type { Estate } from '../twin/estate/estate.ts';
import { cutPhases, measureValues, type PhaseSpan } from '../twin/measure.ts';
import { stepDurations, type Measurement } from '../twin/measurement.ts';
import {
  drawFactors,
  makeParameterSet,
  neutralFactors,
  variedFactors,
  type Factors,
  type Variation,
} from '../twin/model/parameter-set.ts';
import type { ModelOptions } from '../twin/model/model.ts';
import { onlyFleet } from '../twin/model/platform.ts';
import { standingQueues, type StandingQueue } from '../twin/standing-queue.ts';
import type { Trace } from '../twin/trace.ts';
import { wakeUpsPerSec } from '../twin/wake-ups.ts';
import type { Scenario } from './scenario.ts';
import { SimWorld } from './sim-world.ts';
import { playTimeline } from './timeline.ts';

export interface ReplicationInput {
  readonly scenario: Scenario;
  readonly estate: Estate;
  readonly calibration: Calibration | null;
  readonly seed: string;
  readonly index: number;
  /**
   * `fresh`: a new trace, calibrated parameters, baseline and candidate; for estimates of means and their difference.
   * `rehearsal`: the bound trace, parameters as uncertain as calibration left them, candidate only; for forecasts.
   */
  readonly kind: 'fresh' | 'rehearsal';
  /** What is uncertain in a rehearsal: everything unless given, only this, or nothing but its chance. */
  readonly only?: Variation | 'chance';
}

/** Values are keyed by `${phase} ${metric}`. */
export interface ReplicationResult {
  readonly candidate: Readonly<Record<string, number>>;
  readonly baseline: Readonly<Record<string, number>>;
  readonly steps: readonly {
    readonly step: string;
    readonly startMs: number;
    readonly durationMs: number;
  }[];
  readonly series: Measurement['series'];
  readonly exact: Measurement['exact'];
  /** Queues that never emptied in the second half of the phase that everything ends with. */
  readonly standing: readonly StandingQueue[];
  /** Length of each phase. */
  readonly phaseMs: Readonly<Partial<Record<Phase, number>>>;
  readonly fingerprint: string;
}

/** The trace of a scenario: number 0 is the one that plans are bound to, the others are fresh draws. */
export function traceOf(
  scenario: Scenario,
  estate: Estate,
  seed: string,
  replication: number,
): Trace {
  const fleet = onlyFleet(estate);
  const factors = new Map(fleet.classes.map(({ id }) => [id, factorOn(id, scenario)]));
  return drawTrace(fleet, { seed, replication, horizonMs: scenario.horizonMs, factors });
}

/** A factor on all classes and one on this class multiply. */
function factorOn(operation: string, { load }: Scenario): number {
  return load
    .filter((one) => one.class === operation || one.class === '*')
    .reduce((product, { factor }) => product * factor, 1);
}

/** One task. Deterministic in its input. */
export async function runReplication(input: ReplicationInput): Promise<ReplicationResult> {
  const { scenario, kind } = input;
  const trace = traceOfReplication(input);
  const candidate = worldOf(input, trace);
  const measured = await playTimeline(candidate, scenario);
  const durations = stepDurations(measured.steps);
  const spans = cutPhases(measured.steps, scenario);
  return {
    candidate: keyed(measured.values),
    baseline: kind === 'fresh' ? await baselineValues(worldOf(input, trace), scenario, spans) : {},
    steps: measured.steps
      .filter(({ state }) => state === 'started')
      .map(({ step, atMs }) => ({ step, startMs: atMs, durationMs: durations.get(step) ?? 0 })),
    series: kind === 'rehearsal' ? measured.series : [],
    exact: measured.exact,
    standing: standingQueues(candidate.observed(), middleOfLast(spans)),
    phaseMs: Object.fromEntries(spans.map(([phase, fromMs, toMs]) => [phase, toMs - fromMs])),
    fingerprint: candidate.fingerprint(),
  };
}

/** Of the phase after the actions, or of the whole run where there is none. */
function middleOfLast(spans: readonly PhaseSpan[]): number {
  const [, fromMs, toMs] = spans.find(([phase]) => phase === 'after') ?? spans[0] ?? ['all', 0, 0];
  return (fromMs + toMs) / 2;
}

/** Number 0 is the bound trace, which rehearsals play; the others are fresh draws. */
export function traceOfReplication({
  scenario,
  estate,
  seed,
  index,
  kind,
}: ReplicationInput): Trace {
  return traceOf(scenario, estate, seed, kind === 'fresh' ? index + 1 : 0);
}

/** The world of one replication, at time 0; `watched` may look on. */
export function worldOf(
  input: ReplicationInput,
  trace: Trace,
  watched: Pick<ModelOptions, 'watch' | 'observer'> = {},
): SimWorld {
  const { scenario, estate, calibration, seed, index, kind } = input;
  return new SimWorld({
    run: `${kind}-${index}`,
    estate,
    trace,
    parameters: makeParameterSet(
      calibration,
      factorsOf(input),
      wakeUpsPerSec(trace, onlyFleet(estate)),
    ),
    // Fresh and rehearsed service times must not share draws, or the two ensembles would not be independent.
    seed: `${seed}/${kind}`,
    replication: index,
    warmupMs: scenario.warmupMs,
    ...watched,
  });
}

function factorsOf({ calibration, seed, index, kind, only }: ReplicationInput): Factors {
  if (kind === 'fresh' || only === 'chance') return neutralFactors;
  if (only !== undefined) return variedFactors(calibration, only);
  return drawFactors(calibration, (name) => makeStream(seed, index, name));
}

/** The same run without actions, measured in the phases that the actions cut. */
async function baselineValues(
  world: SimWorld,
  scenario: Scenario,
  spans: readonly PhaseSpan[],
): Promise<Record<string, number>> {
  await playTimeline(world, { ...scenario, timeline: [] });
  return keyed(measureValues(world.observed(), spans));
}

function keyed(values: Measurement['values']): Record<string, number> {
  return Object.fromEntries(
    values.map(({ metric, phase, value }) => [`${phase} ${metric}`, value]),
  );
}

// Groups of copies that fail and are repaired: how much of the time enough of them are up, and how long until none is.
import { z } from 'zod';
import {
  meanHoursToFailure,
  ReplicaChain,
  straightHoursToFailure,
  unavailability,
  type ReplicaGroup,
} from '../../../twin/replica-group.ts';
import type { Figure, Outcome, ValidationOptions } from '../documents.ts';
import { calculated } from '../figures.ts';
import { runMetered, runSampled, type Estimates } from '../meter.ts';
import { readModel, type ReferenceCase } from '../schema.ts';
import { planRun } from '../station-run.ts';

export const availabilityFamilies = ['platform/availability'];
export const durabilityFamilies = ['platform/durability'];

const positive = z.number().positive();
const whole = z.number().int().positive();
const hoursPerYear = 8_760;

const quorum = z
  .object({ n: whole, k: whole, lambda_per_h: positive, mu_per_h: positive, repair_crews: whole })
  .refine(({ n, k }) => k <= n, 'no more are needed than there are')
  .transform((model): ReplicaGroup => ({
    copies: model.n,
    needed: model.k,
    failuresPerHour: model.lambda_per_h,
    repairsPerHour: model.mu_per_h,
    crews: model.repair_crews,
  }));

const copies = z
  .object({
    copies: whole,
    lambda_per_h: positive,
    mu_per_h: positive,
    parallel_repairs: whole.optional(),
  })
  .transform((model): ReplicaGroup => ({
    copies: model.copies,
    needed: 1,
    failuresPerHour: model.lambda_per_h,
    repairsPerHour: model.mu_per_h,
    crews: model.parallel_repairs ?? model.copies,
  }));

const cycleEstimates: Estimates = [
  [/^availability$/, (window) => window.counted('up') / window.spanMs],
  [/^unavailability$/, (window) => window.counted('down') / window.spanMs],
  [/^failure_frequency$/, (window) => window.units / window.spanMs],
  [/^mean_up_time$/, (window) => window.counted('up') / window.units],
  [/^mean_down_time$/, (window) => window.counted('down') / window.units],
];

/** An hour is simulated as a millisecond. */
export function runAvailability(referenceCase: ReferenceCase, options: ValidationOptions): Outcome {
  const read = readModel(quorum, referenceCase.model.parameters);
  if ('reason' in read) return { kind: 'unsupported', reason: read.reason };
  const group = read.model;
  const share = unavailability(group);
  const exact = calculated({
    nines: -Math.log10(share),
    downtime_minutes_per_year: share * hoursPerYear * 60,
  });
  const figures = [
    ...playCycles(referenceCase, group, options),
    ...playFailures(referenceCase, group, ['mttf_from_all_up'], options),
    ...exact.figures,
  ];
  return { kind: 'computed', figures: new Map(figures) };
}

/** From one outage's end to the next one's. */
function playCycles(
  referenceCase: ReferenceCase,
  group: ReplicaGroup,
  options: ValidationOptions,
): Map<string, Figure> {
  const share = unavailability(group);
  const names = Object.keys(referenceCase.metrics).filter((name) => !name.startsWith('mttf'));
  const frequency = outagesPerHour(group, share);
  const plan = planRun(withMetrics(referenceCase, names), frequency, options);
  const meter = runMetered(plan, 1, (simulation, meter) => {
    const chain = new ReplicaChain(group, simulation.stream('failures'));
    const jump = simulation.register(() => {
      const wasAvailable = chain.isAvailable;
      chain.jump();
      if (!wasAvailable && chain.isAvailable) meter.unit();
      goOn();
    }, 'jump');
    const goOn = (): void => {
      const hours = chain.nextHours();
      simulation.schedule(hours, jump, 0);
      meter.count(chain.isAvailable ? 'up' : 'down', hours);
    };
    goOn();
  });
  return meter.figures(names, cycleEstimates);
}

/** Up times and down times make a cycle: availability over mean up time. */
function outagesPerHour(group: ReplicaGroup, share: number): number {
  // An outage begins from just enough copies; that state's share follows from cutting the chain there.
  const more = unavailability({ ...group, needed: group.needed + 1 });
  return (more - share) * group.needed * group.failuresPerHour;
}

/** Independent ways from all copies up to too few. */
function playFailures(
  referenceCase: ReferenceCase,
  group: ReplicaGroup,
  wanted: readonly string[],
  options: ValidationOptions,
): Map<string, Figure> {
  const names = wanted.filter((name) => name in referenceCase.metrics);
  if (names.length === 0) return new Map();
  const plan = planRun(withMetrics(referenceCase, names), 1, options);
  const meter = runSampled(plan, 1, (simulation, meter) => {
    const draw = simulation.stream('failures alone');
    return () => {
      const chain = new ReplicaChain(group, draw);
      let hours = 0;
      while (chain.isAvailable) {
        hours += chain.nextHours();
        chain.jump();
      }
      meter.sample('hours', hours);
    };
  });
  return meter.figures(
    names,
    wanted.map((name) => [new RegExp(`^${name}$`), (window) => window.mean('hours')]),
  );
}

export function runDurability(referenceCase: ReferenceCase, options: ValidationOptions): Outcome {
  const read = readModel(copies, referenceCase.model.parameters);
  if ('reason' in read) return { kind: 'unsupported', reason: read.reason };
  const group = read.model;
  const exact = calculated({
    p_loss_in_one_year_approx_exp: -Math.expm1(-hoursPerYear / meanHoursToFailure(group)),
    mttdl_approx_mu_over_lambda: straightHoursToFailure(group),
  });
  const simulated = playFailures(referenceCase, group, ['mttdl'], options);
  return { kind: 'computed', figures: new Map([...simulated, ...exact.figures]) };
}

/** The case with these of its metrics, which alone say how long a run must be. */
function withMetrics(referenceCase: ReferenceCase, names: readonly string[]): ReferenceCase {
  const metrics = Object.entries(referenceCase.metrics).filter(([name]) => names.includes(name));
  return { ...referenceCase, metrics: Object.fromEntries(metrics) };
}

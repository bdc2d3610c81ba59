// Which experiments are worth doing: those whose parameters predictions of the estate rest on, less those whose
// parameters an overlay already holds without a doubt. What is asked for by name is done in any case.
import { nearestNames, UserError } from '../../engine/failure.ts';
import type { CalibrationPlan } from '../../twin/calibration-plan.ts';
import type { CalibrationDoubts } from '../../twin/estate/calibration-doubts.ts';
import type { Calibration } from '../../twin/estate/calibration.ts';
import type { ParameterPath } from '../../twin/parameters.ts';
import type { Effort, Experiment, Subject } from './experiment.ts';
import { experiments } from './experiments/index.ts';

export interface PlanRequest {
  readonly subject: Subject;
  readonly effort: Effort;
  /** Names of experiments; null: whatever is needed. */
  readonly only: readonly string[] | null;
  /** The overlay that results go into, and what speaks against its parameters; null: nothing was measured yet. */
  readonly known: { readonly calibration: Calibration; readonly doubts: CalibrationDoubts } | null;
}

/**
 * The plan for one shard. Throws UserError('usage') for a name that no experiment has, 'input' for one that measures
 * nothing that the estate needs.
 */
export function planCalibration({ subject, effort, only, known }: PlanRequest): CalibrationPlan {
  for (const name of only ?? []) checkName(name, subject);
  const decided = experiments.map((experiment) => ({
    experiment,
    skip: reasonToSkip(experiment, { subject, effort, only, known }),
  }));
  const planned = decided.flatMap(({ experiment, skip }) =>
    skip !== null
      ? []
      : [
          {
            id: experiment.id,
            method: experiment.method(effort),
            parameters: experiment.needed(subject),
            because: experiment.because(subject),
            durationMs: experiment.durationMs(effort),
          },
        ],
  );
  return {
    schema: 'premortem/calibration-plan/v1',
    estate: subject.estate.name,
    shard: subject.shard.id,
    experiments: planned,
    skipped: decided.flatMap(({ experiment: { id }, skip }) =>
      skip === null ? [] : [{ id, because: skip }],
    ),
    durationMs: planned.reduce((sum, { durationMs }) => sum + durationMs, 0),
  };
}

/** The experiment that measures each parameter, of those that an estate needs. */
export function experimentsByParameter(
  subject: Subject,
): Readonly<Partial<Record<ParameterPath, string>>> {
  return Object.fromEntries(
    experiments.flatMap((experiment) =>
      experiment.needed(subject).map((path) => [path, experiment.id]),
    ),
  );
}

function checkName(name: string, subject: Subject): void {
  const found = experiments.find(({ id }) => id === name);
  if (found === undefined) {
    const names = experiments.map(({ id }) => id);
    const near = nearestNames(name, names, 1);
    throw new UserError('usage', {
      message: `there is no experiment "${name}"`,
      remedy: `${near.length > 0 ? `did you mean ${near[0]}? ` : ''}choose from ${names.join(', ')}`,
    });
  }
  if (found.needed(subject).length > 0) return;
  throw new UserError('input', {
    message: `estate ${subject.estate.name} needs nothing that experiment "${name}" measures: ${found.because(subject)}`,
  });
}

function reasonToSkip(
  experiment: Experiment,
  { subject, only, known }: PlanRequest,
): string | null {
  const needed = experiment.needed(subject);
  if (needed.length === 0) return experiment.because(subject);
  if (only !== null) return only.includes(experiment.id) ? null : 'not asked for';
  const isKnown = needed.every(
    (path) => known?.calibration.parameters[path] !== undefined && known.doubts[path] === undefined,
  );
  return isKnown ? 'the overlay holds what it measures, and nothing speaks against it' : null;
}

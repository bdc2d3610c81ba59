// Calibration of a running lab: measures on the real thing what the model takes as given, with links of next to no delay,
// because the model adds the delays of the estate itself. The result is an overlay document, never a change of the
// estate. Link delays are put back whatever happens. What is measured, and how, is the experiments' business.
import { join } from 'node:path';
import { UserError } from '../../engine/failure.ts';
import {
  mergeSession,
  type Calibration,
  type SessionResult,
} from '../../twin/estate/calibration.ts';
import { findShard, instantLinks, type CommitMode, type Estate } from '../../twin/estate/estate.ts';
import type { ParameterPath } from '../../twin/parameters.ts';
import { hostFacts } from '../host.ts';
import { openLabControl } from '../lab/lab-control.ts';
import type { LabInfo } from '../lab/lab-info.ts';
import { standAside } from '../placement/lab-processors.ts';
import type { ShardMapEntry } from '../load/config.ts';
import {
  fullEffort,
  type Bench,
  type Effort,
  type Experiment,
  type Measured,
  type Subject,
} from './experiment.ts';
import { experiments } from './experiments/index.ts';

export interface CalibrationOptions extends Pick<
  Bench,
  'directory' | 'practise' | 'practiseCrashes' | 'practiseRebuilds' | 'practiseTenantCopies'
> {
  readonly shard: string;
  /** Commit modes that are measured beside the shard's own. */
  readonly commitModes?: readonly CommitMode[];
  /** Who leads the shard now. */
  readonly map: ShardMapEntry;
  /** Full effort where nothing else is said. */
  readonly effort?: Partial<Effort>;
  /** Names of the experiments to do, as planned; unless given, whatever the estate needs. */
  readonly experiments?: readonly string[];
  /** The overlay that the results go into; a new one unless given. */
  readonly into?: Calibration | null;
  readonly signal?: AbortSignal;
  readonly onProgress?: (text: string) => void;
}

/**
 * Does the experiments on a lab that nobody else uses meanwhile; all of them take about a minute. Throws a UserError when the shard is unknown ('missing'), a request of the calibration's load fails ('environment'), or it is
 * aborted ('interrupted').
 */
export async function calibrateLab(
  lab: LabInfo,
  estate: Estate,
  options: CalibrationOptions,
): Promise<Calibration> {
  const subject = subjectOf(estate, options.shard, options.commitModes);
  const chosen = experiments.filter((one) =>
    options.experiments === undefined
      ? one.needed(subject).length > 0
      : options.experiments.includes(one.id),
  );
  const effort = { ...fullEffort, ...options.effort };
  const control = await openLabControl(lab);
  const comeBack = await standAside(lab.placement);
  try {
    const { links } = await control.status();
    await control.setLinks(instantLinks(links));
    try {
      const { map, directory, signal, onProgress = (): void => undefined } = options;
      const { practise, practiseCrashes, practiseRebuilds, practiseTenantCopies } = options;
      const practice = { practise, practiseCrashes, practiseRebuilds, practiseTenantCopies };
      const bench = { ...subject, ...practice, lab, control, map, directory, effort };
      const measured = await runAll(chosen, { ...bench, signal, onProgress });
      const result = resultOf({ lab, chosen, effort }, measured);
      return mergeSession(options.into ?? null, estate.name, result);
    } catch (error) {
      throw options.signal?.aborted === true ? interrupted(error) : error;
    } finally {
      await control.setLinks(links);
    }
  } finally {
    await comeBack();
    control.close();
  }
}

async function runAll(chosen: readonly Experiment[], bench: Bench): Promise<Measured> {
  let measured: Measured = {};
  for (const experiment of chosen) {
    bench.signal?.throwIfAborted();
    const directory = join(bench.directory, experiment.id);
    const found = await experiment.run({ ...bench, directory });
    // What predictions do not rest on is left out, so that nothing follows from it either.
    const needed = experiment.needed(bench);
    const wanted = Object.entries(found).filter(([path]) => needed.includes(path as ParameterPath));
    measured = { ...measured, ...Object.fromEntries(wanted) };
  }
  return measured;
}

/** The shard to measure, in its own commit mode and others. Throws UserError('missing') when the estate does not have it. */
export function subjectOf(
  estate: Estate,
  shardId: string,
  others: readonly CommitMode[] = [],
): Subject {
  const found = findShard(estate, shardId);
  if (found !== undefined) {
    return { estate, ...found, commitModes: [...new Set([found.shard.commitMode, ...others])] };
  }
  throw new UserError('missing', { message: `there is no shard "${shardId}" to calibrate` });
}

interface Course {
  readonly lab: LabInfo;
  readonly chosen: readonly Experiment[];
  readonly effort: Effort;
}

function resultOf({ lab, chosen, effort }: Course, parameters: Measured): SessionResult {
  return {
    session: {
      measuredAt: new Date().toISOString(),
      origin: 'experiments',
      method: [
        'zero link delay unless said otherwise',
        ...chosen.map(({ method }) => method(effort)),
      ].join('; '),
      host: hostFacts(lab),
    },
    parameters,
  };
}

function interrupted(cause: unknown): UserError {
  const error = new UserError('interrupted', { message: 'the calibration was interrupted' });
  error.cause = cause;
  return error;
}

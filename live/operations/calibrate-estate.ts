// Calibration of an estate on its running lab: what is planned for it, with practice promotions by the executor's own
// steps, and the overlay as a file.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { CalibrationPlan } from '../../twin/calibration-plan.ts';
import type { Calibration } from '../../twin/estate/calibration.ts';
import type { CommitMode, Estate } from '../../twin/estate/estate.ts';
import { onlyFleet } from '../../twin/model/platform.ts';
import type { ParameterPath } from '../../twin/parameters.ts';
import { assert } from '../../engine/failure.ts';
import { calibrateLab, subjectOf } from '../calibrate/calibrate.ts';
import { fullEffort, type Effort, type Subject } from '../calibrate/experiment.ts';
import { experimentsByParameter, planCalibration } from '../calibrate/plan.ts';
import { practiseCrashes } from '../executor/practise-crashes.ts';
import { practiseRebuilds } from '../executor/practise-rebuilds.ts';
import { practiseTenantCopies } from '../executor/practise-tenant-copies.ts';
import { practisePromotions } from '../executor/practise-promotions.ts';
import { hostFacts } from '../host.ts';
import type { LabInfo } from '../lab/lab-info.ts';
import { doubtsNow } from './doubts-now.ts';

export interface CalibrateOptions {
  readonly onProgress?: (text: string) => void;
  readonly signal?: AbortSignal;
  /** Full effort where nothing else is said. */
  readonly effort?: Partial<Effort>;
  /** Commit modes that are measured beside the shard's own. */
  readonly commitModes?: readonly CommitMode[];
  /** Names of experiments; unless given, those that the estate needs and the overlay lacks. */
  readonly only?: readonly string[];
  /** An overlay of this estate that the results go into. */
  readonly into?: Calibration;
}

/** What a calibration would do. `lab` null: not known, so that no parameter is doubted because of its host. */
export function planEstateCalibration(
  lab: LabInfo | null,
  estate: Estate,
  { effort, only, into, commitModes }: CalibrateOptions = {},
): CalibrationPlan {
  const host = lab === null ? null : hostFacts(lab);
  return planCalibration({
    subject: onlySubject(estate, commitModes),
    effort: { ...fullEffort, ...effort },
    only: only ?? null,
    known:
      into === undefined
        ? null
        : { calibration: into, doubts: doubtsNow(into, estate.policy, host) },
  });
}

/** Does what `planEstateCalibration` lists, on a lab whose declared primary leads; about a minute for everything. */
export async function calibrateEstate(
  lab: LabInfo,
  estate: Estate,
  options: CalibrateOptions = {},
): Promise<Calibration> {
  const { onProgress, signal, effort, into, commitModes } = options;
  const plan = planEstateCalibration(lab, estate, options);
  const { shard } = onlySubject(estate);
  const directory = mkdtempSync(join(tmpdir(), 'premortem-calibrate-'));
  try {
    return await calibrateLab(lab, estate, {
      shard: shard.id,
      map: { primary: shard.primary.id, epoch: 1 },
      directory,
      practise: (count) => practisePromotions(lab, estate, count, signal),
      practiseCrashes: (count) => practiseCrashes(lab, estate, count, signal),
      practiseRebuilds: (count) => practiseRebuilds(lab, estate, count, signal),
      practiseTenantCopies: (count) => practiseTenantCopies(lab, estate, count, signal),
      experiments: plan.experiments.map(({ id }) => id),
      into: into ?? null,
      ...(effort === undefined ? {} : { effort }),
      ...(commitModes === undefined ? {} : { commitModes }),
      ...(onProgress === undefined ? {} : { onProgress }),
      ...(signal === undefined ? {} : { signal }),
    });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The experiment that would measure each parameter that this estate needs. */
export function experimentsOf(estate: Estate): Readonly<Partial<Record<ParameterPath, string>>> {
  return experimentsByParameter(onlySubject(estate));
}

/** The overlay as the text of a file that `--calibration` reads. */
export function calibrationText(calibration: Calibration): string {
  return `# Measured by \`premortem calibrate\`; give it to plan and simulate with --calibration.\n${stringify(calibration)}`;
}

function onlySubject(estate: Estate, commitModes?: readonly CommitMode[]): Subject {
  const [shard] = onlyFleet(estate).shards;
  assert(shard !== undefined, 'a fleet has a shard');
  return subjectOf(estate, shard.id, commitModes);
}

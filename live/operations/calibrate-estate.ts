// Calibration of an estate on its running lab: every experiment, with practice promotions by the executor's own steps,
// and the overlay as a file.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Calibration } from '../../twin/estate/calibration.ts';
import type { Estate } from '../../twin/estate/estate.ts';
import { onlyFleet } from '../../twin/model/platform.ts';
import { assert } from '../../engine/failure.ts';
import { calibrateLab } from '../calibrate/calibrate.ts';
import { practisePromotions } from '../executor/practise.ts';
import type { LabInfo } from '../lab/lab-info.ts';

export interface CalibrateOptions {
  readonly onProgress?: (text: string) => void;
  readonly signal?: AbortSignal;
}

/** Measures everything on a lab whose declared primary leads; about a minute. */
export async function calibrateEstate(
  lab: LabInfo,
  estate: Estate,
  { onProgress, signal }: CalibrateOptions = {},
): Promise<Calibration> {
  const [shard] = onlyFleet(estate).shards;
  assert(shard !== undefined, 'a fleet has a shard');
  const directory = mkdtempSync(join(tmpdir(), 'premortem-calibrate-'));
  try {
    return await calibrateLab(lab, estate, {
      shard: shard.id,
      map: { primary: shard.primary.id, epoch: 1 },
      directory,
      practise: (count) => practisePromotions(lab, estate, count, signal),
      ...(onProgress === undefined ? {} : { onProgress }),
      ...(signal === undefined ? {} : { signal }),
    });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The overlay as the text of a file that `--calibration` reads. */
export function calibrationText(calibration: Calibration): string {
  return `# Measured by \`premortem calibrate\`; give it to plan and simulate with --calibration.\n${stringify(calibration)}`;
}

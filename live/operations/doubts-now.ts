// What speaks against an overlay at this moment. A pure room has no clock: what its age means today is decided here.
import {
  doubtsAbout,
  type CalibrationDoubts,
  type Circumstances,
} from '../../twin/estate/calibration-doubts.ts';
import type { Calibration } from '../../twin/estate/calibration.ts';
import type { Policy } from '../../twin/policy/policy.ts';

/** `host`: facts of the host that a prediction is to hold on; null: not known. */
export function doubtsNow(
  calibration: Calibration,
  { operational }: Pick<Policy, 'operational'>,
  host: Circumstances['host'],
): CalibrationDoubts {
  const nowEpochMs = Date.now();
  return doubtsAbout(calibration, {
    ageMsOf: (measuredAt) => nowEpochMs - Date.parse(measuredAt),
    maxAgeMs: operational.calibrationMaxAgeMs,
    host,
  });
}

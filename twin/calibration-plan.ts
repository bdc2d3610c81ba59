// The plan of a calibration: which experiments an estate needs, what each measures, why and how long it takes, and
// which are skipped. A calibration does exactly what its plan lists.
import type { ParameterPath } from './parameters.ts';

interface PlannedExperiment {
  readonly id: string;
  /** What is done, for people. */
  readonly method: string;
  readonly parameters: readonly ParameterPath[];
  readonly because: string;
  /** A rough estimate. */
  readonly durationMs: number;
}

export interface CalibrationPlan {
  readonly schema: 'premortem/calibration-plan/v1';
  readonly estate: string;
  readonly shard: string;
  readonly experiments: readonly PlannedExperiment[];
  readonly skipped: readonly { readonly id: string; readonly because: string }[];
  readonly durationMs: number;
}

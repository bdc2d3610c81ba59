// The document of an observation of a production server: what its statistics tell of the workload and of the disk, the
// parameters that follow, and, as important, what they cannot tell and why.
import type { ParameterPath } from '../parameters.ts';
import type { Calibrated } from '../estate/calibration.ts';

/** What could not be derived, and why; `remedy` where somebody can do something about it. */
export interface Underivable {
  readonly what: string;
  readonly why: string;
  readonly remedy: string | null;
  readonly isPermission: boolean;
}

/** Calls of one statement, as far as they serve requests. */
export interface StatementGroup {
  /** Normalised by the server: constants are not in it. Cut to a line. */
  readonly text: string;
  readonly kind: 'read' | 'write';
  readonly calls: number;
  readonly perSec: number;
  readonly meanMs: number;
  readonly deviationMs: number;
  /** The lognormal law with this mean and deviation. */
  readonly medianMs: number;
  readonly sigma: number;
  readonly walBytesPerCall: number;
  /** As a class of an estate, where it takes a millisecond or more; else null. */
  readonly asClass: string | null;
}

export interface ProductionStatistics {
  readonly schema: 'premortem/production-statistics/v1';
  readonly server: string;
  readonly database: string;
  readonly version: string;
  readonly settings: Readonly<Record<string, string>>;
  /** Length of each window that could be used. */
  readonly windowSeconds: readonly number[];
  readonly flow: {
    readonly commitsPerSec: number;
    readonly rollbacksPerSec: number;
    /** null where statements are not told. */
    readonly writesPerSec: number | null;
    readonly readsPerSec: number | null;
    readonly walBytesPerSec: number;
    readonly walBytesPerWrite: number | null;
    /** Full pages after a checkpoint, as a share of records would be: pages per second. */
    readonly walFullPagesPerSec: number;
    readonly checkpoints: number;
    readonly checkpointMs: number;
    /** Mean time of a block read from outside of the server's own memory; null: not timed, or none was read. */
    readonly blockReadMs: number | null;
  };
  readonly groups: readonly StatementGroup[];
  readonly parameters: Partial<Record<ParameterPath, Omit<Calibrated, 'measuredAt' | 'sessionCv'>>>;
  readonly underivable: readonly Underivable[];
}

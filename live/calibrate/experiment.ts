// What an experiment of the calibration is: the parameters that it measures, whether an estate needs them, how long it
// takes, and the run itself. One file per experiment under experiments/, one list of them in experiments/index.ts.
import type { CommitMode, Estate, Fleet, Shard } from '../../twin/estate/estate.ts';
import type { ParameterPath } from '../../twin/parameters.ts';
import type { LabControl } from '../lab/lab-control.ts';
import type { LabInfo } from '../lab/lab-info.ts';
import type { ShardMapEntry } from '../load/config.ts';
import type { Observed } from './repetitions.ts';

/** What was measured, by parameter. */
export type Measured = Partial<Record<ParameterPath, Observed>>;

/** One step of a promotion that was really done. `step` is its name, with or without its ordinal. */
export interface PractisedStep {
  readonly step: string;
  readonly durationMs: number;
  /** What the load meanwhile did to the processors, where it is known. */
  readonly wakeUpsPerSec?: number;
}

/** A copy that was done: what was sent in which time, and at which rate it was to be sent at most. */
export interface PractisedCopy {
  readonly bytes: number;
  readonly durationMs: number;
  readonly limitPerSec: number;
}

/** A standby that was stopped, copied anew and started. */
export interface PractisedRebuild {
  readonly steps: readonly PractisedStep[];
  readonly copy: PractisedCopy;
}

/** A tenant that was copied to another shard; `bytes`: of its rows. */
export interface PractisedTenantCopy {
  readonly steps: readonly PractisedStep[];
  readonly bytes: number;
}

/** How much is measured; every experiment takes from here what concerns it. */
export interface Effort {
  /** Times that service times are measured, and for how long each, warm-up included. */
  readonly repetitions: number;
  readonly horizonMs: number;
  /** Requests due before are played and not counted. */
  readonly warmupMs: number;
  /** How many promotions; an even number leads back. */
  readonly promotions: number;
  /** How many crashes, of both manners in turn. */
  readonly crashes: number;
  /** How many rebuilds, slow and fast in turn. */
  readonly rebuilds: number;
  /** How many copies of tenants, of one without rows and of one with its rows in turn. */
  readonly tenantCopies: number;
}

export const fullEffort: Effort = {
  repetitions: 5,
  horizonMs: 5_000,
  warmupMs: 1_000,
  promotions: 8,
  crashes: 8,
  rebuilds: 8,
  tenantCopies: 8,
};

/** The shard of an estate that is measured, with the fleet that uses it. */
export interface Subject {
  readonly estate: Estate;
  readonly fleet: Fleet;
  readonly shard: Shard;
  /** What commits may wait for in predictions: the shard's own mode, and others where they are to be asked about. */
  readonly commitModes: readonly CommitMode[];
}

/** What an experiment works with. All links of the lab have zero delay unless it changes them, and nobody else uses it. */
export interface Bench extends Subject {
  readonly lab: LabInfo;
  readonly control: LabControl;
  /** Who leads the shard now, before and after the experiment. */
  readonly map: ShardMapEntry;
  /** Of the experiment alone: traces and samples are left here. */
  readonly directory: string;
  readonly effort: Effort;
  /** Does real promotions back and forth and ends where it began: the steps of each. */
  readonly practise: (count: number) => Promise<readonly (readonly PractisedStep[])[]>;
  /** Lets primaries die and be replaced, and ends where it began: what each failover showed of its steps. */
  readonly practiseCrashes: (count: number) => Promise<readonly (readonly PractisedStep[])[]>;
  /** Rebuilds a standby, slowly and fast in turn. */
  readonly practiseRebuilds: (count: number) => Promise<readonly PractisedRebuild[]>;
  /** Copies a tenant to another shard and throws the copy away: one without rows and one with its rows in turn. */
  readonly practiseTenantCopies: (count: number) => Promise<readonly PractisedTenantCopy[]>;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: (text: string) => void;
}

export interface Experiment {
  /** The name that `--only` takes. */
  readonly id: string;
  /** What is done, for people; goes into the overlay's account of its method. */
  readonly method: (effort: Effort) => string;
  /** Every parameter that it can measure. */
  readonly parameters: readonly ParameterPath[];
  /** Those of them that predictions of this estate rest on; none: the experiment is skipped. */
  readonly needed: (subject: Subject) => readonly ParameterPath[];
  /** Why it is needed (`parameters` not empty) or skipped. */
  readonly because: (subject: Subject) => string;
  readonly durationMs: (effort: Effort) => number;
  readonly run: (bench: Bench) => Promise<Measured>;
}

// The contract between the executor and the drivers of steps. A driver does one effect on the real platform; it may be
// asked again after a crash at any point of it, and must then lead to the same end: look first, act on what is missing,
// prove the result.
import type { Evidence } from '../../twin/change/events.ts';
import type { Effect } from '../../twin/actions/action.ts';
import type { Estate } from '../../twin/estate/estate.ts';
import type { AdminSessions } from '../lab/admin-sessions.ts';
import type { LabControl } from '../lab/lab-control.ts';
import type { LabInfo } from '../lab/lab-info.ts';
import type { RouterControl } from './router-control.ts';

/** Who leads a shard, in the store. An epoch never goes back; the same values again are a no-op. */
export interface ShardMapStore {
  get(shard: string): Promise<{ readonly primary: string; readonly epoch: number } | undefined>;
  switch(shard: string, primary: string, epoch: number): Promise<void>;
}

/** The platform that steps are done to. */
export interface Platform {
  readonly lab: LabInfo;
  readonly estate: Estate;
  readonly control: LabControl;
  readonly sessions: AdminSessions;
  readonly router: RouterControl;
  readonly shardMap: ShardMapStore;
}

/** `deadlineMs`: when the step has to be done, in the time of `performance.now()`. */
export interface StepContext extends Platform {
  readonly deadlineMs: number;
}

/** The driver of one kind of effect. Both methods throw an Error that says what could not be reached or proven. */
export interface StepDriver<E extends Effect> {
  perform(effect: E, context: StepContext): Promise<Evidence>;
  /** Takes back whatever part of the effect is there. Called only before the point of no return. */
  undo(effect: E, context: StepContext): Promise<Evidence>;
}

type DriverOf<K extends Effect['kind']> = StepDriver<Extract<Effect, { kind: K }>>;

/** The drivers of some kinds of effects, by kind. */
export type DriversOf<K extends Effect['kind']> = { readonly [Kind in K]: DriverOf<Kind> };

/** For effects that change nothing, or whose change is taken back with another step. */
export function nothingToUndo(): Promise<Evidence> {
  return Promise.resolve({});
}

/** What is left until the deadline, for calls that want a limit. */
export function remainingMs({ deadlineMs }: Pick<StepContext, 'deadlineMs'>): number {
  return Math.max(1, deadlineMs - performance.now());
}

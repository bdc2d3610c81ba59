// The resolved scenario: an estate, a horizon, and actions and faults at times. Plain numbers, everything checked. The
// human form (YAML) is defined in `schema.ts`, read by `load.ts`, and played on a World by `timeline.ts`.
import type { Action } from '../twin/actions/action.ts';
import type { Fault } from '../twin/faults/fault.ts';
import type { Condition } from './world.ts';

/** What an entry of a timeline does. A fault ends by itself `forMs` after it was injected. */
export type Deed =
  | { readonly kind: 'action'; readonly action: Action }
  | { readonly kind: 'fault'; readonly fault: Fault; readonly forMs: number };

/** Something to do when a condition is met. */
export interface TimelineEntry {
  readonly when: Extract<Condition, { kind: 'at' }>;
  readonly do: Deed;
}

/** A factor on the rate of one class (or of `*`, all classes) over the whole run. */
interface LoadFactor {
  readonly class: string;
  readonly factor: number;
}

/** `what-if`: what would our own actions do? `drill`: what happens when something breaks? Only drills have faults. */
export interface Scenario {
  readonly schema: 'premortem/scenario/v1';
  readonly name: string;
  readonly kind: 'what-if' | 'drill';
  readonly why: string;
  /** Name of a library estate or path to an estate file, relative to the scenario's own file. */
  readonly estate: string;
  readonly horizonMs: number;
  readonly warmupMs: number;
  readonly load: readonly LoadFactor[];
  readonly timeline: readonly TimelineEntry[];
}

/** The actions of a scenario, in order. */
export function actionsOf({ timeline }: Pick<Scenario, 'timeline'>): readonly Action[] {
  return timeline.flatMap((entry) => (entry.do.kind === 'action' ? [entry.do.action] : []));
}

/** The faults of a scenario, in order. */
export function faultsOf({ timeline }: Pick<Scenario, 'timeline'>): readonly Fault[] {
  return timeline.flatMap((entry) => (entry.do.kind === 'fault' ? [entry.do.fault] : []));
}

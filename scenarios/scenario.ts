// The resolved scenario: an estate, a horizon, and actions at times. Plain numbers, everything checked. The human form
// (YAML) is defined in `schema.ts`, read by `load.ts`, and played on a World by `timeline.ts`.
import type { Action } from '../twin/actions/action.ts';
import type { Condition } from './world.ts';

/** Something to do when a condition is met. */
interface TimelineEntry {
  readonly when: Extract<Condition, { kind: 'at' }>;
  readonly action: Action;
}

/** A factor on the rate of one class (or of `*`, all classes) over the whole run. */
interface LoadFactor {
  readonly class: string;
  readonly factor: number;
}

export interface Scenario {
  readonly schema: 'premortem/scenario/v1';
  readonly name: string;
  readonly kind: 'what-if';
  readonly why: string;
  /** Name of a library estate or path to an estate file, relative to the scenario's own file. */
  readonly estate: string;
  readonly horizonMs: number;
  readonly warmupMs: number;
  readonly load: readonly LoadFactor[];
  readonly timeline: readonly TimelineEntry[];
}

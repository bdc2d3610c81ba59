// The registry of governed actions, listed by hand. A new kind is one file here, one in live/bridge/actions and one in
// the model; the type-checker names the rooms that were forgotten.
import type { Estate } from '../estate/estate.ts';
import type { Action, ActionKind, Step } from './action.ts';
import { promote } from './promote.ts';

export const actionKinds: {
  readonly [K in Action['kind']]: ActionKind<Extract<Action, { kind: K }>>;
} = {
  promote,
};

/** The steps of an action on a shard whose map stands at `epoch`. */
export function stepsOf(action: Action, estate: Estate, epoch: number): readonly Step[] {
  return actionKinds[action.kind].steps(action, estate, epoch);
}

// The registry of governed actions, listed by hand. A new kind is one file here, one in live/bridge/actions and one in
// the model; the type-checker names the rooms that were forgotten.
import type { Estate } from '../estate/estate.ts';
import type { Action, ActionKind, Step } from './action.ts';
import { copyTenant } from './copy-tenant.ts';
import { promote } from './promote.ts';
import { rebuild } from './rebuild.ts';

export const actionKinds: {
  readonly [K in Action['kind']]: ActionKind<Extract<Action, { kind: K }>>;
} = {
  promote,
  rebuild,
  'copy-tenant': copyTenant,
};

/** What a kind tells about its actions; the registry pairs them, which TypeScript cannot follow through an index. */
export function actionKindOf<A extends Action>({ kind }: A): ActionKind<A> {
  return actionKinds[kind] as unknown as ActionKind<A>;
}

/** Who leads its shard when the action is over; null: whoever did before. */
export function leaderAfter(action: Action): string | null {
  return action.kind === 'promote' ? action.to : null;
}

/** Every shard that an action changes or works on, the one whose requests it touches first. */
export function shardsOfAction(action: Action): readonly string[] {
  return action.kind === 'copy-tenant' ? [action.shard, action.to] : [action.shard];
}

/** The steps of an action on a shard whose map stands at `epoch`. */
export function stepsOf(action: Action, estate: Estate, epoch: number): readonly Step[] {
  return actionKindOf(action).steps(action, estate, epoch);
}

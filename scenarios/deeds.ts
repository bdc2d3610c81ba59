// What the deeds of a scenario, actions and faults alike, have in common: a sentence for people, the steps that they will
// show, the shards that they touch.
import { actionKindOf, shardsOfAction, stepsOf } from '../twin/actions/index.ts';
import type { Estate } from '../twin/estate/estate.ts';
import { describeFault, shardsOfFault } from '../twin/faults/index.ts';
import { stepIdsOfFault } from '../twin/faults/steps.ts';
import type { Deed, Scenario } from './scenario.ts';

/** One sentence for people. */
export function describeDeed(deed: Deed, estate: Estate): string {
  switch (deed.kind) {
    case 'action':
      return actionKindOf(deed.action).describe(deed.action, estate);
    case 'fault':
      return describeFault(deed.fault, estate);
  }
}

/** A step by its id; `fenced`: requests wait while it runs. */
interface DeedStep {
  readonly id: string;
  readonly fenced: boolean;
}

/** Steps that a run of the scenario shows, deed by deed, for shards whose maps stand at epoch 1. */
export function stepsOfScenario(
  { timeline }: Pick<Scenario, 'timeline'>,
  estate: Estate,
): readonly DeedStep[] {
  return timeline.flatMap((entry): readonly DeedStep[] => {
    if (entry.do.kind === 'action') return stepsOf(entry.do.action, estate, 1);
    const ids = stepIdsOfFault(entry.do.fault, estate);
    const switched = ids.findIndex((id) => id.endsWith('-switch-map'));
    return ids.map((id, index) => ({ id, fenced: index <= switched }));
  });
}

/** Shards that a deed of the scenario touches, each once. */
export function shardsTouched(
  { timeline }: Pick<Scenario, 'timeline'>,
  estate: Estate,
): readonly string[] {
  const shards = timeline.flatMap((entry) =>
    entry.do.kind === 'action'
      ? shardsOfAction(entry.do.action)
      : shardsOfFault(entry.do.fault, estate),
  );
  return [...new Set(shards)];
}

/** Those of them whose requests it touches, and on which a live run plays its load. */
export function shardsLoaded(
  scenario: Pick<Scenario, 'timeline'>,
  estate: Estate,
): readonly string[] {
  const receiving = new Set(
    scenario.timeline.flatMap(({ do: deed }) =>
      deed.kind === 'action' ? shardsOfAction(deed.action).slice(1) : [],
    ),
  );
  return shardsTouched(scenario, estate).filter((shard) => !receiving.has(shard));
}

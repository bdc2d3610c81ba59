// The steps of a failover, by name and in order. Unlike those of an action they are planned by nobody and stand in no journal;
// they have names all the same, so that phases are cut, durations predicted and charts drawn as for an action.
import type { Shard } from '../estate/estate.ts';
import { keepsEveryWrite } from './candidate.ts';

export type FailoverStep = 'detect' | 'fence' | 'promote-node' | 'follow' | 'switch-map' | 'rejoin';

/**
 * Where commits wait for standbys, the others follow before requests are sent to the new primary: until then writes would
 * only hang there. Elsewhere nobody waits for them.
 */
export function failoverSteps(
  shard: Pick<Shard, 'syncRule' | 'commitMode'>,
): readonly FailoverStep[] {
  return keepsEveryWrite(shard)
    ? ['detect', 'fence', 'promote-node', 'follow', 'switch-map', 'rejoin']
    : ['detect', 'fence', 'promote-node', 'switch-map', 'follow', 'rejoin'];
}

/** `${ordinal}-${name}`, as the steps of an action are called. */
export function failoverStepId(
  shard: Pick<Shard, 'syncRule' | 'commitMode'>,
  step: FailoverStep,
): string {
  return `${failoverSteps(shard).indexOf(step) + 1}-${step}`;
}

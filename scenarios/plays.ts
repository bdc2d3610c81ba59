// The kinds of what a scenario does, by which the record of predictions is kept: how well a promotion was foreseen says
// little about a crash.
import { actionsOf, faultsOf, type Scenario } from './scenario.ts';

/** Kinds of its actions and faults, each once; empty when the scenario only loads the platform. */
export function playsOf(scenario: Pick<Scenario, 'timeline'>): string[] {
  const kinds = [...actionsOf(scenario), ...faultsOf(scenario)].map(({ kind }) => kind);
  return [...new Set(kinds)];
}

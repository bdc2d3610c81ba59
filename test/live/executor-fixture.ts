// The lab's estate, made small and quick for tests of executions: few connections, short links, a promotion soon after
// the load began, and plans that went all the way through the governance of a state directory of their own.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadEstate } from '../../scenarios/load.ts';
import { actionsOf, type Scenario } from '../../scenarios/scenario.ts';
import { stepsOf } from '../../twin/actions/index.ts';
import type { Estate } from '../../twin/estate/estate.ts';
import { estateLedBy } from '../../live/executor/led-by.ts';
import { observePlanTopology } from '../../live/executor/plan-topology.ts';
import { approvePlan, submitPlan, type KnownPlan } from '../../live/governance/plans.ts';
import { labDown, labUp } from '../../live/lab/lab.ts';
import type { LabInfo } from '../../live/lab/lab-info.ts';
import { predict } from '../../live/operations/predict.ts';
import { openState, type State } from '../../live/store/state.ts';
import { labEstateText } from '../scenarios/library.ts';

export const shardId = 'checkout-0';
export const [us, eu, ec] = ['checkout-0-us', 'checkout-0-eu', 'checkout-0-ec'] as const;

/** The library's lab with links of 2 to 5 ms and two connections where it has eight. */
export function quickEstate(): Estate {
  const estate = loadEstate(labEstateText, 'lab.yaml');
  return {
    ...estate,
    links: estate.links.map((link) => ({ ...link, delayMs: Math.ceil(link.delayMs / 10) })),
    fleets: estate.fleets.map((fleet) => ({
      ...fleet,
      classes: fleet.classes.map((operation) => ({ ...operation, ratePerSec: 20 })),
      pool: { size: 2, timeoutMs: 20_000 },
    })),
  };
}

/** Promotes `to` half a second after the load began. */
export function quickScenario(to: string, horizonMs: number): Scenario {
  return {
    schema: 'premortem/scenario/v1',
    name: 'quick',
    kind: 'what-if',
    why: 'tests',
    estate: 'lab',
    horizonMs,
    warmupMs: 200,
    load: [],
    timeline: [
      {
        when: { kind: 'at', ms: 500 },
        do: { kind: 'action', action: { kind: 'promote', shard: shardId, to } },
      },
    ],
  };
}

/** A state directory with keys of its own and, in another directory, a lab. */
export class LiveTest {
  readonly root = mkdtempSync(join(tmpdir(), 'premortem-live-'));
  readonly config = join(this.root, 'config');
  readonly directory = join(this.root, 'state');
  readonly estate = quickEstate();
  leader: string = us;

  /** Brings the lab up. It dies with this process, however that ends. */
  up(): Promise<LabInfo> {
    return labUp(this.estate, { stateDir: this.directory, lifeline: 'stdin' });
  }

  async down(): Promise<void> {
    await labDown(this.directory);
    rmSync(this.root, { recursive: true, force: true });
  }

  /** The state, with ada and grace in it and the shard map at its first epoch. */
  async open(): Promise<State> {
    const state = await openState(this.directory, { configDirectory: this.config });
    for (const name of ['ada', 'grace']) await state.identities.create(name);
    if ((await state.shardMap.get(shardId)) === undefined)
      await state.shardMap.switch(shardId, this.leader, 1);
    return state;
  }

  /** A plan by ada, approved by grace, to promote whichever of us and eu does not lead. */
  async approvedPlan(
    state: State,
    lab: LabInfo,
    horizonMs: number,
  ): Promise<KnownPlan & Documents> {
    const assigned = await state.shardMap.get(shardId);
    this.leader = assigned?.primary ?? us;
    const to = this.leader === us ? eu : us;
    const estate = estateLedBy(this.estate, shardId, this.leader);
    const scenario = quickScenario(to, horizonMs);
    const { prediction, trace } = await predict({
      scenario,
      estate,
      calibration: null,
      seed: 'quick',
      ensemble: { fresh: 2, rehearsals: 4 },
      workers: 1,
    });
    const actions = actionsOf(scenario);
    const submitted = await submitPlan(state, {
      title: `promote ${to}`,
      author: 'ada',
      scenario,
      estate,
      calibration: null,
      prediction,
      trace,
      topology: await observePlanTopology(lab, estate, actions),
      actions,
      steps: actions.flatMap((action) => stepsOf(action, estate, assigned?.epoch ?? 0)),
    });
    const known = await approvePlan(state, submitted.plan.id, 'grace');
    return { ...known, scenario, estate, to };
  }
}

export interface Documents {
  readonly scenario: Scenario;
  readonly estate: Estate;
  /** The node that the plan promotes. */
  readonly to: string;
}

// The twin behind the port. The real clusters are held to the same promises in test/live/execute-world.test.ts.
import { SimWorld } from '../scenarios/sim-world.ts';
import { traceOf } from '../scenarios/replication.ts';
import { describe } from 'vitest';
import { stepsOf } from '../twin/actions/index.ts';
import { stepIdsOfFault } from '../twin/faults/steps.ts';
import type { CrashFault } from '../twin/faults/fault.ts';
import { makeParameterSet, neutralFactors } from '../twin/model/parameter-set.ts';
import { describeCrash } from './crash-contract.ts';
import { eu, quickEstate, quickScenario, shardId, us } from './live/executor-fixture.ts';
import { describeWorld } from './world-contract.ts';

describeWorld('the twin', () => {
  const estate = quickEstate();
  const scenario = quickScenario(eu, 10_000);
  const action = { kind: 'promote', shard: shardId, to: eu } as const;
  const trace = traceOf(scenario, estate, 'contract', 0);
  const world = new SimWorld({
    run: 'contract',
    estate,
    trace,
    warmupMs: scenario.warmupMs,
    parameters: makeParameterSet(null, neutralFactors),
    seed: 'contract',
    replication: 0,
  });
  const steps = stepsOf(action, estate, 1).map(({ id }) => id);
  const close = (): Promise<void> => Promise.resolve();
  return Promise.resolve({ world, trace, warmupMs: scenario.warmupMs, action, steps, close });
});

describe.each(['reset', 'silent'] as const)('in the twin', (manner) => {
  describeCrash(`a primary that dies (${manner})`, () => {
    const rule = { heartbeatMs: 100, leaseMs: 500 };
    const lab = quickEstate();
    const estate = {
      ...lab,
      fleets: lab.fleets.map((fleet) => ({ ...fleet, failover: rule })),
    };
    const scenario = { ...quickScenario('', 6_000), timeline: [] };
    const trace = traceOf(scenario, estate, manner, 0);
    const fault: CrashFault = { kind: 'crash', node: us, manner };
    const world = new SimWorld({
      run: 'contract',
      estate,
      trace,
      warmupMs: scenario.warmupMs,
      parameters: makeParameterSet(null, neutralFactors),
      seed: 'contract',
      replication: 0,
    });
    const steps = stepIdsOfFault(fault, estate);
    const close = (): Promise<void> => Promise.resolve();
    return Promise.resolve({ world, trace, rule, fault, steps, close });
  });
});

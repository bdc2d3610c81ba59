// kill -9 of the executor at every boundary of its journal, on real servers under load, back and forth on one lab. After
// each, a resume: the shard was promoted exactly once, no acknowledged write is lost or there twice, both standbys stream.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { observeShard } from '../../live/bridge/topology.ts';
import { resumePlan } from '../../live/executor/execute.ts';
import { verifyAudit } from '../../live/governance/audit.ts';
import { loadPlan } from '../../live/governance/plans.ts';
import type { LabInfo } from '../../live/lab/lab-info.ts';
import type { State } from '../../live/store/state.ts';
import { LiveTest, shardId } from '../live/executor-fixture.ts';
import type { Boundary, DeathSentence } from './executor-process.ts';

const steps = [
  '1-check-topology',
  '2-hold-requests',
  '3-drain-requests',
  '4-wait-replay',
  '5-stop-node',
  '6-promote-node',
  '7-follow',
  '8-switch-map',
  '9-release-requests',
  '10-rejoin',
];

/** Steps that take long enough to be cut in the middle. */
const longSteps = ['5-stop-node', '6-promote-node', '7-follow', '10-rejoin'];

const deaths: readonly (readonly [Boundary, string])[] = [
  ...steps.flatMap((step): [Boundary, string][] => [
    ['intent', step],
    ['performed', step],
    ['done', step],
  ]),
  ...longSteps.map((step): [Boundary, string] => ['during', step]),
];

const horizonMs = 2_500;
const test = new LiveTest();
let lab: LabInfo;
let state: State;

beforeAll(async () => {
  lab = await test.up();
  state = await test.open();
});

afterAll(async () => {
  await state.close();
  await test.down();
});

async function executeUntilDeath(sentence: DeathSentence): Promise<unknown> {
  const file = join(import.meta.dirname, 'executor-process.ts');
  const child = spawn(process.execPath, [file, JSON.stringify(sentence)], {
    stdio: ['ignore', 'inherit', 'inherit'],
    timeout: 30_000,
  });
  const [, signal] = (await once(child, 'exit')) as [number | null, string | null];
  return signal;
}

describe('an executor that is killed', () => {
  it.each(deaths)(
    'at "%s" of %s leaves an execution that a resume finishes',
    async (boundary, step) => {
      const { plan, to } = await test.approvedPlan(state, lab, horizonMs);
      const { directory, config } = test;
      expect(await executeUntilDeath({ directory, config, planId: plan.id, step, boundary })).toBe(
        'SIGKILL',
      );
      expect((await loadPlan(state, plan.id)).standing.state).toBe('executing');

      const { outcome, measurement } = await resumePlan({ state, lab, planId: plan.id });

      expect(outcome).toEqual({ kind: 'done' });
      expect(measurement?.exact).toEqual([
        { claim: 'lost_acknowledged_writes', value: 0 },
        { claim: 'duplicate_writes', value: 0 },
        { claim: 'promotions', value: 1 },
      ]);
      expect(measurement?.conditions['acknowledgedWrites']).toBeGreaterThan(0);
      expect(measurement?.conditions['refusedWritesPresent']).toBe(0);
      const { primary, nodes } = await observeShard(lab, test.estate, shardId);
      expect(primary).toBe(to);
      expect(nodes.filter(({ upstream }) => upstream === to)).toHaveLength(2);
      expect(await state.shardMap.get(shardId)).toMatchObject({ primary: to });
      const { standing } = await loadPlan(state, plan.id);
      expect(standing).toMatchObject({ state: 'done', generation: 2 });
      expect(
        standing.journal.filter((entry) => entry.state === 'done').map((entry) => entry.step),
      ).toEqual(steps);
    },
  );

  it('leaves a ledger that verifies from its first entry to its last', async () => {
    const { intact, findings, checked } = await verifyAudit(state);
    expect(findings).toEqual([]);
    expect(intact).toBe(true);
    expect(checked.entries).toBeGreaterThan(deaths.length * steps.length);
  });
});

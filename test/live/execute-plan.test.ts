// Approved plans on real servers, when all goes well and when it does not: interrupted, failing early, failing late. Each
// ends in a state that has a name, with every acknowledged write in its place.
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { UserError } from '../../engine/failure.ts';
import { openNode } from '../../live/bridge/postgres.ts';
import { observeShard } from '../../live/bridge/topology.ts';
import { executePlan, resumePlan, type ExecutionResult } from '../../live/executor/execute.ts';
import type { ExecutionJournal } from '../../live/executor/journal.ts';
import { verifyAudit } from '../../live/governance/audit.ts';
import { loadPlan, type KnownPlan } from '../../live/governance/plans.ts';
import { openLabControl, type LabControl } from '../../live/lab/lab-control.ts';
import type { LabInfo } from '../../live/lab/lab-info.ts';
import { readWriteLog } from '../../live/load/write-log.ts';
import type { State } from '../../live/store/state.ts';
import type { StepEvent } from '../../twin/measurement.ts';
import { ec, LiveTest, shardId, type Documents } from './executor-fixture.ts';

const test = new LiveTest();
const horizonMs = 3_000;
let lab: LabInfo;
let state: State;
let control: LabControl;
let known: KnownPlan & Documents;

beforeAll(async () => {
  lab = await test.up();
  state = await test.open();
  control = await openLabControl(lab);
});

afterAll(async () => {
  control.close();
  await state.close();
  await test.down();
});

beforeEach(async () => {
  known = await test.approvedPlan(state, lab, horizonMs);
});

afterEach(async () => {
  expect((await control.loadStatus()).running).toBe(false);
  expect(await lostWrites()).toEqual([]);
  expect((await verifyAudit(state)).findings).toEqual([]);
});

type Extras = Partial<Parameters<typeof executePlan>[0]>;

function execute(extras: Extras = {}): Promise<ExecutionResult> {
  const { scenario, estate } = known;
  const planId = known.plan.id;
  return executePlan({ state, lab, planId, scenario, estate, calibration: null, ...extras });
}

async function planState(): Promise<string> {
  return (await loadPlan(state, known.plan.id)).standing.state;
}

/** Who leads, and who streams from it. */
async function roles(): Promise<{ primary: string | null; standbys: number }> {
  const { primary, nodes } = await observeShard(lab, test.estate, shardId);
  return { primary, standbys: nodes.filter(({ upstream }) => upstream === primary).length };
}

/** Keys that were acknowledged in this plan's run and are not on the node that leads. */
async function lostWrites(): Promise<readonly number[]> {
  const lines = await readWriteLog(join(state.runs.directory(known.standing.run), 'load'));
  const { primary } = await roles();
  const client = await openNode(lab, primary ?? '');
  try {
    const { rows } = await client.query<{ key: string }>('select key from orders');
    const present = new Set(rows.map(({ key }) => Number(key)));
    return lines.flatMap(({ key, outcome }) =>
      outcome === 'acknowledged' && !present.has(key) ? [key] : [],
    );
  } finally {
    await client.end();
  }
}

/** A journal that does something else before an intent is written. */
function before(step: string, deed: () => Promise<unknown>): Extras {
  const decorateJournal = (journal: ExecutionJournal): ExecutionJournal => ({
    generation: journal.generation,
    entries: () => journal.entries(),
    done: (id, evidence) => journal.done(id, evidence),
    failed: (id, evidence) => journal.failed(id, evidence),
    compensating: (id) => journal.compensating(id),
    compensated: (id, evidence) => journal.compensated(id, evidence),
    intent: async (id) => {
      if (id === step) await deed();
      return journal.intent(id);
    },
  });
  return { decorateJournal };
}

/** Aborts as soon as a step is in a state. */
function abortAt(step: string, wanted: StepEvent['state']): Extras {
  const abort = new AbortController();
  const onEvent = (event: StepEvent): void => {
    if (event.step === step && event.state === wanted) abort.abort();
  };
  return { signal: abort.signal, onEvent };
}

it('executes a plan, measures it and holds it against its prediction, once', async () => {
  const { outcome, measurement, verification, run } = await execute();
  expect(outcome).toEqual({ kind: 'done' });
  expect(await planState()).toBe('done');
  expect(measurement?.steps.map(({ step, state: reached }) => `${step} ${reached}`)).toEqual(
    known.plan.steps.flatMap(({ id }) => [`${id} started`, `${id} done`]),
  );
  expect(verification?.exact.map(({ verdict }) => verdict)).toEqual(Array(3).fill('confirmed'));
  expect(await state.runs.readDocument(run, 'measurement.json')).toEqual(measurement);
  expect(await roles()).toEqual({ primary: known.to, standbys: 2 });
  await expect(execute()).rejects.toThrow(UserError);
});

it('leaves everything as it was when it is interrupted before the first step', async () => {
  const { primary } = await roles();
  const { outcome } = await execute({ signal: AbortSignal.timeout(200) });
  expect(outcome).toMatchObject({ kind: 'compensated' });
  expect(await planState()).toBe('compensated');
  expect((await loadPlan(state, known.plan.id)).standing.journal).toEqual([]);
  expect(await roles()).toEqual({ primary, standbys: 2 });
});

it('lets the old primary lead again when it is interrupted with the old primary down', async () => {
  const { primary } = await roles();
  const { outcome } = await execute(abortAt('5-stop-node', 'done'));
  expect(outcome).toEqual({ kind: 'compensated', reason: 'interrupted before 6-promote-node' });
  expect(await planState()).toBe('compensated');
  expect(await roles()).toEqual({ primary, standbys: 2 });
  expect(await state.shardMap.get(shardId)).toMatchObject({ primary });
});

it('goes on to the end when it is interrupted after the promotion', async () => {
  const { outcome } = await execute(abortAt('6-promote-node', 'done'));
  expect(outcome).toEqual({ kind: 'done' });
  expect(await planState()).toBe('done');
  expect(await roles()).toEqual({ primary: known.to, standbys: 2 });
});

it('is led back when a standby is missing at the first look', async () => {
  const { primary } = await roles();
  const { outcome, measurement } = await execute(
    before('1-check-topology', () => control.stopNode(ec, 'fast')),
  );
  expect(outcome).toEqual({
    kind: 'compensated',
    reason: `1-check-topology failed: ${ec} should be a standby, but is down`,
  });
  expect(measurement?.exact).toContainEqual({ claim: 'promotions', value: 0 });
  await control.startNode(ec);
  await expect.poll(roles, { timeout: 20_000 }).toEqual({ primary, standbys: 2 });
});

it('is stuck when the node to promote dies after the old primary stopped, and a resume finishes', async () => {
  const dying = before('6-promote-node', () => control.stopNode(known.to, 'immediate'));
  const { outcome } = await execute(dying);
  expect(outcome).toMatchObject({ kind: 'stuck', step: '6-promote-node' });
  expect(await planState()).toBe('stuck');
  await control.startNode(known.to);
  const resumed = await resumePlan({ state, lab, planId: known.plan.id });
  expect(resumed.outcome).toEqual({ kind: 'done' });
  expect(resumed.measurement?.exact).toContainEqual({
    claim: 'lost_acknowledged_writes',
    value: 0,
  });
  expect(await roles()).toEqual({ primary: known.to, standbys: 2 });
});

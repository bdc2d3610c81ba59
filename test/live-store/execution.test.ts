// Executions that are cut off: who may take over, what an overtaken executor can still do, and that kill -9 at any boundary
// of the journal leads, after a resume, to every step done exactly once.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resumePlan, startPlan, thisProcess } from '../../live/governance/execution.ts';
import { verifyAudit } from '../../live/governance/audit.ts';
import { loadPlan, type KnownPlan } from '../../live/governance/plans.ts';
import type { State } from '../../live/store/state.ts';
import type { ChildOrders } from './executor-child.ts';
import { failureOf, Place, planned, settle, unchangedWorld } from './place.ts';

let place: Place;
let state: State;
let known: KnownPlan;
beforeEach(async () => {
  place = new Place();
  state = await place.open();
  await settle(state, 'ada', 'grace');
  known = await planned(state, ['grace']);
});
afterEach(() => place.remove());

/** No process has this start time, so it counts as dead. */
const deadHolder = { ...thisProcess(), startTime: 'long ago' };

describe('an execution', () => {
  it('journals its way to the end', async () => {
    const execution = await startPlan(state, known.plan.id, unchangedWorld());
    for (const { id } of known.plan.steps) {
      const { attempt, token } = await execution.intent(id);
      expect(attempt).toBe(1);
      await execution.done(id, { token, durationMs: 12 });
    }
    expect(await execution.position()).toEqual({ kind: 'complete' });
    await execution.complete();
    const { standing } = await loadPlan(state, known.plan.id);
    expect(standing).toMatchObject({ state: 'done', holder: null, generation: 1 });
    expect(standing.journal.map((entry) => entry.state)).toEqual(
      known.plan.steps.flatMap(() => ['intent', 'done']),
    );
    expect(standing.journal[1]?.evidence).toEqual({
      token: `${known.plan.id}/1/1-check-topology/1`,
      durationMs: 12,
    });
  });

  it('cannot be completed with a step left out', async () => {
    const execution = await startPlan(state, known.plan.id, unchangedWorld());
    expect(await failureOf(execution.intent('2-hold-requests'))).toMatchObject({
      code: 'refused',
      messages: ['step 1-check-topology comes first'],
    });
    expect(await failureOf(execution.complete())).toMatchObject({ code: 'refused' });
  });

  it('is undone step by step, and then over', async () => {
    const execution = await startPlan(state, known.plan.id, unchangedWorld());
    for (const step of ['1-check-topology', '2-hold-requests']) {
      await execution.intent(step);
      await execution.done(step);
    }
    await execution.intent('3-drain-requests');
    await execution.failed('3-drain-requests', { message: 'requests are still in flight' });
    await execution.compensating('2-hold-requests');
    expect(await failureOf(execution.undone('too early'))).toMatchObject({ code: 'refused' });
    await execution.compensated('2-hold-requests');
    await execution.undone('requests did not drain');
    const { standing } = await loadPlan(state, known.plan.id);
    expect(standing).toMatchObject({ state: 'compensated', reason: 'requests did not drain' });
    expect(await failureOf(resumePlan(state, known.plan.id))).toMatchObject({ code: 'refused' });
  });
});

describe('taking over', () => {
  it('is refused while the holder is alive, and where nobody can tell', async () => {
    const execution = await startPlan(state, known.plan.id, unchangedWorld());
    expect((await failureOf(resumePlan(state, known.plan.id))).messages).toEqual([
      `process ${process.pid} is still executing this plan`,
    ]);
    const elsewhere = { ...thisProcess(), host: 'another-host' };
    expect((await failureOf(resumePlan(state, known.plan.id, elsewhere))).messages[0]).toMatch(
      /an executor on host .* holds this plan/,
    );
    await execution.intent('1-check-topology');
  });

  it('fences off the executor that was taken for dead', async () => {
    const first = await startPlan(state, known.plan.id, unchangedWorld(), deadHolder);
    await first.intent('1-check-topology');
    const second = await resumePlan(state, known.plan.id);
    expect(second.generation).toBe(2);
    for (const late of [
      first.done('1-check-topology'),
      first.complete(),
      first.halt('late'),
      first.compensating('1-check-topology'),
    ])
      expect(await failureOf(late)).toMatchObject({
        code: 'refused',
        messages: ['another executor has taken over (generation 2; this one is 1)'],
      });
    expect(await second.position()).toEqual({
      kind: 'perform',
      step: '1-check-topology',
      attempt: 2,
      interrupted: true,
    });
  });

  it('is for one of several that try', async () => {
    await startPlan(state, known.plan.id, unchangedWorld(), deadHolder);
    const others = [await place.open(), await place.open(), await place.open()];
    const attempts = await Promise.allSettled(others.map((one) => resumePlan(one, known.plan.id)));
    expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('goes on with what was halted, although its prediction has expired meanwhile', async () => {
    const first = await startPlan(state, known.plan.id, unchangedWorld());
    await first.halt('the standby does not answer');
    expect((await loadPlan(state, known.plan.id)).standing).toMatchObject({
      state: 'stuck',
      reason: 'the standby does not answer',
    });
    place.time = '2030-01-09T00:00:00.000Z';
    expect((await resumePlan(state, known.plan.id)).generation).toBe(2);
  });
});

describe('kill -9', () => {
  const child = join(import.meta.dirname, 'executor-child.ts');
  const run = (mode: ChildOrders['mode'], dieAt: number): string | number | null => {
    const orders: ChildOrders = {
      directory: place.directory,
      config: place.config,
      plan: known.plan.id,
      mode,
      dieAt,
      effects: join(place.root, 'effects.txt'),
    };
    const { signal, status, stderr } = spawnSync(
      process.execPath,
      [child, JSON.stringify(orders)],
      { encoding: 'utf8', timeout: 30_000 },
    );
    if (status !== 0 && signal !== 'SIGKILL') throw new Error(stderr);
    return signal ?? status;
  };

  // Before the first intent; before and after an effect in the middle; twice in a row; after the last effect.
  it.each([[[0]], [[10]], [[11]], [[11, 0, 1, 2]], [[29]]])(
    'at boundaries %j leads to every step done exactly once',
    async (boundaries) => {
      for (const [index, dieAt] of boundaries.entries())
        expect(run(index === 0 ? 'start' : 'resume', dieAt)).toBe('SIGKILL');
      expect(run('resume', -1)).toBe(0);
      const { standing } = await loadPlan(state, known.plan.id);
      expect(standing).toMatchObject({ state: 'done', generation: boundaries.length + 1 });
      const steps = known.plan.steps.map(({ id }) => id);
      const done = standing.journal.filter((entry) => entry.state === 'done');
      expect(done.map(({ step }) => step)).toEqual(steps);
      const effects = readFileSync(join(place.root, 'effects.txt'), 'utf8').trim().split('\n');
      expect([...new Set(effects.map((line) => line.split(' ')[0]))]).toEqual(steps);
      // A step whose effect is there twice was announced as interrupted the second time.
      const repeated = effects.filter(
        (line, at) => line.split(' ')[0] === effects[at - 1]?.split(' ')[0],
      );
      expect(repeated.every((line) => line.endsWith(' true'))).toBe(true);
      expect((await verifyAudit(state)).findings).toEqual([]);
    },
  );
});

// The executor's loop without any server: order, failures before and after the point of no return, interruption, and what a
// second executor does with any journal that a first one left behind.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryJournal } from '../../live/executor/journal.ts';
import { estateLedBy } from '../../live/executor/led-by.ts';
import { eventsOf, runSteps, type StepsContext } from '../../live/executor/steps.ts';
import type { Step } from '../../twin/actions/action.ts';
import { stepsOf } from '../../twin/actions/index.ts';
import { eu, quickEstate, shardId, us } from './executor-fixture.ts';

const steps = stepsOf({ kind: 'promote', shard: shardId, to: eu }, quickEstate(), 1);
const ids = steps.map(({ id }) => id);
const firstIrreversible = steps.findIndex(({ reversible }) => !reversible);

interface Bench {
  readonly context: StepsContext;
  readonly journal: MemoryJournal;
  /** `do <step>`, `undo <step>`, in the order in which it happened. */
  readonly deeds: string[];
  readonly events: string[];
}

/** A context whose steps only take note, except that `fail` throws for some. */
function bench(fail: (deed: string) => boolean = () => false, journal = newJournal()): Bench {
  const deeds: string[] = [];
  const events: string[] = [];
  const note = (deed: string): Promise<{ deed: string }> => {
    deeds.push(deed);
    return fail(deed) ? Promise.reject(new Error(`cannot ${deed}`)) : Promise.resolve({ deed });
  };
  let nowMs = 0;
  const context: StepsContext = {
    journal,
    performer: { perform: ({ id }) => note(`do ${id}`), undo: ({ id }) => note(`undo ${id}`) },
    now: () => nowMs++,
    onEvent: ({ step, state }) => events.push(`${step} ${state}`),
  };
  return { context, journal, deeds, events };
}

function newJournal(): MemoryJournal {
  return new MemoryJournal('plan-1', ids);
}

/** The steps up to and with this one, last first. */
function backFrom(index: number): string[] {
  return ids.slice(0, index + 1).toReversed();
}

describe('the loop over the steps', () => {
  it('journals, does and reports each step in order', async () => {
    const { context, journal, deeds, events } = bench();
    expect(await runSteps(steps, context)).toEqual({ kind: 'done' });
    expect(deeds).toEqual(ids.map((id) => `do ${id}`));
    expect(events).toEqual(ids.flatMap((id) => [`${id} started`, `${id} done`]));
    const entries = await journal.entries();
    expect(entries.map(({ step, state }) => `${step} ${state}`)).toEqual(
      ids.flatMap((id) => [`${id} intent`, `${id} done`]),
    );
    expect(entries[1]?.evidence).toEqual({ deed: `do ${ids[0]}` });
  });

  it('writes the intent before it does anything', async () => {
    const journal = newJournal();
    const { context } = bench();
    const known: (string | undefined)[] = [];
    const perform = async ({ id }: Step): Promise<Record<string, never>> => {
      const last = (await journal.entries()).at(-1);
      known.push(last?.step === id ? last.state : undefined);
      return {};
    };
    await runSteps(steps, { ...context, journal, performer: { ...context.performer, perform } });
    expect(known).toEqual(ids.map(() => 'intent'));
  });

  it('leads back, last step first, when a step fails before the point of no return', async () => {
    for (let index = 0; index < firstIrreversible; index++) {
      const { context, deeds, events } = bench((deed) => deed === `do ${ids[index]}`);
      expect(await runSteps(steps, context)).toEqual({
        kind: 'compensated',
        reason: `${ids[index]} failed: cannot do ${ids[index]}`,
      });
      expect(deeds.slice(index + 1)).toEqual(backFrom(index).map((id) => `undo ${id}`));
      expect(events.at(-1)).toBe(`${ids[0]} compensated`);
    }
  });

  it('is stuck, and touches nothing more, when a step fails after it', async () => {
    for (let index = firstIrreversible; index < ids.length; index++) {
      const { context, deeds } = bench((deed) => deed === `do ${ids[index]}`);
      expect(await runSteps(steps, context)).toEqual({
        kind: 'stuck',
        step: ids[index],
        reason: `${ids[index]} failed: cannot do ${ids[index]}`,
      });
      expect(deeds.at(-1)).toBe(`do ${ids[index]}`);
    }
  });

  it('is stuck where leading back fails, and a second executor leads back from there', async () => {
    const first = bench((deed) => deed === 'do 5-stop-node' || deed === 'undo 4-wait-replay');
    const outcome = await runSteps(steps, first.context);
    expect(outcome).toMatchObject({ kind: 'stuck', step: '4-wait-replay' });
    const second = bench(undefined, await successorOf(first.journal));
    expect(await runSteps(steps, second.context)).toMatchObject({ kind: 'compensated' });
    expect(second.deeds).toEqual(backFrom(3).map((id) => `undo ${id}`));
  });

  it('goes back when it is interrupted before the point of no return, and to the end after it', async () => {
    for (const [index, id] of ids.entries()) {
      const abort = new AbortController();
      const { context, deeds } = bench((deed) => {
        if (deed === `do ${id}`) abort.abort();
        return false;
      });
      const { kind } = await runSteps(steps, { ...context, signal: abort.signal });
      const isBack = index < firstIrreversible;
      expect(kind).toBe(isBack ? 'compensated' : 'done');
      expect(deeds.at(-1)).toBe(isBack ? `undo ${ids[0]}` : `do ${ids.at(-1)}`);
    }
  });

  it('does nothing at all when it is interrupted before the first step', async () => {
    const { context, deeds } = bench();
    const outcome = await runSteps(steps, { ...context, signal: AbortSignal.abort() });
    expect(outcome).toEqual({ kind: 'compensated', reason: 'interrupted before 1-check-topology' });
    expect(deeds).toEqual([]);
  });
});

describe('a second executor', () => {
  it('does every step that has no done entry, once, wherever the first one died', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: 2 * ids.length }), async (entriesWritten) => {
        const first = bench();
        await runSteps(steps, first.context);
        const left = (await first.journal.entries()).slice(0, entriesWritten);
        const second = bench(undefined, new MemoryJournal('plan-1', ids, left));
        expect(await runSteps(steps, second.context)).toEqual({ kind: 'done' });
        const done = left.filter(({ state }) => state === 'done').map(({ step }) => step);
        expect([...done, ...second.deeds.map((deed) => deed.slice(3))]).toEqual(ids);
      }),
      { numRuns: 60 },
    );
  });

  it('cannot write over what the journal forbids', async () => {
    const journal = newJournal();
    await journal.intent('1-check-topology');
    await expect(journal.intent('2-hold-requests')).rejects.toThrow('1-check-topology comes first');
    await expect(journal.done('2-hold-requests', {})).rejects.toThrow('was begun before');
  });

  it('sees the steps of the first one in the time of the run', async () => {
    const { context, journal } = bench();
    await runSteps(steps, context);
    const entries = await journal.entries();
    const startedAtEpochMs = Date.parse(entries[0]?.at ?? '') - 25_000;
    const events = eventsOf(entries, startedAtEpochMs);
    expect(events.map(({ step, state }) => `${step} ${state}`)).toEqual(
      ids.flatMap((id) => [`${id} started`, `${id} done`]),
    );
    expect(events[0]?.atMs).toBe(25_000);
  });
});

describe('an estate led by another node', () => {
  it('has the same nodes, the rule’s next standby as the synchronous one, and leads back', () => {
    const estate = quickEstate();
    const moved = estateLedBy(estate, shardId, eu);
    const [shard] = moved.fleets[0]?.shards ?? [];
    expect(shard?.primary.id).toBe(eu);
    expect(shard?.replicas.map(({ id, sync }) => [id, sync])).toEqual([
      [us, true],
      ['checkout-0-ec', false],
    ]);
    expect(estateLedBy(moved, shardId, us).fleets[0]?.shards[0]?.replicas).toEqual(
      estate.fleets[0]?.shards[0]?.replicas,
    );
  });
});

/** A journal as a process that takes over finds it. */
async function successorOf(journal: MemoryJournal): Promise<MemoryJournal> {
  return new MemoryJournal('plan-1', ids, await journal.entries());
}

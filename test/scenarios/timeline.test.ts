// The loop that plays a scenario, on a world that only writes down what is asked of it.
import { describe, expect, it } from 'vitest';
import { UserError } from '../../engine/failure.ts';
import { playTimeline } from '../../scenarios/timeline.ts';
import type { Scenario } from '../../scenarios/scenario.ts';
import type { Condition, World } from '../../scenarios/world.ts';
import type { Action } from '../../twin/actions/action.ts';
import { leaderAfter } from '../../twin/actions/index.ts';
import type { Fault } from '../../twin/faults/fault.ts';
import { measurementOf } from '../fixtures/verification.ts';

const promote = (to: string): Action => ({ kind: 'promote', shard: 's', to });
const crash: Fault = { kind: 'crash', node: 'a', manner: 'reset' };
const at = (ms: number): { kind: 'at'; ms: number } => ({ kind: 'at', ms });
const scenario: Pick<Scenario, 'horizonMs' | 'timeline'> = {
  horizonMs: 1_000,
  timeline: [
    { when: at(200), do: { kind: 'action', action: promote('a') } },
    { when: at(500), do: { kind: 'action', action: promote('b') } },
  ],
};

type Outcome = Awaited<ReturnType<World['wait']>>;

/** Actions take 100 ms of its time; their waits end as told. */
function makeDiary(outcome: Outcome | Error = 'met'): { world: World; diary: string[] } {
  const diary: string[] = [];
  let nowMs = 0;
  const wait = (condition: Condition, limitMs: number): Promise<Outcome> => {
    const what = condition.kind === 'at' ? `${condition.ms} ms` : condition.handle;
    diary.push(`${nowMs}: wait for ${what}, at most ${limitMs} ms`);
    nowMs = condition.kind === 'at' ? condition.ms : nowMs + 100;
    if (condition.kind === 'at') return Promise.resolve('met');
    return outcome instanceof Error ? Promise.reject(outcome) : Promise.resolve(outcome);
  };
  const world: World = {
    kind: 'twin',
    now: () => nowMs,
    apply: (action) => {
      const to = leaderAfter(action);
      diary.push(`${nowMs}: apply ${to}`);
      return Promise.resolve({ id: `handle of ${to}`, startedMs: nowMs });
    },
    inject: ({ kind }, forMs) => {
      diary.push(`${nowMs}: inject ${kind} for ${forMs} ms`);
      return Promise.resolve({ id: `handle of ${kind}`, startedMs: nowMs });
    },
    observe: () => Promise.resolve({ atMs: nowMs, values: new Map(), steps: [] }),
    wait,
    finish: () => {
      diary.push(`${nowMs}: finish`);
      return Promise.resolve(measurementOf({}));
    },
  };
  return { world, diary };
}

describe('a timeline', () => {
  it('is played in its order, each action to its end, then until the horizon, then measured', async () => {
    const { world, diary } = makeDiary();
    expect(await playTimeline(world, scenario)).toEqual(measurementOf({}));
    expect(diary).toEqual([
      '0: wait for 200 ms, at most 1000 ms',
      '200: apply a',
      '200: wait for handle of a, at most 800 ms',
      '300: wait for 500 ms, at most 700 ms',
      '500: apply b',
      '500: wait for handle of b, at most 500 ms',
      '600: wait for 1000 ms, at most 400 ms',
      '1000: finish',
    ]);
  });

  it('goes on while a fault lasts, and sees it over before the horizon', async () => {
    const { world, diary } = makeDiary();
    const [, second] = scenario.timeline;
    const struck = { when: at(200), do: { kind: 'fault', fault: crash, forMs: 400 } } as const;
    await playTimeline(world, { ...scenario, timeline: [struck, ...(second ? [second] : [])] });
    expect(diary).toEqual([
      '0: wait for 200 ms, at most 1000 ms',
      '200: inject crash for 400 ms',
      '200: wait for 500 ms, at most 800 ms',
      '500: apply b',
      '500: wait for handle of b, at most 500 ms',
      '600: wait for handle of crash, at most 400 ms',
      '700: wait for 1000 ms, at most 300 ms',
      '1000: finish',
    ]);
  });

  it.each<[Outcome, string | null]>([
    ['failed', 'crash failed'],
    ['limit', null],
  ])('takes a fault that %s at the horizon as told', async (outcome, complaint) => {
    const { world, diary } = makeDiary(outcome);
    const struck = { when: at(200), do: { kind: 'fault', fault: crash, forMs: 400 } } as const;
    const played = playTimeline(world, { ...scenario, timeline: [struck] });
    if (complaint === null) expect(await played).toEqual(measurementOf({}));
    else await expect(played).rejects.toThrow(complaint);
    expect(diary.at(-1)).toMatch(/finish$/);
  });

  it('is only the horizon when nothing is to be done', async () => {
    const { world, diary } = makeDiary();
    await playTimeline(world, { ...scenario, timeline: [] });
    expect(diary).toEqual(['0: wait for 1000 ms, at most 1000 ms', '1000: finish']);
  });

  it.each<[Outcome, string]>([
    ['failed', 'promote failed (1 s after the load began)'],
    ['limit', 'promote was not done before the horizon'],
  ])(
    'ends with a complaint at an action that %s, after finishing the world',
    async (outcome, text) => {
      const { world, diary } = makeDiary(outcome);
      const played = playTimeline(world, scenario);
      await expect(played).rejects.toThrow(UserError);
      await expect(played).rejects.toThrow(text);
      expect(diary.slice(-2)).toEqual(['200: wait for handle of a, at most 800 ms', '300: finish']);
    },
  );

  it('finishes the world even when the world itself breaks', async () => {
    const { world, diary } = makeDiary(new Error('connection lost'));
    await expect(playTimeline(world, scenario)).rejects.toThrow('connection lost');
    expect(diary.at(-1)).toBe('300: finish');
  });
});

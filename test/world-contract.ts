// What every world behind the port promises, as one set of tests that the twin and the real clusters both have to pass: a
// short run with one promotion, played once, then looked at from all sides.
import { beforeAll, afterAll, describe, expect, it } from 'vitest';
import type { Handle, Observation, World } from '../scenarios/world.ts';
import type { Action } from '../twin/actions/action.ts';
import { measurementSchema, type Measurement } from '../twin/measurement.ts';
import type { Trace } from '../twin/trace.ts';

/** A world with its load begun, and what it was made of. `close` takes everything away again. */
export interface Candidate {
  readonly world: World;
  readonly trace: Trace;
  readonly warmupMs: number;
  readonly action: Action;
  /** Ids of the steps that the action has on this world's estate. */
  readonly steps: readonly string[];
  close(): Promise<void>;
}

interface Played {
  readonly candidate: Candidate;
  readonly handle: Handle;
  readonly answers: Readonly<Record<string, string>>;
  readonly times: Readonly<Record<'toMoment' | 'toLimit' | 'applied' | 'done', number>>;
  readonly observations: readonly Observation[];
  readonly measurement: Measurement;
}

/** Hours of a world, in ms. */
const momentMs = 500;
const limitMs = 100;

async function play(candidate: Candidate): Promise<Played> {
  const { world, trace, action } = candidate;
  const answers: Record<string, string> = {};
  answers['moment'] = await world.wait({ kind: 'at', ms: momentMs }, 5_000);
  const toMoment = world.now();
  answers['later'] = await world.wait({ kind: 'at', ms: trace.horizonMs }, limitMs);
  const toLimit = world.now();
  const handle = await world.apply(action);
  const applied = world.now();
  const observations = [await world.observe()];
  const done = { kind: 'done', handle: handle.id } as const;
  answers['too early'] = await world.wait(done, 1);
  answers['done'] = await world.wait(done, trace.horizonMs);
  const times = { toMoment, toLimit, applied, done: world.now() };
  answers['done again'] = await world.wait(done, 0);
  observations.push(await world.observe(), await world.observe());
  answers['horizon'] = await world.wait({ kind: 'at', ms: trace.horizonMs }, trace.horizonMs);
  const measurement = await world.finish();
  return { candidate, handle, answers, times, observations, measurement };
}

/** Declares the tests for one world. */
export function describeWorld(name: string, open: () => Promise<Candidate>): void {
  describe(name, () => {
    let played: Played;
    let close: () => Promise<void> = () => Promise.resolve();
    beforeAll(async () => {
      const candidate = await open();
      close = () => candidate.close();
      played = await play(candidate);
    });
    afterAll(() => close());

    it('answers every wait with what happened', () => {
      expect(played.answers).toEqual({
        moment: 'met',
        later: 'limit',
        'too early': 'limit',
        done: 'met',
        'done again': 'met',
        horizon: 'met',
      });
    });

    it('lets a wait go on to its moment, or to its limit and no further than a world has to', () => {
      const { toMoment, toLimit, applied, done } = played.times;
      expect(toMoment).toBeGreaterThanOrEqual(momentMs - 1);
      expect(toLimit).toBeGreaterThanOrEqual(toMoment + limitMs - 1);
      expect(toLimit).toBeLessThan(played.candidate.trace.horizonMs);
      expect(done).toBeGreaterThan(applied);
    });

    it('starts an action without waiting for any of its steps', () => {
      expect(played.handle.startedMs).toBeLessThanOrEqual(played.times.applied);
      expect(played.observations[0]?.steps.filter(({ state }) => state === 'done')).toEqual([]);
    });

    it('shows each step started and done, once and in order', () => {
      const events = played.observations.flatMap(({ steps }) => steps);
      expect(events.map(({ step, state }) => `${step} ${state}`)).toEqual(
        played.candidate.steps.flatMap((step) => [`${step} started`, `${step} done`]),
      );
      const times = events.map(({ atMs }) => atMs);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      expect(played.measurement.steps).toEqual(events);
    });

    it('measures a document of the one shape, of the trace that it played', () => {
      expect(measurementSchema.parse(played.measurement)).toEqual(played.measurement);
      expect(played.measurement.trace).toBe(played.candidate.trace.digest);
      expect(played.measurement.world).toBe(played.candidate.world.kind);
    });

    it('keeps every write, and promotes once', () => {
      expect(played.measurement.exact).toEqual([
        { claim: 'lost_acknowledged_writes', value: 0 },
        { claim: 'duplicate_writes', value: 0 },
        { claim: 'promotions', value: 1 },
      ]);
    });

    it('accounts for every request that was due after the warm-up', () => {
      const { trace, warmupMs } = played.candidate;
      for (const [index, operation] of trace.classes.entries()) {
        const due = trace.atMs.filter(
          (atMs, request) => trace.classOf[request] === index && atMs >= warmupMs,
        ).length;
        const error = played.measurement.values.find(
          ({ metric, phase }) =>
            phase === 'all' && metric === `error_share.mean{class=${operation}}`,
        );
        const answered = played.measurement.values
          .filter(({ metric }) => metric.startsWith(`latency_ms.p50{class=${operation},`))
          .reduce((sum, { n }) => sum + n, 0);
        expect(error?.n).toBe(due);
        expect(answered + Math.round((error?.value ?? 0) * due)).toBe(due);
      }
    });
  });
}

/** Names of what a measurement holds, for comparing two worlds. */
export function namesOf({ values, exact, series }: Measurement): readonly string[] {
  return [
    ...values.map(({ metric, phase }) => `${phase} ${metric}`),
    ...exact.map(({ claim }) => claim),
    ...series.map(({ metric }) => `series ${metric}`),
  ].toSorted();
}

// What every world behind the port promises of a fault, shown on the richest one: a primary that dies under load, in either
// manner, and is replaced. The twin and the real clusters both have to pass; played once, then looked at from all sides.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Handle, Observation, World } from '../scenarios/world.ts';
import type { FailoverRule } from '../twin/estate/estate.ts';
import type { CrashFault } from '../twin/faults/fault.ts';
import { measurementSchema, type Measurement } from '../twin/measurement.ts';
import type { Trace } from '../twin/trace.ts';

/** A world with its load begun, of a shard whose commits wait for a standby. `close` takes everything away again. */
export interface CrashCandidate {
  readonly world: World;
  readonly trace: Trace;
  readonly rule: FailoverRule;
  readonly fault: CrashFault;
  /** Ids of the steps that the failover has on this world's estate. */
  readonly steps: readonly string[];
  close(): Promise<void>;
}

export interface CrashPlayed {
  readonly candidate: CrashCandidate;
  readonly handle: Handle;
  readonly answers: readonly string[];
  readonly doneMs: number;
  readonly observations: readonly Observation[];
  readonly measurement: Measurement;
}

export const crashAtMs = 1_000;
export const crashForMs = 1_500;

async function play(candidate: CrashCandidate): Promise<CrashPlayed> {
  const { world, trace, fault } = candidate;
  await world.wait({ kind: 'at', ms: crashAtMs }, trace.horizonMs);
  const handle = await world.inject(fault, crashForMs);
  const observations = [await world.observe()];
  const done = { kind: 'done', handle: handle.id } as const;
  const answers = [await world.wait(done, 1), await world.wait(done, trace.horizonMs)];
  const doneMs = world.now();
  answers.push(await world.wait(done, 0));
  observations.push(await world.observe());
  await world.wait({ kind: 'at', ms: trace.horizonMs }, trace.horizonMs);
  const measurement = await world.finish();
  return { candidate, handle, answers, doneMs, observations, measurement };
}

/** Declares the tests for one world and one manner; what was played is handed on to `more` tests of that world. */
export function describeCrash(
  name: string,
  open: () => Promise<CrashCandidate>,
  more: (played: () => CrashPlayed) => void = () => undefined,
): void {
  describe(name, () => {
    let result: CrashPlayed | undefined;
    let close: () => Promise<void> = () => Promise.resolve();
    const played = (): CrashPlayed => {
      if (result === undefined) throw new Error('the crash was not played');
      return result;
    };
    beforeAll(async () => {
      const candidate = await open();
      close = () => candidate.close();
      result = await play(candidate);
    }, 60_000);
    afterAll(() => close());

    it('begins at once, and is over when the crashed node is back, not before its time', () => {
      const { handle, answers, doneMs } = played();
      expect(answers).toEqual(['limit', 'met', 'met']);
      expect(handle.startedMs).toBeGreaterThanOrEqual(crashAtMs - 1);
      expect(doneMs - handle.startedMs).toBeGreaterThanOrEqual(crashForMs - 1);
      expect(spanOf(played(), '-rejoin').fromMs - handle.startedMs).toBeGreaterThanOrEqual(
        crashForMs - 1,
      );
    });

    it('shows each step of its failover started and done, once and in order', () => {
      const { candidate, observations, measurement } = played();
      const events = observations.flatMap(({ steps }) => steps);
      expect(events.map(({ step, state }) => `${step} ${state}`)).toEqual(
        candidate.steps.flatMap((step) => [`${step} started`, `${step} done`]),
      );
      const times = events.map(({ atMs }) => atMs);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      expect(measurement.steps).toEqual(events);
    });

    it('takes no acknowledged write with it, duplicates none, and promotes once', () => {
      const { measurement } = played();
      expect(measurementSchema.parse(measurement)).toEqual(measurement);
      expect(measurement.exact).toEqual([
        { claim: 'lost_acknowledged_writes', value: 0 },
        { claim: 'duplicate_writes', value: 0 },
        { claim: 'promotions', value: 1 },
      ]);
    });

    it('is noticed at once when connections are reset, and by its lease when it falls silent', () => {
      const { rule, fault } = played().candidate;
      const { fromMs, toMs } = spanOf(played(), '-detect');
      const soonestMs = rule.leaseMs - rule.heartbeatMs;
      if (fault.manner === 'silent') expect(toMs - fromMs).toBeGreaterThanOrEqual(soonestMs - 1);
      else expect(toMs - fromMs).toBeLessThan(soonestMs);
    });

    it('tells the time to recovery in parts that add up to it', () => {
      const values = new Map(
        played().measurement.values.map(({ metric, value }) => [metric, value]),
      );
      const parts = ['detect', 'promote', 'follow', 'switch-map', 'reconnect'].map(
        (component) => values.get(`rto_ms.value{component=${component}}`) ?? Number.NaN,
      );
      const rtoMs = values.get('rto_ms.value');
      expect(parts.reduce((sum, part) => sum + part, 0)).toBeCloseTo(rtoMs ?? Number.NaN, 6);
      expect(Math.min(...parts)).toBeGreaterThanOrEqual(0);
      // Where every acknowledged write is kept, how many are lost is a claim and no forecast.
      expect(values.has('lost_writes.value')).toBe(false);
    });

    more(played);
  });
}

function spanOf({ measurement }: CrashPlayed, suffix: string): { fromMs: number; toMs: number } {
  const at = (wanted: string): number =>
    measurement.steps.find(({ step, state }) => step.endsWith(suffix) && state === wanted)?.atMs ??
    Number.NaN;
  return { fromMs: at('started'), toMs: at('done') };
}

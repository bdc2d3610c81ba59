// A primary dies under load, on real servers with commits that wait for a standby: once with its connections reset, once in
// silence. Both times exactly one other node leads afterwards, nothing acknowledged is lost, and the dead one is back.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { observeShard, type ObservedShard } from '../../live/bridge/topology.ts';
import { estateLedBy } from '../../live/executor/led-by.ts';
import { MemoryJournal } from '../../live/executor/journal.ts';
import type { LabInfo } from '../../live/lab/lab-info.ts';
import { LiveWorld } from '../../live/live-world.ts';
import { readSamples } from '../../live/load/samples-file.ts';
import type { State } from '../../live/store/state.ts';
import { traceOf } from '../../scenarios/replication.ts';
import type { Scenario } from '../../scenarios/scenario.ts';
import { playTimeline } from '../../scenarios/timeline.ts';
import type { Estate } from '../../twin/estate/estate.ts';
import type { CrashFault } from '../../twin/faults/fault.ts';
import type { Measurement } from '../../twin/measurement.ts';
import { onlyFleet } from '../../twin/model/platform.ts';
import { outcomes } from '../../twin/samples.ts';
import { writeTrace, type Trace } from '../../twin/trace.ts';
import { LiveTest, quickScenario, shardId } from './executor-fixture.ts';

const rule = { heartbeatMs: 100, leaseMs: 500 };
const crashAtMs = 1_000;
const test = new LiveTest();
let lab: LabInfo;
let state: State;

beforeAll(async () => {
  lab = await test.up();
  state = await test.open();
}, 60_000);

afterAll(async () => {
  await state.close();
  await test.down();
});

interface Drill {
  readonly former: string;
  readonly measurement: Measurement;
  readonly after: ObservedShard;
  readonly trace: Trace;
  /** What became of each request. */
  readonly fates: readonly string[];
}

/** Crashes whoever leads, a second after the load began, for a second and a half. */
async function drill(manner: CrashFault['manner']): Promise<Drill> {
  const map = await state.shardMap.get(shardId);
  if (map === undefined) throw new Error('the shard has a map');
  const estate = watched(estateLedBy(test.estate, shardId, map.primary));
  const scenario: Scenario = {
    ...quickScenario('', 6_000),
    kind: 'drill',
    timeline: [
      {
        when: { kind: 'at', ms: crashAtMs },
        do: { kind: 'fault', fault: { kind: 'crash', node: map.primary, manner }, forMs: 1_500 },
      },
    ],
  };
  const trace = traceOf(scenario, estate, manner, 0);
  const directory = join(test.root, manner);
  await mkdir(directory);
  const traceFile = join(directory, 'trace.bin');
  await writeFile(traceFile, writeTrace(trace));
  const outDirectory = join(directory, 'load');
  const world = await LiveWorld.open({
    lab,
    estate,
    fleet: onlyFleet(estate),
    shard: shardId,
    run: manner,
    trace,
    traceFile,
    outDirectory,
    shardMap: state.shardMap,
    warmupMs: scenario.warmupMs,
    journal: new MemoryJournal(manner, []),
    stepsOf: () => [],
    isWatched: true,
  });
  try {
    const measurement = await playTimeline(world, scenario);
    const { outcome } = readSamples(outDirectory, trace);
    const fates = Array.from(outcome, (index) => outcomes[index] ?? '');
    const after = await observeShard(lab, estate, shardId);
    return { former: map.primary, measurement, after, trace, fates };
  } finally {
    await world.close();
  }
}

function watched(estate: Estate): Estate {
  return { ...estate, fleets: estate.fleets.map((fleet) => ({ ...fleet, failover: rule })) };
}

function durationOf({ measurement }: Drill, step: string): number {
  const at = (state: string): number =>
    measurement.steps.find((event) => event.step === step && event.state === state)?.atMs ??
    Number.NaN;
  return at('done') - at('started');
}

describe.each(['reset', 'silent'] as const)('a primary that dies (%s)', (manner) => {
  let played: Drill;
  beforeAll(async () => {
    played = await drill(manner);
  }, 60_000);

  it('is replaced by exactly one other node, and comes back as its standby', async () => {
    const { former, after, measurement } = played;
    expect(after.primary).not.toBe(former);
    expect(after.nodes.filter(({ state: role }) => role === 'primary')).toHaveLength(1);
    expect(after.nodes.find(({ id }) => id === former)).toMatchObject({
      state: 'standby',
      upstream: after.primary,
    });
    expect(measurement.steps.map(({ step, state: at }) => `${step} ${at}`)).toEqual(
      ['1-detect', '2-fence', '3-promote-node', '4-follow', '5-switch-map', '6-rejoin'].flatMap(
        (step) => [`${step} started`, `${step} done`],
      ),
    );
  });

  it('takes no acknowledged write with it', () => {
    expect(played.measurement.exact).toEqual([
      { claim: 'lost_acknowledged_writes', value: 0 },
      { claim: 'duplicate_writes', value: 0 },
      { claim: 'promotions', value: 1 },
    ]);
  });

  it('moves the map of the shard by one epoch', async () => {
    const primary = played.after.primary;
    const epoch = manner === 'reset' ? 2 : 3;
    expect(await state.shardMap.get(shardId)).toEqual({ shard: shardId, primary, epoch });
  });

  it('leaves requests that waited for it to be answered by the next one', () => {
    const { trace, fates } = played;
    const late = fates.filter((_, request) => (trace.atMs[request] ?? 0) > crashAtMs + 2_000);
    expect(late.length).toBeGreaterThan(20);
    expect(new Set(late)).toEqual(new Set(['acknowledged']));
  });

  it('is noticed at once when connections are reset, and by its lease when it falls silent', () => {
    const detectMs = durationOf(played, '1-detect');
    if (manner === 'silent') {
      expect(detectMs).toBeGreaterThanOrEqual(rule.leaseMs - rule.heartbeatMs - 1);
    } else {
      expect(detectMs).toBeLessThan(rule.leaseMs - rule.heartbeatMs);
    }
  });
});

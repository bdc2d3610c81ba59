// The real clusters behind the port: the same promises as the twin's, and the same names in what they measure.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { MemoryJournal } from '../../live/executor/journal.ts';
import { LiveWorld } from '../../live/live-world.ts';
import { readSamples } from '../../live/load/samples-file.ts';
import { traceOf } from '../../scenarios/replication.ts';
import { SimWorld } from '../../scenarios/sim-world.ts';
import { playTimeline } from '../../scenarios/timeline.ts';
import { stepsOf } from '../../twin/actions/index.ts';
import { checkGates } from '../../twin/gates.ts';
import type { Measurement } from '../../twin/measurement.ts';
import { onlyFleet } from '../../twin/model/platform.ts';
import { makeParameterSet, neutralFactors } from '../../twin/model/parameter-set.ts';
import { outcomes } from '../../twin/samples.ts';
import { writeTrace } from '../../twin/trace.ts';
import { describeWorld, namesOf } from '../world-contract.ts';
import { eu, LiveTest, quickScenario, shardId } from './executor-fixture.ts';

const test = new LiveTest();
const { estate } = test;
const scenario = quickScenario(eu, 10_000);
const trace = traceOf(scenario, estate, 'contract', 0);
const directory = await mkdtemp(join(tmpdir(), 'premortem-world-'));
const outDirectory = join(directory, 'load');
let world: LiveWorld | undefined;

afterAll(() => rm(directory, { recursive: true, force: true }));

describeWorld('the real clusters', async () => {
  const lab = await test.up();
  const state = await test.open();
  const action = { kind: 'promote', shard: shardId, to: eu } as const;
  const steps = stepsOf(action, estate, 1);
  const traceFile = join(directory, 'trace.bin');
  await writeFile(traceFile, writeTrace(trace));
  const live = await LiveWorld.open({
    lab,
    estate,
    fleet: onlyFleet(estate),
    shard: shardId,
    run: 'contract',
    trace,
    traceFile,
    outDirectory,
    shardMap: state.shardMap,
    warmupMs: scenario.warmupMs,
    journal: new MemoryJournal(
      'contract',
      steps.map(({ id }) => id),
    ),
    stepsOf: () => steps,
  });
  world = live;
  return {
    world: live,
    trace,
    warmupMs: scenario.warmupMs,
    action,
    steps: steps.map(({ id }) => id),
    close: async () => {
      await live.close();
      await state.close();
      await test.down();
    },
  };
});

async function measuredLive(): Promise<Measurement> {
  if (world === undefined) throw new Error('the contract was not played');
  return world.finish();
}

it('the real clusters measure what the twin measures, under the same names', async () => {
  const twin = new SimWorld({
    run: 'contract',
    estate,
    trace,
    warmupMs: scenario.warmupMs,
    parameters: makeParameterSet(null, neutralFactors),
    seed: 'contract',
    replication: 0,
  });
  // Lags are looked at every 100 ms, and a standby tells none in milliseconds while it has just turned to a new primary or
  // was confirmed nothing lately: in phases as short as these it is chance whether they were seen.
  const isCertain = (name: string): boolean => !/^(?:during lag_|before lag_ms)/.test(name);
  const live = namesOf(await measuredLive()).filter(isCertain);
  expect(live).toEqual(namesOf(await playTimeline(twin, scenario)).filter(isCertain));
});

it('every request of the trace has a fate', async () => {
  await measuredLive();
  const samples = readSamples(outDirectory, trace);
  expect(samples.outcome).toHaveLength(trace.count);
  expect(new Set(Array.from(samples.outcome, (index) => outcomes[index]))).toEqual(
    new Set(['acknowledged']),
  );
});

it('every condition that a gate asks for was measured', async () => {
  const { conditions, host } = await measuredLive();
  const unknown = checkGates(conditions).filter(({ value }) => value === null);
  // Whose processors others used can be told on Linux only.
  expect(unknown.map(({ gate }) => gate)).toEqual(
    process.platform === 'linux' ? [] : ['foreign-cpu'],
  );
  expect(host['postgres']).toMatch(/^\d+/);
});

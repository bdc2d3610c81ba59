// A primary dies under load, on real servers with commits that wait for a standby: once with its connections reset, once in
// silence. The same promises as the twin's, and what only real servers can show: who leads, who follows, whose map it is.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { observeShard } from '../../live/bridge/topology.ts';
import { estateLedBy } from '../../live/executor/led-by.ts';
import { MemoryJournal } from '../../live/executor/journal.ts';
import type { LabInfo } from '../../live/lab/lab-info.ts';
import { LiveWorld } from '../../live/live-world.ts';
import { readSamples } from '../../live/load/samples-file.ts';
import type { State } from '../../live/store/state.ts';
import { traceOf } from '../../scenarios/replication.ts';
import { SimWorld } from '../../scenarios/sim-world.ts';
import { playTimeline } from '../../scenarios/timeline.ts';
import type { Estate } from '../../twin/estate/estate.ts';
import { stepIdsOfFault } from '../../twin/faults/steps.ts';
import type { CrashFault } from '../../twin/faults/fault.ts';
import { onlyFleet } from '../../twin/model/platform.ts';
import { makeParameterSet, neutralFactors } from '../../twin/model/parameter-set.ts';
import { outcomes } from '../../twin/samples.ts';
import { writeTrace } from '../../twin/trace.ts';
import { crashAtMs, crashForMs, describeCrash, type CrashCandidate } from '../crash-contract.ts';
import { namesOf } from '../world-contract.ts';
import { LiveTest, quickScenario, shardId } from './executor-fixture.ts';

const rule = { heartbeatMs: 100, leaseMs: 500 };
const test = new LiveTest();
const scenario = { ...quickScenario('', 6_000), timeline: [] };
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

/** Whoever leads dies; the second crash meets what the first one left. */
async function open(manner: CrashFault['manner']): Promise<CrashCandidate> {
  const map = await state.shardMap.get(shardId);
  if (map === undefined) throw new Error('the shard has a map');
  const estate = watched(estateLedBy(test.estate, shardId, map.primary));
  const trace = traceOf(scenario, estate, manner, 0);
  const directory = join(test.root, manner);
  await mkdir(directory);
  const traceFile = join(directory, 'trace.bin');
  await writeFile(traceFile, writeTrace(trace));
  const world = await LiveWorld.open({
    lab,
    estate,
    fleet: onlyFleet(estate),
    shard: shardId,
    run: manner,
    trace,
    traceFile,
    outDirectory: join(directory, 'load'),
    shardMap: state.shardMap,
    warmupMs: scenario.warmupMs,
    journal: new MemoryJournal(manner, []),
    stepsOf: () => [],
    isWatched: true,
  });
  const fault: CrashFault = { kind: 'crash', node: map.primary, manner };
  const steps = stepIdsOfFault(fault, estate);
  return { world, trace, rule, fault, steps, close: () => world.close() };
}

function watched(estate: Estate): Estate {
  return { ...estate, fleets: estate.fleets.map((fleet) => ({ ...fleet, failover: rule })) };
}

for (const [manner, epoch] of [
  ['reset', 2],
  ['silent', 3],
] as const) {
  describeCrash(
    `a real primary that dies (${manner})`,
    () => open(manner),
    (played) => {
      it('is replaced by exactly one other node, and comes back as its standby', async () => {
        const { node } = played().candidate.fault;
        const { primary, nodes } = await observeShard(lab, test.estate, shardId);
        expect(primary).not.toBe(node);
        expect(nodes.filter((one) => one.state === 'primary')).toHaveLength(1);
        expect(nodes.find(({ id }) => id === node)).toMatchObject({
          state: 'standby',
          upstream: primary,
        });
        expect(await state.shardMap.get(shardId)).toEqual({ shard: shardId, primary, epoch });
      });

      it('leaves requests that waited for it to be answered by the next one', () => {
        const { trace } = played().candidate;
        const { outcome } = readSamples(join(test.root, manner, 'load'), trace);
        const late = Array.from(outcome, (index) => outcomes[index]).filter(
          (_, request) => (trace.atMs[request] ?? 0) > crashAtMs + crashForMs,
        );
        expect(late.length).toBeGreaterThan(20);
        expect(new Set(late)).toEqual(new Set(['acknowledged']));
      });

      it('is measured as in the twin, under the same names', async () => {
        const { fault, trace } = played().candidate;
        const estate = watched(estateLedBy(test.estate, shardId, fault.node));
        const twin = new SimWorld({
          run: manner,
          estate,
          trace,
          warmupMs: scenario.warmupMs,
          parameters: makeParameterSet(null, neutralFactors),
          seed: 'names',
          replication: 0,
        });
        const when = { kind: 'at', ms: crashAtMs } as const;
        const deed = { kind: 'fault', fault, forMs: crashForMs } as const;
        const timeline = [{ when, do: deed }];
        const simulated = await playTimeline(twin, { ...scenario, timeline });
        const isSpecific = (text: string): boolean => text.includes('lag_');
        // Which of two equal standbys leads afterwards is chance, and lags are told by standby.
        const common = (list: readonly string[]): readonly string[] =>
          list.filter((text) => !isSpecific(text));
        expect(common(namesOf(played().measurement))).toEqual(common(namesOf(simulated)));
      });
    },
  );
}

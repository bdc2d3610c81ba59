// A run's load, begun once: which driver plays it, when its time 0 was, and what the platform looked like before. Kept in
// a file beside the driver's own, so that an executor that resumes finds the same run instead of starting another.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { digestOf } from '../../engine/digest.ts';
import { assert, UserError } from '../../engine/failure.ts';
import { fillsProcessors } from '../../twin/cpu-use.ts';
import type { Estate, Fleet } from '../../twin/estate/estate.ts';
import type { Trace } from '../../twin/trace.ts';
import { observeShard, type ObservedShard } from '../bridge/topology.ts';
import type { ShardMapStore } from '../bridge/step-driver.ts';
import { markCpu } from '../host.ts';
import type { LabControl } from '../lab/lab-control.ts';
import type { LabInfo } from '../lab/lab-info.ts';
import type { KeyRange } from '../load/check-writes.ts';
import type { LoadConfig } from '../load/config.ts';

const liveRunSchema = z.strictObject({
  schema: z.literal('premortem/live-run/v1'),
  run: z.string(),
  startedAtEpochMs: z.number(),
  controlSocket: z.string(),
  keyBase: z.int().nonnegative(),
  /** Timeline that the primary wrote before the load: each promotion adds one. */
  timeline: z.int().positive(),
  cpu: z
    .strictObject({ atEpochMs: z.number(), busyTicks: z.number(), ownTicks: z.number() })
    .nullable(),
});
export type LiveRun = z.infer<typeof liveRunSchema>;

/** What is needed to begin a load. `outDirectory` is the driver's; one per run. */
export interface LoadOrder {
  readonly lab: LabInfo;
  readonly estate: Estate;
  readonly fleet: Fleet;
  readonly shard: string;
  readonly run: string;
  readonly trace: Trace;
  readonly traceFile: string;
  readonly outDirectory: string;
  readonly shardMap: ShardMapStore;
}

/** From the moment that every connection is warm to time 0. */
const startInMs = 500;

/** Keys of one run: a block of its own among 2³² blocks, chosen by the run's name. */
const keysPerRun = 2 ** 20;

/** The run's load as it was begun, now or earlier. Only the first call starts a driver. */
export async function beginLoad(order: LoadOrder, control: LabControl): Promise<LiveRun> {
  const file = join(order.outDirectory, 'live-run.json');
  if (existsSync(file)) return readLiveRun(file);
  const { lab, estate, shard } = order;
  // Whoever was killed during a drill may have left a monitor behind, which would take a planned stop for a death.
  await control.unwatchShard(shard);
  await control.setLinks(estate.links);
  const observed = await observeShard(lab, estate, shard);
  const map = await mapOf(order, observed);
  const leader = observed.nodes.find(({ id }) => id === map.primary);
  const cpu = markCpu(lab.daemon.pid);
  const keyBase = keyBaseOf(order);
  const { startedAtEpochMs, controlSocket } = await control.startLoad(
    configOf(order, map, keyBase),
  );
  const liveRun: LiveRun = {
    schema: 'premortem/live-run/v1',
    run: order.run,
    startedAtEpochMs,
    controlSocket,
    keyBase,
    timeline: leader?.timeline ?? 1,
    cpu,
  };
  mkdirSync(order.outDirectory, { recursive: true });
  writeFileSync(`${file}.part`, `${JSON.stringify(liveRun)}\n`);
  renameSync(`${file}.part`, file);
  return liveRun;
}

/** The keys that the run's requests may have written. */
export function keyRangeOf({ keyBase }: LiveRun, { count }: Trace): KeyRange {
  return { from: keyBase, to: keyBase + count };
}

/** Requests go where the map says; a map that the servers contradict is not played on. */
async function mapOf(
  { shard, shardMap }: LoadOrder,
  observed: ObservedShard,
): Promise<LoadConfig['map']> {
  const assigned = await shardMap.get(shard);
  const { primary } = observed;
  if (primary === null || (assigned !== undefined && assigned.primary !== primary)) {
    const should = assigned === undefined ? '' : `; the map says ${assigned.primary}`;
    throw new UserError('refused', {
      message: `${primary ?? 'no single node'} leads ${shard}${should}`,
      remedy: 'look at `premortem lab status` and mend the lab, or start it anew',
    });
  }
  return { primary, epoch: assigned?.epoch ?? 0 };
}

function configOf(
  { run, traceFile, outDirectory, shard, fleet }: LoadOrder,
  map: LoadConfig['map'],
  keyBase: number,
): Omit<LoadConfig, 'controlSocket' | 'routes' | 'observed' | 'database' | 'user'> {
  return {
    schema: 'premortem/load/v1',
    run,
    traceFile: resolve(traceFile),
    outDirectory: resolve(outDirectory),
    startInMs,
    shard,
    map,
    pool: { size: fleet.pool.size, timeoutMs: fleet.pool.timeoutMs },
    classes: fleet.classes.map(({ id, kind }) => ({ id, kind })),
    tenants: fleet.tenants.map(({ id, home }) => ({ id, home })),
    watchProcessors: fillsProcessors(fleet),
    keyBase,
  };
}

function keyBaseOf({ run, trace }: LoadOrder): number {
  assert(trace.count <= keysPerRun, `a run writes at most ${keysPerRun} keys`);
  return Number.parseInt(digestOf({ run }).slice(0, 8), 16) * keysPerRun;
}

function readLiveRun(file: string): LiveRun {
  const parsed = liveRunSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  if (parsed.success) return parsed.data;
  throw new UserError('state', {
    message: 'not a description of a live run',
    place: { file },
    remedy: 'restore a copy of the state directory',
  });
}

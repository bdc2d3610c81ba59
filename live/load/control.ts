// The verbs by which an executor steers a running load: hold, drain, switch the map, release, stop, look. All are
// idempotent, because a resumed executor repeats what it cannot know to have happened.
import { z } from 'zod';
import type { ControlHandler } from '../control-socket.ts';
import { shardMapSchema, type LoadConfig } from './config.ts';
import type { LoadRun } from './run.ts';

const shardArguments = z.strictObject({ shard: z.string() });
const drainedArguments = z.strictObject({ limitMs: z.number().positive() });
const switchArguments = z.strictObject({ shard: z.string(), ...shardMapSchema.shape });

/** What `status` answers, and the other verbs with it. */
export interface LoadStatus {
  readonly run: string;
  readonly shard: string;
  readonly held: boolean;
  readonly inFlight: number;
  readonly queued: number;
  readonly offered: number;
  readonly sent: number;
  readonly done: number;
  readonly requests: number;
  readonly primary: string;
  readonly epoch: number;
  readonly finished: boolean;
  /** Null until every connection is warm. */
  readonly startedAtEpochMs: number | null;
  readonly nowMs: number;
  readonly lostConnections: number;
  readonly openByNode: Readonly<Record<string, number>>;
  readonly pools: readonly { lane: string; busy: number; queued: number }[];
}

/** Handlers for `serveControl`. */
export function loadHandlers(
  config: LoadConfig,
  run: LoadRun,
): Readonly<Record<string, ControlHandler>> {
  const status = (): LoadStatus => statusOf(config, run);
  const checkShard = (shard: string): void => {
    if (shard !== config.shard) {
      throw new Error(`this driver plays shard ${config.shard}, not ${shard}`);
    }
  };
  return {
    status,
    hold: (args) => {
      checkShard(shardArguments.parse(args).shard);
      run.router.hold();
      return status();
    },
    drained: async (args) => {
      await run.router.drained(drainedArguments.parse(args).limitMs);
      return status();
    },
    'switch-map': (args) => {
      const { shard, ...map } = switchArguments.parse(args);
      checkShard(shard);
      if (!(map.primary in run.pools.openByNode)) {
        throw new Error(`this driver has no route to ${map.primary}`);
      }
      run.router.switchMap(map);
      return status();
    },
    release: (args) => {
      checkShard(shardArguments.parse(args).shard);
      run.router.release();
      return status();
    },
    stop: async () => {
      await run.stop();
      return status();
    },
  };
}

function statusOf(config: LoadConfig, run: LoadRun): LoadStatus {
  const { records, pools, router } = run;
  return {
    run: config.run,
    shard: config.shard,
    ...router.state,
    offered: records.offered,
    sent: records.sent,
    done: records.done,
    requests: records.samples.intendedMs.length,
    finished: run.finished,
    startedAtEpochMs: run.startedAtEpochMs,
    nowMs: run.nowMs,
    lostConnections: pools.lostCount,
    openByNode: pools.openByNode,
    pools: router.lanes.map(({ id, busy, queued }) => ({ lane: id, busy, queued })),
  };
}

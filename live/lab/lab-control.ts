// The lab's verbs as typed calls, for the executor and whoever else changes a running lab. Each may be repeated: asking
// for what is already so changes nothing. What the answers hold is checked here, once.
import { z } from 'zod';
import type { Link } from '../../twin/estate/estate.ts';
import { connectControl } from '../control-socket.ts';
import type { LabInfo } from './lab-info.ts';
import type { Fault } from '../../twin/faults/fault.ts';
import type { WatchOrder } from './failover/monitor.ts';
import type { StopMode } from './server.ts';

const durationSchema = z.object({ durationMs: z.number() });
const copySchema = durationSchema.extend({ bytes: z.number() });
const linkSchema = z.object({
  between: z.tuple([z.string(), z.string()]),
  delayMs: z.number(),
  bandwidthBytesPerSec: z.number().nullable(),
});
const statusSchema = z.object({
  nodes: z.array(
    z.object({ id: z.string(), state: z.enum(['up', 'down']), pid: z.int().nullable() }),
  ),
  links: z.array(linkSchema),
  load: z.looseObject({ running: z.boolean() }),
});
const loadStartedSchema = z.object({
  pid: z.int(),
  controlSocket: z.string(),
  startedAtEpochMs: z.number(),
});

const faultSchema = z.object({
  id: z.string(),
  state: z.enum(['running', 'done', 'failed']),
  reason: z.string().nullable(),
  events: z.array(
    z.object({
      step: z.string(),
      state: z.enum(['started', 'done', 'failed', 'compensated']),
      atEpochMs: z.number(),
      evidence: z.record(z.string(), z.union([z.string(), z.number()])),
    }),
  ),
});

/** How a fault stands, and every step event of what it set off. */
export type FaultStatus = z.infer<typeof faultSchema>;

/** What runs, how long the links are, and what the load driver says about itself. */
export type DaemonStatus = z.infer<typeof statusSchema>;

/** A load driver that is warm; `startedAtEpochMs` is time 0 of its trace. */
type LoadStart = z.infer<typeof loadStartedSchema>;

const connectLimitMs = 2_000;
const quickLimitMs = 10_000;
const slowLimitMs = 90_000;

export interface LabControl {
  status(): Promise<DaemonStatus>;
  /** Sets one-way delays and bandwidths; links that are not named keep theirs. */
  setLinks(links: readonly Link[]): Promise<void>;
  stopNode(node: string, mode: StopMode): Promise<{ durationMs: number }>;
  /** Resolves when the server accepts connections. */
  startNode(node: string): Promise<{ durationMs: number }>;
  /** Makes a node a standby of `upstream`: at once when it runs, else with its next start. */
  configureStandby(node: string, upstream: string): Promise<{ running: boolean }>;
  /** Replaces a node's data by a clone of `upstream`; the node is left stopped. */
  rebuildNode(node: string, upstream: string): Promise<{ durationMs: number }>;
  /** Replaces a stopped node's data by a copy of `upstream` that comes over the link; the node is left stopped. */
  copyNode(
    node: string,
    order: { readonly upstream: string; readonly bytesPerSec: number },
    limitMs: number,
  ): Promise<{ durationMs: number; bytes: number }>;
  /** `config` is a load configuration; database, user, routes and socket are the lab's unless given. */
  startLoad(config: object): Promise<LoadStart>;
  loadStatus(): Promise<DaemonStatus['load']>;
  stopLoad(): Promise<{ stopped: boolean }>;
  /** Lets the monitor watch a primary, and replace it when it gives it up. */
  watchShard(order: WatchOrder): Promise<void>;
  /** Resolves when nothing that the monitor began is under way. */
  unwatchShard(shard: string): Promise<void>;
  /** Breaks something for `forMs`; the same id again is the same fault. Returns at once. */
  injectFault(id: string, fault: Fault, forMs: number): Promise<FaultStatus>;
  faultStatus(id: string): Promise<FaultStatus>;
  /** Ends a fault before its time; resolves when it and what it set off are over. */
  endFault(id: string): Promise<FaultStatus>;
  close(): void;
}

/** Connects to the daemon of a lab. */
export async function openLabControl(lab: LabInfo): Promise<LabControl> {
  const client = await connectControl(lab.controlSocket, connectLimitMs);
  const ask = async <T>(schema: z.ZodType<T>, verb: string, args: object = {}): Promise<T> =>
    schema.parse(await client.call(verb, args, quickLimitMs));
  const askLong = async <T>(schema: z.ZodType<T>, verb: string, args: object = {}): Promise<T> =>
    schema.parse(await client.call(verb, args, slowLimitMs));
  return {
    status: () => ask(statusSchema, 'status'),
    setLinks: async (links) => {
      await ask(z.object({ links: z.array(linkSchema) }), 'set-links', { links });
    },
    stopNode: (node, mode) => askLong(durationSchema, 'stop-node', { node, mode }),
    startNode: (node) => askLong(durationSchema, 'start-node', { node }),
    configureStandby: (node, upstream) =>
      ask(z.object({ running: z.boolean() }), 'configure-standby', { node, upstream }),
    rebuildNode: (node, upstream) => askLong(durationSchema, 'rebuild-node', { node, upstream }),
    copyNode: async (node, order, limitMs) =>
      copySchema.parse(await client.call('copy-node', { node, ...order }, limitMs)),
    startLoad: (config) => askLong(loadStartedSchema, 'load-start', { config }),
    loadStatus: () => ask(statusSchema.shape.load, 'load-status'),
    stopLoad: () => askLong(z.object({ stopped: z.boolean() }), 'load-stop'),
    watchShard: async (order) => {
      await ask(z.object({}), 'watch-shard', order);
    },
    unwatchShard: async (shard) => {
      await askLong(z.object({}), 'unwatch-shard', { shard });
    },
    injectFault: (id, fault, forMs) => ask(faultSchema, 'inject-fault', { id, fault, forMs }),
    faultStatus: (id) => ask(faultSchema, 'fault-status', { id }),
    endFault: (id) => askLong(faultSchema, 'end-fault', { id }),
    close: () => client.close(),
  };
}

// The platform at rest: the servers, links and replication of one fleet on a simulation. `request-path.ts` sends load
// through it, `play.ts` lets actions change it.
import { assert } from '../../engine/failure.ts';
import { makeHashUniform } from '../../engine/random.ts';
import type { Simulation } from '../../engine/simulation.ts';
import { nodesOf, type Estate, type Fleet, type Node, type Shard } from '../estate/estate.ts';
import { Network } from './network.ts';
import type { ParameterSet } from './parameter-set.ts';
import { Replication } from './replication.ts';
import { Server, type ServerOptions } from './server.ts';
import { logWriterRoundMs, walSegmentBytes } from './wal.ts';
import type { StandbyPace } from './wal-stream.ts';

/** One shard's moving parts; `index` is its number within the fleet. */
export interface ShardModel {
  readonly shard: Shard;
  readonly index: number;
  readonly replication: Replication;
}

export interface PlatformOptions {
  readonly simulation: Simulation;
  readonly estate: Estate;
  readonly parameters: ParameterSet;
  readonly seed: string;
  /** Index within an ensemble: other flushes for the same commits. */
  readonly replication: number;
  /** A processor is done with this request. */
  readonly onExecuted: (request: number) => void;
  /** Bytes of log that this request's write makes. */
  readonly walBytesOf: (request: number) => number;
  /** The commit records of these requests are on their server's disk. */
  readonly onFlushed: (requests: readonly number[]) => void;
  /** As many standbys as the rule names have confirmed this request's commit, or nobody is waited for. */
  readonly onCommitted: (request: number) => void;
}

export class Platform {
  readonly fleet: Fleet;
  readonly network: Network;
  readonly shards: readonly ShardModel[];
  readonly #servers = new Map<string, Server>();

  constructor(options: PlatformOptions) {
    this.fleet = onlyFleet(options.estate);
    this.network = new Network(options.estate);
    this.shards = this.fleet.shards.map((shard, index) => this.#build(shard, index, options));
  }

  get servers(): readonly Server[] {
    return [...this.#servers.values()];
  }

  /** The server with this id; asking for one that does not exist is a bug. */
  server(id: string): Server {
    const server = this.#servers.get(id);
    assert(server !== undefined, `node ${id} is part of the model`);
    return server;
  }

  /** The moving parts of the shard with this id. */
  shardModel(id: string): ShardModel {
    const model = this.shards.find(({ shard }) => shard.id === id);
    assert(model !== undefined, `shard ${id} is part of the model`);
    return model;
  }

  #build(shard: Shard, index: number, options: PlatformOptions): ShardModel {
    const { simulation, estate, parameters, seed, onExecuted } = options;
    const sliceMs = parameters.draw('cpu.sliceMs', 0.5);
    const standbyCpuMs = parameters.measured('standby.cpuMs') ?? 0;
    const uniform = makeHashUniform(seed, `slice/${options.replication}/${shard.id}`);
    let wakes = 0;
    const onceAwake = inOrder(simulation, {
      wakeMs: (server) => (server.isTaken ? uniform(wakes++) * sliceMs : 0),
      act: (from, requests) => replication.flushed(from, requests),
    });
    for (const node of nodesOf(shard)) {
      const server = new Server(simulation, {
        node,
        cores: parameters.measured('cpu.cores') ?? vcpusOf(estate, node),
        sliceMs,
        isPrimary: node === shard.primary,
        wal: walOf(node, options),
        onExecuted,
        onFlushed: (from, requests) => {
          if (from.state !== 'primary') return;
          options.onFlushed(requests);
          if (standbyCpuMs > 0) {
            const standbys = replication.standbysOf(from.id).length;
            from.burden(standbyCpuMs * requests.length * standbys);
          }
          onceAwake(from, requests);
        },
      });
      this.#servers.set(server.id, server);
    }
    const replication = new Replication({
      simulation,
      servers: this.#servers,
      network: this.network,
      rule: shard.syncRule,
      mode: shard.commitMode,
      paceOf: (standby, upstream) => paceOf(standby, upstream, options),
      onCommitted: options.onCommitted,
    });
    for (const { id } of shard.replicas) replication.attach(id, shard.primary.id);
    return { shard, index, replication };
  }
}

/** Calls `act` once whoever waited for a flush is awake, in the order of the flushes. */
function inOrder(
  simulation: Simulation,
  {
    wakeMs,
    act,
  }: {
    readonly wakeMs: (server: Server) => number;
    readonly act: (server: Server, requests: readonly number[]) => void;
  },
): (server: Server, requests: readonly number[]) => void {
  const waiting: { readonly server: Server; readonly requests: readonly number[] }[] = [];
  let lastMs = 0;
  const handler = simulation.register(() => {
    const next = waiting.shift();
    // One that died meanwhile never got that far.
    if (next?.server.state === 'primary') act(next.server, next.requests);
  }, 'awake after flush');
  return (server, requests) => {
    const atMs = Math.max(lastMs, simulation.nowMs + wakeMs(server));
    if (atMs <= simulation.nowMs) {
      act(server, requests);
      return;
    }
    lastMs = atMs;
    waiting.push({ server, requests });
    simulation.schedule(atMs - simulation.nowMs, handler, 0);
  };
}

function walOf(
  node: Node,
  { parameters, seed, replication: run, walBytesOf: bytesOf }: PlatformOptions,
): ServerOptions['wal'] {
  const uniform = makeHashUniform(seed, `flush/${run}/${node.id}`);
  return {
    bytesOf,
    flushMs: (flush) => parameters.draw('wal.flushMs', uniform(flush)),
    phaseMs: logWriterRoundMs * makeHashUniform(seed, `log writer/${run}/${node.id}`)(0),
    segmentOffsetBytes: walSegmentBytes * makeHashUniform(seed, `log segment/${run}/${node.id}`)(0),
  };
}

/** A standby that shares the processors of its upstream, as on the servers that were measured, wakes up late beside computations. */
function paceOf(
  standby: string,
  upstream: Server,
  { parameters, seed, replication: run }: PlatformOptions,
): StandbyPace {
  const uniform = makeHashUniform(seed, `standby flush/${run}/${standby}`);
  const wake = makeHashUniform(seed, `standby slice/${run}/${standby}`);
  const sliceMs = parameters.draw('standby.sliceMs', 0.5);
  return {
    flushMs: (flush) =>
      parameters.draw('standby.flushMs', uniform(flush)) +
      (upstream.isTaken ? wake(flush) * sliceMs : 0),
    replayBytesPerMs: parameters.draw('standby.replayBytesPerSec', 0.5) / 1_000,
    receiveBytesPerMs: parameters.draw('standby.receiveBytesPerSec', 0.5) / 1_000,
  };
}

/** Processors of the node's tier. */
function vcpusOf({ tiers }: Pick<Estate, 'tiers'>, node: Pick<Node, 'id' | 'tier'>): number {
  const tier = tiers.find(({ id }) => id === node.tier);
  assert(tier !== undefined, `the tier of ${node.id} exists`);
  return tier.vcpus;
}

/** The fleet that a model is of: the loader admits exactly one. */
export function onlyFleet(estate: Estate): Fleet {
  const [fleet] = estate.fleets;
  assert(fleet !== undefined && estate.fleets.length === 1, 'an estate has exactly one fleet');
  return fleet;
}

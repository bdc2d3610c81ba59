// The platform at rest: the servers, links and replication of one fleet on a simulation. `request-path.ts` sends load
// through it, `play.ts` lets actions change it.
import { assert } from '../../engine/failure.ts';
import { makeHashUniform } from '../../engine/random.ts';
import type { Simulation } from '../../engine/simulation.ts';
import { nodesOf, type Estate, type Fleet, type Node, type Shard } from '../estate/estate.ts';
import { Network } from './network.ts';
import type { ParameterSet } from './parameter-set.ts';
import { Replication } from './replication.ts';
import { Server } from './server.ts';

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
  /** The commit record of this request is on its server's disk, or may ask again for standbys. */
  readonly onFlushed: (request: number) => void;
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
    const {
      simulation,
      estate,
      parameters,
      seed,
      replication: run,
      onExecuted,
      onFlushed,
    } = options;
    for (const node of nodesOf(shard)) {
      const uniform = makeHashUniform(seed, `flush/${run}/${node.id}`);
      const server = new Server(simulation, {
        node,
        cores: parameters.measured('cpu.cores') ?? vcpusOf(estate, node),
        isPrimary: node === shard.primary,
        flushMs: (flush) => parameters.draw('wal.flushMs', uniform(flush)),
        onExecuted,
        onFlushed,
      });
      this.#servers.set(server.id, server);
    }
    const replication = new Replication({
      servers: this.#servers,
      network: this.network,
      rule: shard.syncRule,
      mode: shard.commitMode,
      onReady: onFlushed,
    });
    for (const { id } of shard.replicas) replication.attach(id, shard.primary.id);
    return { shard, index, replication };
  }
}

/** Processors of the node's tier. */
export function vcpusOf({ tiers }: Pick<Estate, 'tiers'>, node: Pick<Node, 'id' | 'tier'>): number {
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

// The servers of a lab and the routes between them: brings shards up from nothing and performs the physical half of
// every step on a node (stop, start, follow, rebuild). It decides nothing; roles and order are the executor's business.
import { join } from 'node:path';
import type { Client } from 'pg';
import { assert, UserError } from '../../engine/failure.ts';
import {
  findShard,
  nodesOf,
  type Estate,
  type Node,
  type Shard,
} from '../../twin/estate/estate.ts';
import type { CrashFault } from '../../twin/faults/fault.ts';
import type { ServerAddress } from '../bridge/postgres.ts';
import type { LinkFacts, Proxy } from '../proxy/proxy.ts';
import { AdminSessions } from './admin-sessions.ts';
import type { CopyWay } from './base-backup.ts';
import { adminAddressOf, Contents } from './contents.ts';
import type { LabInfo, LabRoute } from './lab-info.ts';
import { choosePorts } from './ports.ts';
import { PostgresServer, type ServerHost, type StopMode } from './server.ts';
import { labDatabase, slotNameOf, upstreamSettings } from './settings.ts';
import { waitForStandbys } from './standbys.ts';
import { Wires, type Destination } from './wires.ts';

/** What a cluster is made of. `directory` holds the data and must be reachable for the servers' user. */
export interface ClusterPlan {
  readonly estate: Estate;
  readonly directory: string;
  readonly adminPassword: string;
  readonly host: ServerHost;
  readonly proxy: Proxy;
  readonly firstPort?: number;
}

interface Member {
  readonly node: Node;
  readonly shard: Shard;
  readonly server: PostgresServer;
  /** The verb that runs on this node; the next one waits for it. */
  busy: Promise<unknown>;
  /** Its slots are of an earlier life as a primary and would hold back log for ever. */
  slotsAreStale: boolean;
}

const loopback = '127.0.0.1';

export class Cluster {
  readonly #plan: ClusterPlan;
  readonly #sessions = new AdminSessions();
  readonly #members = new Map<string, Member>();
  readonly #wires: Wires;
  readonly #contents: Contents;

  private constructor(plan: ClusterPlan) {
    this.#plan = plan;
    this.#wires = new Wires(plan.proxy);
    this.#contents = new Contents(plan);
  }

  /** Chooses ports and opens every route; no server is started. */
  static async prepare(plan: ClusterPlan): Promise<Cluster> {
    const cluster = new Cluster(plan);
    const shards = plan.estate.fleets.flatMap((fleet) => fleet.shards);
    const placed = shards.flatMap((shard) => nodesOf(shard).map((node) => ({ node, shard })));
    const ports = await choosePorts(placed.length, plan.firstPort);
    for (const [index, { node, shard }] of placed.entries()) {
      const port = ports[index];
      assert(port !== undefined, 'a port for each node');
      const server = new PostgresServer(node.id, port, join(plan.directory, node.id), plan.host);
      const busy = Promise.resolve();
      cluster.#members.set(node.id, { node, shard, server, busy, slotsAreStale: false });
    }
    const destinations = [...cluster.#members.values()].map(destinationOf);
    await cluster.#wires.open(destinations, plan.estate.regions);
    return cluster;
  }

  get routes(): readonly LabRoute[] {
    return this.#wires.routes;
  }

  get nodes(): LabInfo['nodes'] {
    return [...this.#members.values()].map(({ node, shard, server }) => ({
      id: node.id,
      shard: shard.id,
      region: node.region,
      zone: node.zone,
      host: loopback,
      port: server.port,
      dataDirectory: server.dataDirectory,
    }));
  }

  /** Which servers run. */
  states(): { id: string; state: 'up' | 'down'; pid: number | null }[] {
    return [...this.#members.values()].map(({ node, server: { pid } }) => ({
      id: node.id,
      state: pid === null ? 'down' : 'up',
      pid,
    }));
  }

  /** Makes every shard: its primary, then its replicas as clones of it, all streaming when this returns. */
  async create(onProgress: (text: string) => void): Promise<void> {
    for (const fleet of this.#plan.estate.fleets) {
      for (const shard of fleet.shards) await this.#createShard(shard, onProgress);
    }
  }

  /** Changes links between regions of the estate. Throws UserError('missing') for another place. */
  setLinks(links: readonly LinkFacts[]): void {
    const regions = this.#plan.estate.regions.map(({ id }) => id);
    for (const region of links.flatMap(({ between }) => between)) {
      if (regions.includes(region)) continue;
      throw new UserError('missing', {
        message: `the estate has no region "${region}"`,
        remedy: `regions here: ${regions.join(', ')}`,
      });
    }
    this.#plan.proxy.setLinks(links);
  }

  /** Stops a server; a stopped one is left alone. */
  stopNode(nodeId: string, mode: StopMode): Promise<{ durationMs: number }> {
    return this.#exclusively(nodeId, async (member) => {
      await this.#sessions.close(nodeId);
      return member.server.stop(mode);
    });
  }

  /** Starts a server and waits until it accepts connections; a running one is left alone. */
  startNode(nodeId: string): Promise<{ durationMs: number }> {
    return this.#exclusively(nodeId, (member) => this.#start(member));
  }

  /**
   * A node dies, now: `reset` kills its server and everything that was on its way from or to it; `silent` cuts it off from
   * clients, standbys and monitor, and lets it run.
   */
  crashNode(nodeId: string, manner: CrashFault['manner']): void {
    const { server } = this.#member(nodeId);
    // Within one turn of the event loop, so that not a byte that the dead server sent is read in between.
    if (manner === 'reset') server.kill();
    this.#wires.cut(nodeId, manner);
  }

  /** Makes sure that a server does nothing any more, as by cutting its power. Needs no way to it; a dead one is left alone. */
  async fenceNode(nodeId: string): Promise<{ wasRunning: boolean }> {
    const { server } = this.#member(nodeId);
    const wasRunning = server.pid !== null;
    server.kill();
    await server.gone();
    return { wasRunning };
  }

  /** Ends what `crashNode` did to the ways to a node. */
  reconnectNode(nodeId: string): void {
    this.#wires.restore(nodeId);
  }

  /** The address by which a monitor asks a node whether it lives: cut off when the node is. */
  async monitorAddress(nodeId: string): Promise<ServerAddress> {
    const member = this.#member(nodeId);
    const { host, port } = await this.#wires.monitorWay(destinationOf(member));
    return { ...this.#address(member.server), host, port };
  }

  /** The lasting administrator's connection to a running node. */
  admin(nodeId: string): Promise<Client> {
    return this.#admin(this.#member(nodeId));
  }

  /** Every declared shard. */
  get shards(): readonly Shard[] {
    return this.#plan.estate.fleets.flatMap(({ shards }) => shards);
  }

  /** The declared shard that a node belongs to. */
  shardOf(nodeId: string): Shard {
    return this.#member(nodeId).shard;
  }

  /** The declared shard of this id. Throws UserError('missing') when there is none. */
  shard(shardId: string): Shard {
    const found = findShard(this.#plan.estate, shardId);
    if (found !== undefined) return found.shard;
    throw new UserError('missing', { message: `the lab has no shard "${shardId}"` });
  }

  /**
   * Makes a node a standby of `upstream`, which must be running and keeps log for it from now on. A running standby
   * turns to it at once; a stopped node starts as a standby next time.
   */
  configureStandby(nodeId: string, upstream: string): Promise<{ running: boolean }> {
    return this.#exclusively(nodeId, async (member) => {
      await this.#point(member, upstream);
      return { running: member.server.pid !== null };
    });
  }

  /** Throws a node's data away and clones `upstream`; the node is left stopped, as a standby of it. */
  rebuildNode(nodeId: string, upstream: string): Promise<{ durationMs: number }> {
    return this.#exclusively(nodeId, async (member) => {
      const beganMs = performance.now();
      await this.#sessions.close(nodeId);
      await member.server.stop('fast');
      await this.#contents.clone(member, this.#member(upstream).server);
      await this.#point(member, upstream);
      return { durationMs: performance.now() - beganMs };
    });
  }

  /**
   * Throws a stopped node's data away and copies `upstream`'s over the way that replication takes, at `bytesPerSec` at most;
   * the node is left stopped, as a standby of it.
   */
  copyNode(
    nodeId: string,
    { upstream, bytesPerSec }: { readonly upstream: string; readonly bytesPerSec: number },
  ): Promise<{ durationMs: number; bytes: number }> {
    return this.#exclusively(nodeId, async (member) => {
      const beganMs = performance.now();
      await member.server.makeDirectory();
      // First of all, so that the primary keeps the log that the copy will need.
      await this.#point(member, upstream);
      const way = this.#copyWay(member, this.#member(upstream));
      const { bytes } = await this.#contents.receive(member, way, bytesPerSec);
      return { durationMs: performance.now() - beganMs, bytes };
    });
  }

  /** Stops every server at once and without a checkpoint: nobody needs the data any more. */
  async close(): Promise<void> {
    const members = [...this.#members.values()];
    await this.#sessions.closeAll();
    await Promise.all(members.map(({ server }) => server.stop('immediate')));
  }

  async #createShard(shard: Shard, onProgress: (text: string) => void): Promise<void> {
    const primary = this.#member(shard.primary.id);
    onProgress(`${shard.id}: creating ${primary.node.id}`);
    await this.#contents.create(primary.server, shard);
    for (const { id } of shard.replicas) {
      onProgress(`${shard.id}: cloning ${id}`);
      const replica = this.#member(id);
      await this.#contents.clone(replica, primary.server);
      await this.#point(replica, primary.node.id);
      await this.#start(replica);
    }
    onProgress(`${shard.id}: waiting for its standbys`);
    const admin = await this.#admin(primary);
    await admin.query('select pg_reload_conf()');
    await waitForStandbys(admin, shard, this.#plan.host.logDirectory);
  }

  async #point(member: Member, upstreamId: string): Promise<void> {
    const { node, server } = member;
    const upstream = this.#member(upstreamId);
    if (upstream.server.pid === null) {
      throw new UserError('refused', {
        message: `${node.id} cannot follow ${upstreamId}, which is down`,
        remedy: `start ${upstreamId} first`,
      });
    }
    const slot = slotNameOf(node.id);
    const admin = await this.#admin(upstream);
    await admin.query(
      `select pg_create_physical_replication_slot($1, true)
         where not exists (select from pg_replication_slots where slot_name = $1)`,
      [slot],
    );
    const { host, port } = this.#wires.replicationRoute(node.region, upstreamId);
    if (server.pid === null) member.slotsAreStale = true;
    await server.writeUpstream(upstreamSettings(node.id, { host, port, slot }));
  }

  /**
   * A narrow link is shared with all that goes over it, so the copy takes the common way. On a wide one nobody holds up
   * anybody, which the single loop of the proxy could not keep up at the rate of a copy: then the copy keeps to itself.
   */
  #copyWay({ node }: Member, upstream: Member): CopyWay {
    const { delayMs, bandwidthBytesPerSec } = this.#plan.proxy.linkFacts(
      upstream.node.region,
      node.region,
    );
    if (bandwidthBytesPerSec === null) return { port: upstream.server.port, delayMs };
    return { port: this.#wires.replicationRoute(node.region, upstream.node.id).port, delayMs: 0 };
  }

  async #start(member: Member): Promise<{ durationMs: number }> {
    const started = await member.server.start();
    if (member.slotsAreStale) {
      const admin = await this.#admin(member);
      await admin.query(
        'select pg_drop_replication_slot(slot_name) from pg_replication_slots where not active',
      );
      member.slotsAreStale = false;
    }
    return started;
  }

  #member(nodeId: string): Member {
    const member = this.#members.get(nodeId);
    if (member !== undefined) return member;
    throw new UserError('missing', {
      message: `the lab has no node "${nodeId}"`,
      remedy: `nodes here: ${[...this.#members.keys()].join(', ')}`,
    });
  }

  /** One verb at a time on a node; a failed one does not block the next. */
  #exclusively<T>(nodeId: string, perform: (member: Member) => Promise<T>): Promise<T> {
    const member = this.#member(nodeId);
    const result = member.busy.then(() => perform(member));
    member.busy = result.catch(() => undefined);
    return result;
  }

  #admin({ server }: Member): Promise<Client> {
    return this.#sessions.use(this.#address(server));
  }

  #address(server: PostgresServer): ServerAddress {
    return adminAddressOf(server, labDatabase.name, this.#plan.adminPassword);
  }
}

function destinationOf({ node, shard, server: { port } }: Member): Destination {
  return { node, shard, port };
}

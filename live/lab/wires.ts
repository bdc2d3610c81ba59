// Every way to the servers of a lab, through the proxy: for clients from each region, for standbys that follow a node, and for
// the monitor that asks whether it lives. Kept by node, so that a node can lose all of them at once.
import { assert } from '../../engine/failure.ts';
import type { Node, Shard } from '../../twin/estate/estate.ts';
import type { Proxy, Route } from '../proxy/proxy.ts';
import type { LabRoute } from './lab-info.ts';

/** A server that ways lead to. */
export interface Destination {
  readonly node: Node;
  readonly shard: Shard;
  readonly port: number;
}

export class Wires {
  readonly #proxy: Proxy;
  readonly #routes: LabRoute[] = [];
  readonly #byNode = new Map<string, Route[]>();
  readonly #monitorWays = new Map<string, Promise<Route>>();

  constructor(proxy: Proxy) {
    this.#proxy = proxy;
  }

  get routes(): readonly LabRoute[] {
    return this.#routes;
  }

  /** A client route from every region to every node, and one for each way in which a node may follow or subscribe to another. */
  async open(
    destinations: readonly Destination[],
    regions: readonly { readonly id: string }[],
  ): Promise<void> {
    for (const destination of destinations) {
      const { node } = destination;
      for (const { id } of regions) await this.#openRoute('client', id, destination);
      const others = destinations.filter((other) => other.node.id !== node.id);
      for (const region of new Set(others.map((other) => other.node.region))) {
        await this.#openRoute('replication', region, destination);
      }
    }
  }

  /** The way on which a node in this region follows `upstream`. */
  replicationRoute(region: string, upstream: string): LabRoute {
    const route = this.#routes.find(
      ({ kind, from, to }) => kind === 'replication' && from === region && to === upstream,
    );
    assert(route !== undefined, `a way leads from ${region} to follow ${upstream}`);
    return route;
  }

  /** The way of the monitor, which stands beside the node: without delay, but cut off with it. */
  monitorWay({ node, port }: Destination): Promise<Route> {
    const present = this.#monitorWays.get(node.id);
    if (present !== undefined) return present;
    const opened = this.#openWay(node.region, node, port);
    this.#monitorWays.set(node.id, opened);
    return opened;
  }

  /** A node is gone with everything that is on its way from and to it; whoever is connected is told, or is not. */
  cut(nodeId: string, manner: 'reset' | 'silent'): void {
    for (const route of this.#byNode.get(nodeId) ?? []) {
      if (manner === 'reset') route.reset();
      else route.silence();
    }
  }

  /** Ends a silence. */
  restore(nodeId: string): void {
    for (const route of this.#byNode.get(nodeId) ?? []) route.restore();
  }

  async #openRoute(
    kind: LabRoute['kind'],
    from: string,
    { node, port }: Destination,
  ): Promise<void> {
    const { host, port: entrance } = await this.#openWay(from, node, port);
    this.#routes.push({ from, to: node.id, host, port: entrance, kind });
  }

  async #openWay(from: string, { id, region }: Node, port: number): Promise<Route> {
    const route = await this.#proxy.open({ from, to: region, port });
    const known = this.#byNode.get(id) ?? [];
    known.push(route);
    this.#byNode.set(id, known);
    return route;
  }
}

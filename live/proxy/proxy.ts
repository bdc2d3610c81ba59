// The delay proxy: routes (a listening port each, leading to one server) over links between places. It exists because
// distance cannot be had on one host otherwise, and because the same object at delay 0 keeps its own cost inside
// every calibration. One precise timer serves all links; there is no busy waiting.
import { createServer, type AddressInfo, type Server } from 'node:net';
import { assert } from '../../engine/failure.ts';
import { PreciseTimer } from '../pacing.ts';
import { Link } from './link.ts';
import { Tunnel } from './tunnel.ts';

/** The loopback address: the proxy never listens anywhere else. */
const loopback = '127.0.0.1';

/** Where a route starts (a place), which place it leads to, and the server behind it. */
export interface RouteTarget {
  readonly from: string;
  readonly to: string;
  readonly port: number;
}

/** A link between two places, the same both ways; `between` may name the same place twice. Bandwidth null: unlimited. */
export interface LinkFacts {
  readonly between: readonly [string, string];
  readonly delayMs: number;
  readonly bandwidthBytesPerSec: number | null;
}

/** One direction of a link: what it carries by itself, and what it is limited to meanwhile. */
interface Direction {
  readonly link: Link;
  bandwidthBytesPerSec: number | null;
  limitBytesPerSec: number | null;
}

/** An open route: clients connect to `host`:`port`. */
export interface Route {
  readonly host: string;
  readonly port: number;
  /** The server behind it is gone: what is under way is lost, and whoever is connected is reset one delay later. */
  reset(): void;
  /** Whatever is sent vanishes, in both directions; who connects now waits in vain. */
  silence(): void;
  /** Ends a silence: whoever was connected during it is reset, as by a server that no longer knows them. */
  restore(): void;
}

interface OpenRoute {
  readonly server: Server;
  readonly tunnels: Set<Tunnel>;
}

export class Proxy {
  readonly #timer = new PreciseTimer(() => this.#deliverDue());
  readonly #directions = new Map<string, Direction>();
  readonly #routes: OpenRoute[] = [];
  #armedMs = Infinity;

  /** Opens a route on a free loopback port. */
  async open({ from, to, port }: RouteTarget): Promise<Route> {
    const way = {
      host: loopback,
      port,
      there: this.#direction(from, to).link,
      back: this.#direction(to, from).link,
    };
    const tunnels = new Set<Tunnel>();
    let isSilent = false;
    const server = createServer({ pauseOnConnect: true, allowHalfOpen: true }, (client) => {
      const tunnel: Tunnel = new Tunnel(client, way, () => tunnels.delete(tunnel));
      tunnels.add(tunnel);
      if (isSilent) tunnel.silence();
      tunnel.start();
    });
    this.#routes.push({ server, tunnels });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, loopback, 1024, resolve);
    });
    return {
      host: loopback,
      port: (server.address() as AddressInfo).port,
      reset: () => {
        for (const tunnel of tunnels) tunnel.reset();
      },
      silence: () => {
        isSilent = true;
        for (const tunnel of tunnels) tunnel.silence();
      },
      restore: () => {
        if (!isSilent) return;
        isSilent = false;
        for (const tunnel of tunnels) tunnel.cut();
      },
    };
  }

  /** Changes links, in both directions. Delays count for what is sent from now on; order within a link is kept. */
  setLinks(links: readonly LinkFacts[]): void {
    for (const { between, delayMs, bandwidthBytesPerSec } of links) {
      assert(delayMs >= 0 && Number.isFinite(delayMs), `a delay of ${delayMs} ms makes no sense`);
      for (const direction of this.#bothWays(between)) {
        direction.link.delayMs = delayMs;
        direction.bandwidthBytesPerSec = bandwidthBytesPerSec;
        applyBandwidth(direction);
      }
    }
  }

  /** How long a link is and what it carries now. */
  linkFacts(from: string, to: string): Omit<LinkFacts, 'between'> {
    const { link, bandwidthBytesPerSec, limitBytesPerSec } = this.#direction(from, to);
    const most = Math.min(bandwidthBytesPerSec ?? Infinity, limitBytesPerSec ?? Infinity);
    return { delayMs: link.delayMs, bandwidthBytesPerSec: most === Infinity ? null : most };
  }

  /** Lets a link carry no more than this in each direction until told otherwise; null: as much as it does by itself. */
  limitBandwidth(between: LinkFacts['between'], bytesPerSec: number | null): void {
    for (const direction of this.#bothWays(between)) {
      direction.limitBytesPerSec = bytesPerSec;
      applyBandwidth(direction);
    }
  }

  async close(): Promise<void> {
    this.#timer.close();
    await Promise.all(this.#routes.map(closeRoute));
  }

  #bothWays([a, b]: LinkFacts['between']): readonly Direction[] {
    return [this.#direction(a, b), this.#direction(b, a)];
  }

  #direction(from: string, to: string): Direction {
    const key = JSON.stringify([from, to]);
    const present = this.#directions.get(key);
    if (present !== undefined) return present;
    const link = new Link(0, () => this.#arm());
    const direction = { link, bandwidthBytesPerSec: null, limitBytesPerSec: null };
    this.#directions.set(key, direction);
    return direction;
  }

  #deliverDue(): void {
    this.#armedMs = Infinity;
    const nowMs = performance.now();
    for (const { link } of this.#directions.values()) link.deliverDue(nowMs);
    this.#arm();
  }

  #arm(): void {
    let dueMs = Infinity;
    for (const { link } of this.#directions.values()) {
      dueMs = Math.min(dueMs, link.nextDueMs ?? dueMs);
    }
    if (dueMs >= this.#armedMs) return;
    this.#armedMs = dueMs;
    this.#timer.armAt(dueMs);
  }
}

function applyBandwidth({ link, bandwidthBytesPerSec, limitBytesPerSec }: Direction): void {
  const bytesPerSec = Math.min(bandwidthBytesPerSec ?? Infinity, limitBytesPerSec ?? Infinity);
  link.setBandwidth(bytesPerSec === Infinity ? null : bytesPerSec, performance.now());
}

function closeRoute({ server, tunnels }: OpenRoute): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    for (const tunnel of tunnels) tunnel.cut();
  });
}

// All connections of the driver: `pool.size` per (client region, class, node). Opens and warms them, reopens lost ones
// one at a time per node with growing pauses, so that a server coming back is not greeted by a hundred log-ins in the
// middle of what is being measured.
import type { ClientConfig } from 'pg';
import { assert, UserError } from '../../engine/failure.ts';
import type { CommitMode } from '../../twin/estate/estate.ts';
import { LoadConnection, type Target } from './connection.ts';
import { findRoute, nodesOfConfig, regionsOfConfig, type LoadConfig } from './config.ts';

/** Most of an opening is waiting for answers from far away; the servers' own share of it is short. */
const openAtOnce = 32;
const firstPauseMs = 50;
const longestPauseMs = 1000;
const gapMs = 10;

/** Id of the lane of one client region and class. */
export function laneId(region: string, classId: string): string {
  return `${region}/${classId}`;
}

/** The class that a lane's id names. */
export function classOfLane(lane: string): string {
  return lane.split('/')[1] ?? '';
}

/** Ids of all lanes of a configuration. */
export function lanesOfConfig(config: LoadConfig): readonly string[] {
  return regionsOfConfig(config).flatMap((region) =>
    config.classes.map(({ id }) => laneId(region, id)),
  );
}

/** Who wants to know about connections. */
export interface PoolEvents {
  ready(connection: LoadConnection): void;
  lost(connection: LoadConnection): void;
}

export class Pools {
  readonly #events: PoolEvents;
  readonly #targets: readonly Target[];
  readonly #open = new Set<LoadConnection>();
  readonly #missing = new Map<string, Target[]>();
  readonly #reopening = new Set<string>();
  #lostCount = 0;
  #closed = false;

  constructor(config: LoadConfig, events: PoolEvents) {
    this.#targets = targetsOf(config);
    this.#events = events;
  }

  /** How many connections were lost since the start. */
  get lostCount(): number {
    return this.#lostCount;
  }

  /** Open connections by node. */
  get openByNode(): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const { node } of this.#targets) counts[node] ??= 0;
    for (const { node } of this.#open) counts[node] = (counts[node] ?? 0) + 1;
    return counts;
  }

  /** Opens every connection; rejects with one UserError when any node cannot be reached. */
  async open(): Promise<void> {
    const waiting = [...this.#targets];
    const openNext = async (): Promise<void> => {
      for (let target = waiting.shift(); target !== undefined; target = waiting.shift()) {
        await this.#openOne(target);
      }
    };
    await Promise.all(Array.from({ length: openAtOnce }, openNext));
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#open].map((connection) => connection.close()));
    this.#open.clear();
  }

  async #openOne(target: Target): Promise<void> {
    if (this.#closed) return;
    try {
      await this.#add(await this.#connect(target));
    } catch (error) {
      const { host, port } = target.client;
      const reason = error instanceof Error ? error.message : String(error);
      throw new UserError('environment', {
        message: `no connection to ${target.node} at ${host}:${port}: ${reason}`,
        remedy: 'look at `premortem lab status`',
      });
    }
  }

  #connect(target: Target): Promise<LoadConnection> {
    return LoadConnection.open(target, (connection) => this.#onLost(target, connection));
  }

  /** A connection that comes after the pools were closed is closed at once. */
  async #add(connection: LoadConnection): Promise<void> {
    if (this.#closed) {
      await connection.close();
      return;
    }
    this.#open.add(connection);
    this.#events.ready(connection);
  }

  #onLost(target: Target, connection: LoadConnection): void {
    this.#lostCount++;
    this.#open.delete(connection);
    this.#events.lost(connection);
    const missing = this.#missing.get(target.node) ?? [];
    missing.push(target);
    this.#missing.set(target.node, missing);
    if (this.#reopening.has(target.node)) return;
    this.#reopening.add(target.node);
    void this.#reopen(target.node, missing).finally(() => this.#reopening.delete(target.node));
  }

  /** Never rejects: a node that stays away is asked again, at most once a second, until the pools are closed. */
  async #reopen(node: string, missing: Target[]): Promise<void> {
    let pauseMs = firstPauseMs;
    for (let target = missing[0]; target !== undefined && !this.#closed; target = missing[0]) {
      await pause(pauseMs);
      const connection = await this.#connect(target).catch(() => null);
      if (connection === null) {
        pauseMs = Math.min(pauseMs * 2, longestPauseMs);
      } else {
        missing.shift();
        pauseMs = gapMs;
        await this.#add(connection);
      }
    }
    assert(this.#closed || missing.length === 0, `every connection to ${node} was reopened`);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function targetsOf(config: LoadConfig): readonly Target[] {
  const targets: Target[] = [];
  for (const node of nodesOfConfig(config)) {
    for (const region of regionsOfConfig(config)) {
      for (const { id, kind, commitMode } of config.classes) {
        const target: Target = {
          lane: laneId(region, id),
          node,
          kind,
          client: clientOf(config, { region, node, commitMode }),
        };
        for (let seat = 0; seat < config.pool.size; seat++) targets.push(target);
      }
    }
  }
  return targets;
}

function clientOf(
  config: LoadConfig,
  way: { region: string; node: string; commitMode: CommitMode | undefined },
): ClientConfig {
  const route = findRoute(config, way.region, way.node);
  assert(route !== undefined, `a route leads from ${way.region} to ${way.node}`);
  const { host, port } = route;
  const { database, user } = config;
  const base = { host, port, database, user, application_name: 'premortem-load' };
  if (way.commitMode === undefined) return base;
  return { ...base, options: `-c synchronous_commit=${way.commitMode}` };
}

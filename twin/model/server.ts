// One Postgres server: its role, its processors (processor sharing) and its write-ahead log (flushes that commits share).
import type { Simulation } from '../../engine/simulation.ts';
import { FlushStation } from '../../engine/stations/flush.ts';
import { SharingStation } from '../../engine/stations/sharing.ts';
import type { Node } from '../estate/estate.ts';

export interface ServerOptions {
  readonly node: Node;
  readonly vcpus: number;
  readonly isPrimary: boolean;
  /** Length of the flush with this index. */
  readonly flushMs: (index: number) => number;
  /** The commit record of this request is on this server's disk. */
  readonly onFlushed: (request: number) => void;
}

export class Server {
  readonly id: string;
  readonly region: string;
  state: 'primary' | 'standby' | 'down';
  /** When the log was last flushed; standbys have that much after one delay of the link. */
  lastFlushMs = 0;
  readonly #cpu: SharingStation;
  readonly #log: FlushStation;

  constructor(
    simulation: Simulation,
    { node, vcpus, isPrimary, flushMs, onFlushed }: ServerOptions,
  ) {
    this.id = node.id;
    this.region = node.region;
    this.state = isPrimary ? 'primary' : 'standby';
    this.#log = new FlushStation(simulation, {
      name: `${node.id}/wal`,
      flushMs,
      onEnd: (request) => {
        this.lastFlushMs = simulation.nowMs;
        onFlushed(request);
      },
    });
    this.#cpu = new SharingStation(simulation, {
      name: `${node.id}/cpu`,
      cores: vcpus,
      onEnd: (request) => this.#log.arrive(request),
    });
  }

  /** Executes a write that needs `cpuMs` of a processor, then puts its commit record into the next flush. */
  write(request: number, cpuMs: number): void {
    this.#cpu.arrive(request, cpuMs);
  }
}

// One Postgres server: its role, its processors (processor sharing) and its write-ahead log (flushes that commits share).
import type { Simulation } from '../../engine/simulation.ts';
import { SharingStation } from '../../engine/stations/sharing.ts';
import type { CpuUse } from '../cpu-use.ts';
import type { Node } from '../estate/estate.ts';
import { Wal, type WalOptions } from './wal.ts';

/** Work on the processors that is no request's. */
const nobody = -1;

/** Phases begin and end between looks; straight lines across so little time are as good as the truth. */
const lookEveryMs = 50;

export interface ServerOptions {
  readonly node: Node;
  /** Processors that its requests may use. */
  readonly cores: number;
  /** A request that needs more processor time than this does not share it fairly for so long. */
  readonly sliceMs: number;
  readonly isPrimary: boolean;
  readonly wal: Pick<WalOptions, 'bytesOf' | 'flushMs' | 'phaseMs' | 'segmentOffsetBytes'>;
  /** A processor is done with this request. */
  readonly onExecuted: (request: number) => void;
  /** The commit records of these requests are on this server's disk. */
  readonly onFlushed: (server: Server, requests: readonly number[]) => void;
}

export class Server {
  readonly id: string;
  readonly region: string;
  /** `down`: stopped in order, and refuses; `crashed`: gone without a word. */
  state: 'primary' | 'standby' | 'down' | 'crashed';
  readonly #simulation: Simulation;
  readonly #cpu: SharingStation;
  readonly #sliceMs: number;
  /** Requests on the processors that need more than a slice. */
  readonly #long = new Set<number>();
  readonly #wal: Wal;
  /** When the processors' total was looked at, and what it was. */
  readonly #lookedMs = [0];
  readonly #busyMs = [0];
  /** Work of nobody's that was begun so far, and how much that was at each look. */
  #burdenMs = 0;
  readonly #burdensMs = [0];

  constructor(
    simulation: Simulation,
    { node, cores, sliceMs, isPrimary, wal, onExecuted, onFlushed }: ServerOptions,
  ) {
    this.#simulation = simulation;
    this.#sliceMs = sliceMs;
    this.id = node.id;
    this.region = node.region;
    this.state = isPrimary ? 'primary' : 'standby';
    this.#wal = new Wal(simulation, {
      ...wal,
      name: `${node.id}/wal`,
      onFlushed: (requests) => onFlushed(this, requests),
    });
    this.#cpu = new SharingStation(simulation, {
      name: `${node.id}/cpu`,
      cores,
      onEnd: (request) => {
        this.#noteUse();
        if (request === nobody) return;
        this.#long.delete(request);
        onExecuted(request);
      },
    });
  }

  /** Executes a request that needs `cpuMs` of a processor. */
  execute(request: number, cpuMs: number): void {
    this.#noteUse();
    if (cpuMs > this.#sliceMs) this.#long.add(request);
    this.#cpu.arrive(request, cpuMs);
  }

  /**
   * Is there a long computation on every processor? All share fairly over many slices, but who wakes up from a short sleep
   * then waits for the rest of the one that runs: without that, commits would seem to pass computations for nothing.
   */
  get isTaken(): boolean {
    return this.#long.size >= this.#cpu.cores;
  }

  /** Work that no request waits for, but shares the processors with. */
  burden(cpuMs: number): void {
    if (cpuMs === 0) return;
    this.#noteUse();
    this.#burdenMs += cpuMs;
    this.#cpu.arrive(nobody, cpuMs);
  }

  /** Bytes of its log that are on its disk. */
  get flushedBytes(): number {
    return this.#wal.flushedBytes;
  }

  /** Where the last whole record of these ends. */
  get wholeBytes(): number {
    return this.#wal.wholeBytes;
  }

  /** Puts the commit record of a request into the next flush. */
  commit(request: number): void {
    this.#wal.commit(request);
  }

  /** Leaves the commit record of a request to the log writer. */
  commitUnflushed(request: number): void {
    this.#wal.append(request);
  }

  /** Begins a new segment of its log; how many bytes of the old one stay empty. */
  switchLog(): number {
    return this.#wal.switchSegment();
  }

  /** An orderly shutdown: all of its log is on its disk. */
  shutDown(): void {
    this.#wal.flushAll();
    this.state = 'down';
  }

  /** It dies: what its processors and its log still do touches nobody. */
  crash(): void {
    this.state = 'crashed';
  }

  /** How busy requests kept its processors until now. */
  get cpuUse(): CpuUse {
    const atMs = this.#simulation.nowMs;
    const busyMs = [...this.#busyMs, this.#cpu.busySeries.areaAt(atMs)];
    const burdensMs = [...this.#burdensMs, this.#burdenMs];
    return {
      node: this.id,
      // Shares are of whole processors, as everybody counts them; what they carry less by is no idleness.
      cores: Math.max(1, Math.round(this.#cpu.cores)),
      atMs: [...this.#lookedMs, atMs],
      // A burden is counted when it begins, a moment before its time has passed.
      busyMs: busyMs.map((ms, look) => Math.max(0, ms - (burdensMs[look] ?? 0))),
    };
  }

  /** Looks at the total when work begins or ends, and in between seldom enough to stay cheap. */
  #noteUse(): void {
    const atMs = this.#simulation.nowMs;
    const isRecent = atMs - (this.#lookedMs.at(-1) ?? 0) < lookEveryMs;
    if (isRecent && this.#cpu.present > 0) return;
    this.#lookedMs.push(atMs);
    this.#busyMs.push(this.#cpu.busySeries.areaAt(atMs));
    this.#burdensMs.push(this.#burdenMs);
  }
}

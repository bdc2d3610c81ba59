// One run of the load driver: the trace in open loop through the router onto the connections. A request's latency counts
// from its intended time, whatever the driver or the platform was busy with. It ends when every fate is known, when
// patience ends, or when somebody asks; whatever happens, its files are written exactly once.
import { assert } from '../../engine/failure.ts';
import type { Trace } from '../../twin/trace.ts';
import { PreciseTimer } from '../pacing.ts';
import type { LoadClass, LoadConfig } from './config.ts';
import type { Answer, LoadConnection } from './connection.ts';
import { laneId, lanesOfConfig, Pools } from './pools.ts';
import { PressureGauge } from './pressure.ts';
import { ProcessorWatch } from './processor-watch.ts';
import { Records } from './records.ts';
import { Router } from './router.ts';
import { writeSamples } from './samples-file.ts';
import { errorKind, statementOf } from './statements.ts';
import { writeSummary, type LoadSummary } from './summary.ts';
import type { WriteLog, WriteOutcome } from './write-log.ts';

/** How long after the last request's possible expiry answers are still awaited. */
const answerLimitMs = 5000;

export class LoadRun {
  readonly router: Router<LoadConnection>;
  readonly records: Records;
  readonly pools: Pools;
  readonly #config: LoadConfig;
  readonly #trace: Trace;
  readonly #log: WriteLog;
  readonly #classes: readonly LoadClass[];
  readonly #homes: readonly string[];
  readonly #gauge = new PressureGauge();
  readonly #processors: ProcessorWatch;
  readonly #timer = new PreciseTimer(() => this.#tick());
  readonly #ended = Promise.withResolvers<LoadSummary['ended']>();
  #limit: NodeJS.Timeout | undefined;
  #startMs: number | null = null;
  #next = 0;
  #finished: Promise<LoadSummary> | null = null;

  constructor(config: LoadConfig, trace: Trace, log: WriteLog) {
    this.#config = config;
    this.#trace = trace;
    this.#log = log;
    this.#classes = classesOfTrace(config, trace);
    this.#homes = homesOfTrace(config, trace);
    this.records = new Records(trace);
    this.router = new Router<LoadConnection>(
      {
        now: () => this.nowMs,
        intendedMs: (request) => trace.atMs[request] ?? NaN,
        send: (connection, request) => this.#send(connection, request),
        expired: (request, atMs) => this.#settle(request, atMs, 'timed-out'),
      },
      lanesOfConfig(config),
      config.map,
      config.pool.timeoutMs,
    );
    this.#processors = new ProcessorWatch({
      isWatching: config.watchProcessors,
      leader: () => this.router.state.primary,
      nowMs: () => this.nowMs,
    });
    this.pools = new Pools(config, {
      ready: (connection) => {
        this.#processors.opened(connection);
        this.router.seatReady(connection);
      },
      lost: (connection) => this.router.seatLost(connection),
    });
  }

  /** Milliseconds since the load began; 0 before. */
  get nowMs(): number {
    return this.#startMs === null ? 0 : Math.max(0, performance.now() - this.#startMs);
  }

  /** Wall-clock time of time 0 of the trace, or null while connections are being opened. */
  get startedAtEpochMs(): number | null {
    return this.#startMs === null ? null : performance.timeOrigin + this.#startMs;
  }

  get finished(): boolean {
    return this.#finished !== null;
  }

  /** Opens every connection and sets time 0. Rejects with a UserError when a node cannot be reached. */
  async open(): Promise<void> {
    await this.pools.open();
    this.#startMs = performance.now() + this.#config.startInMs;
    this.#gauge.restart();
    this.#processors.start();
    this.#armTimer();
    if (this.#trace.count === 0) this.#ended.resolve('trace');
  }

  /** Resolves when the run has ended and its files are written. */
  async play(): Promise<LoadSummary> {
    return this.#finish(await this.#ended.promise);
  }

  /**
   * Ends the run now; requests in flight stay unfinished. Resolves when the files are written; a run that had not begun
   * leaves none.
   */
  stop(): Promise<LoadSummary> {
    return this.#finish('stopped');
  }

  #tick(): void {
    const nowMs = this.nowMs;
    const { atMs, classOf, tenantOf, count } = this.#trace;
    for (; this.#next < count && (atMs[this.#next] ?? 0) <= nowMs; this.#next++) {
      const request = this.#next;
      const region = this.#homes[tenantOf[request] ?? 0] ?? '';
      this.records.noteOffered(request, this.nowMs);
      this.router.offer(laneId(region, this.#classOf(classOf[request] ?? 0).id), request);
    }
    this.router.expire();
    this.#armTimer();
    if (this.#next === count) this.#limitPatience();
  }

  #armTimer(): void {
    const arrivalMs = this.#trace.atMs[this.#next] ?? Infinity;
    this.#timer.armAt((this.#startMs ?? 0) + Math.min(arrivalMs, this.router.nextExpiryMs));
  }

  #limitPatience(): void {
    const limitMs = this.#config.pool.timeoutMs + answerLimitMs;
    this.#limit ??= setTimeout(() => this.#ended.resolve('limit'), limitMs);
  }

  #send(connection: LoadConnection, request: number): void {
    const loadClass = this.#classOf(this.#trace.classOf[request] ?? 0);
    const size = this.#trace.size[request] ?? 0;
    const tenant = this.#trace.tenants[this.#trace.tenantOf[request] ?? 0] ?? '';
    const key = this.#config.keyBase + request;
    const statement = statementOf(loadClass.kind, { request, key, tenant, size });
    this.records.noteSent(request, this.nowMs);
    connection.execute(statement, (answer) =>
      this.#answered(connection, request, loadClass.kind, answer),
    );
  }

  #answered(
    connection: LoadConnection,
    request: number,
    kind: LoadClass['kind'],
    answer: Answer,
  ): void {
    const atMs = this.nowMs;
    if (this.finished) return;
    if (answer.error !== null) this.records.noteError(errorKind(answer.error));
    if (kind === 'write') {
      this.#log.append(this.#config.keyBase + request, answer.outcome as WriteOutcome);
    }
    this.router.settled(connection);
    this.#settle(request, atMs, answer.outcome);
    if (answer.usable && !connection.lost) this.router.seatReady(connection);
  }

  #settle(request: number, atMs: number, outcome: Answer['outcome']): void {
    this.records.noteDone(request, atMs, outcome);
    if (this.records.done === this.#trace.count) this.#ended.resolve('trace');
  }

  #finish(ended: LoadSummary['ended']): Promise<LoadSummary> {
    this.#finished ??= this.#writeFiles(ended);
    return this.#finished;
  }

  async #writeFiles(ended: LoadSummary['ended']): Promise<LoadSummary> {
    const endedMs = this.nowMs;
    clearTimeout(this.#limit);
    this.#processors.stop();
    this.#timer.close();
    for (const request of this.records.unanswered()) {
      const { kind } = this.#classOf(this.#trace.classOf[request] ?? 0);
      if (kind === 'write') this.#log.append(this.#config.keyBase + request, 'in-doubt');
    }
    const summary = this.#summarise(ended, endedMs);
    await this.pools.close();
    await this.#log.close();
    if (this.#startMs !== null) {
      writeSamples(this.#config.outDirectory, this.records.samples);
      writeSummary(this.#config.outDirectory, summary);
    }
    this.#ended.resolve(ended);
    return summary;
  }

  #summarise(ended: LoadSummary['ended'], endedMs: number): LoadSummary {
    const { offered, sent, done, errors } = this.records;
    const { p99Ms, maxMs } = this.records.generatorLag();
    const { primary, epoch } = this.router.state;
    return {
      schema: 'premortem/load-summary/v1',
      run: this.#config.run,
      startedAtEpochMs: this.startedAtEpochMs ?? 0,
      endedMs,
      ended,
      primary,
      epoch,
      requests: this.#trace.count,
      offered,
      sent,
      done,
      outcomes: this.records.countOutcomes(),
      errors,
      lostConnections: this.pools.lostCount,
      generatorLagP99Ms: p99Ms,
      generatorLagMaxMs: maxMs,
      ...this.#gauge.stop(),
      cpu: this.#processors.summarise(endedMs, this.#sentByClass()),
      pools: this.router.occupancy().map(({ lane, ...occupancy }) => {
        const [region = '', className = ''] = lane.split('/');
        return { region, class: className, ...occupancy };
      }),
    };
  }

  #sentByClass(): ReadonlyMap<string, number> {
    const { sentMs } = this.records.samples;
    const sent = this.#classes.map(() => 0);
    for (let request = 0; request < this.#trace.count; request++) {
      const index = this.#trace.classOf[request] ?? 0;
      if (!Number.isNaN(sentMs[request])) sent[index] = (sent[index] ?? 0) + 1;
    }
    return new Map(this.#classes.map(({ id }, index) => [id, sent[index] ?? 0]));
  }

  #classOf(index: number): LoadClass {
    const found = this.#classes[index];
    assert(found !== undefined, `the trace has a class ${index}`);
    return found;
  }
}

/** The configured class of each class of the trace. */
function classesOfTrace(config: LoadConfig, trace: Trace): readonly LoadClass[] {
  return trace.classes.map((id) => {
    const found = config.classes.find((candidate) => candidate.id === id);
    assert(found !== undefined, `the configuration names the trace's class ${id}`);
    return found;
  });
}

/** The home region of each tenant of the trace. */
function homesOfTrace(config: LoadConfig, trace: Trace): readonly string[] {
  return trace.tenants.map((id) => {
    const found = config.tenants.find((candidate) => candidate.id === id);
    assert(found !== undefined, `the configuration names the trace's tenant ${id}`);
    return found.home;
  });
}

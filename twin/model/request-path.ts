// A request's way, as integer handlers over columns: router → network → processors → log flush → replication wait →
// network → client. Service times are functions of the request's number, never of the order in which servers draw.
import { assert } from '../../engine/failure.ts';
import { makeHashUniform } from '../../engine/random.ts';
import type { Simulation } from '../../engine/simulation.ts';
import { kindOfClass, type OperationKind } from '../estate/estate.ts';
import type { RequestStage, RequestWatch } from '../replay.ts';
import { emptySamples, outcomes, type Outcome, type Samples } from '../samples.ts';
import type { Trace } from '../trace.ts';
import { makeCommitWaits, makeWalBytes } from './commit.ts';
import { LostRequests } from './lost-requests.ts';
import type { ParameterSet } from './parameter-set.ts';
import type { Platform, ShardModel } from './platform.ts';
import { Router } from './router.ts';
import type { Server } from './server.ts';
import { makeServices, type Service, type Services } from './service.ts';

/**
 * What the frontend/backend protocol sends for one execution of a named prepared statement, beside a row: Bind, Describe,
 * Execute and Sync, and what is answered to them. It matters only where a link is narrow.
 */
const requestBytes = 110;
const answerBytes = 40;

export interface RequestPathOptions {
  readonly simulation: Simulation;
  readonly platform: Platform;
  readonly trace: Trace;
  readonly parameters: ParameterSet;
  readonly seed: string;
  /** Index within an ensemble: other service times for the same requests. */
  readonly replication: number;
  /** Is told what becomes of one request. */
  readonly watch?: RequestWatch;
}

export class RequestPath {
  readonly router: Router;
  readonly samples: Samples;
  readonly #simulation: Simulation;
  readonly #platform: Platform;
  readonly #trace: Trace;
  readonly #uniform: (request: number) => number;
  /** By shard: its commit mode matters. */
  readonly #services: readonly Services[];
  readonly #waits: readonly ((u: number) => number)[];
  readonly #walBytes: (sizeBytes: number) => number;
  /** Beyond the delay of a link, there and back. */
  readonly #linkExtraMs: number;
  /** What a write costs more that is the first on its connection to a new primary. */
  readonly #firstUseMs: (u: number) => number;
  readonly #kinds: readonly OperationKind[];
  readonly #homes: readonly string[];
  /** By tenant of the trace. */
  readonly #shards: readonly ShardModel[];
  readonly #pools: { readonly shard: number; readonly home: string }[] = [];
  readonly #poolOf: Int32Array;
  readonly #servers: Server[] = [];
  readonly #lost: LostRequests;
  /** When the commit record of each write was on its primary's disk. */
  readonly #flushedMs: Float64Array;
  /** What each request that is being served asks of a processor. */
  readonly #cpuMs: Float64Array;
  readonly #watch: RequestWatch | undefined;
  readonly #reached: number;
  readonly #slept: number;
  readonly #answered: number;
  readonly #done: number;

  constructor({
    simulation,
    platform,
    trace,
    parameters,
    seed,
    replication,
    watch,
  }: RequestPathOptions) {
    this.#watch = watch;
    const { fleet, shards } = platform;
    this.#simulation = simulation;
    this.#platform = platform;
    this.#trace = trace;
    this.#uniform = makeHashUniform(seed, `service/${replication}`);
    this.samples = emptySamples(trace);
    this.#lost = new LostRequests(trace.count);
    this.#cpuMs = new Float64Array(trace.count);
    this.#flushedMs = new Float64Array(trace.count).fill(Infinity);
    this.#services = shards.map(({ shard }) => makeServices(parameters, shard.commitMode));
    this.#waits = shards.map(({ shard }) => makeCommitWaits(parameters, shard));
    this.#walBytes = makeWalBytes(parameters);
    this.#linkExtraMs = parameters.draw('link.extraMs', 0.5);
    this.#firstUseMs = (u) => parameters.draw('promote.first-useMs', u);
    this.#kinds = trace.classes.map((id) => kindOfClass(id, fleet));
    this.#homes = trace.tenants.map((id) => fleet.tenants.find((one) => one.id === id)?.home ?? '');
    this.#shards = trace.tenants.map((id) => shardOfTenant(id, platform));
    this.#poolOf = this.#assignPools();
    this.router = new Router({
      shards: shards.map(({ shard }) => ({ primary: shard.primary.id, epoch: 1 })),
      pools: this.#pools.map(({ shard }) => shard),
      poolSize: fleet.pool.size,
      onSend: (request, isFirst) => this.#send(request, isFirst),
      isExpired: (request) => this.#expire(request),
    });
    this.#reached = simulation.register((request) => this.#serve(request), 'reached server');
    this.#slept = simulation.register((request) => this.#compute(request), 'beside done');
    this.#answered = simulation.register(
      (request) => this.#reply(request, 'acknowledged'),
      'answer',
    );
    this.#done = simulation.register((request) => this.#finish(request), 'done');
    this.#scheduleArrivals();
  }

  /** A processor is done with a request: a write goes into the log, what need not wait for it is answered. */
  executed(request: number): void {
    if (this.#lost.has(request)) return;
    this.#note(request, 'executed');
    if (this.#kindOf(request) !== 'write') {
      this.#reply(request, 'acknowledged');
    } else if (this.#shardOf(request).shard.commitMode === 'off') {
      this.#serverOf(request).commitUnflushed(request);
      this.#reply(request, 'acknowledged');
    } else {
      this.#serverOf(request).commit(request);
    }
  }

  /** Bytes of log that a write makes. */
  walBytesOf(request: number): number {
    return this.#walBytes(this.#sizeOf(request));
  }

  /** The commit records of these requests are on their primary's disk. */
  flushed(requests: readonly number[]): void {
    for (const request of requests) {
      this.#flushedMs[request] = this.#simulation.nowMs;
      this.#note(request, 'flushed');
    }
  }

  /** Whoever is waited for has confirmed a commit; what a wait takes beside the model's own reckoning is left. */
  committed(request: number): void {
    if (this.#lost.has(request)) return;
    this.#note(request, 'confirmed');
    const wait = this.#waits[this.#shardOf(request).index];
    assert(wait !== undefined, 'every shard has a commit mode');
    this.#simulation.schedule(wait(this.#uniform(request)), this.#answered, request);
  }

  /** A server dies with every request that is under way to it, on it or from it. Their clients do not know yet. */
  lose(server: Server): void {
    for (let request = 0; request < this.#trace.count; request++) {
      const isUnderWay = Number.isNaN(this.samples.doneMs[request]);
      if (isUnderWay && this.#servers[request] === server) this.#markLost(request);
    }
  }

  /**
   * Clients learn that their connections to a server are gone, those of one region or (null) all: what was in flight on them
   * has failed, and a pool that has no other primary to go to waits.
   */
  sever(server: Server, region: string | null): void {
    const isThere = (request: number): boolean =>
      this.#servers[request] === server && (region === null || this.#homeOf(request) === region);
    for (const request of this.#lost.giveUp(isThere)) {
      this.samples.doneMs[request] = this.#simulation.nowMs;
    }
    for (const [pool, { home, shard }] of this.#pools.entries()) {
      const isCut = region === null || home === region;
      if (isCut && this.router.primaryOf(shard) === server.id) this.router.sever(pool);
    }
  }

  /** Acknowledged writes of a shard whose record reached its primary's disk after `sinceMs`. */
  acknowledgedSince(shard: number, sinceMs: number): number {
    const acknowledged = outcomes.indexOf('acknowledged');
    let count = 0;
    for (let request = 0; request < this.#trace.count; request++) {
      if (this.samples.outcome[request] !== acknowledged) continue;
      if (this.#kindOf(request) !== 'write') continue;
      if ((this.#flushedMs[request] ?? 0) > sinceMs && this.#shardOf(request).index === shard)
        count++;
    }
    return count;
  }

  /** One pool per (shard, client region, class); every request knows its pool before the run starts. */
  #assignPools(): Int32Array {
    const indexes = new Map<string, number>();
    return Int32Array.from({ length: this.#trace.count }, (_, request) => {
      const { index: shard } = this.#shardOf(request);
      const home = this.#homeOf(request);
      const key = `${shard}/${home}/${this.#trace.classOf[request]}`;
      const pool = indexes.get(key) ?? this.#pools.push({ shard, home }) - 1;
      indexes.set(key, pool);
      return pool;
    });
  }

  /** Arrivals are chained, one pending event at a time, so that the event list stays short. */
  #scheduleArrivals(): void {
    const { atMs, count } = this.#trace;
    const handler = this.#simulation.register((request) => {
      if (request + 1 < count) {
        const gapMs = (atMs[request + 1] ?? 0) - this.#simulation.nowMs;
        this.#simulation.schedule(Math.max(0, gapMs), handler, request + 1);
      }
      this.#note(request, 'due');
      this.router.arrive(request, this.#poolOf[request] ?? 0);
    }, 'arrival');
    if (count > 0) this.#simulation.schedule(atMs[0] ?? 0, handler, 0);
  }

  #send(request: number, isFirst: boolean): void {
    this.samples.sentMs[request] = this.#simulation.nowMs;
    this.#note(request, 'sent');
    const server = this.#platform.server(this.router.primaryOf(this.#shardOf(request).index));
    this.#servers[request] = server;
    if (server.state === 'crashed') {
      this.#markLost(request);
      return;
    }
    const { nowMs } = this.#simulation;
    const isWrite = this.#kindOf(request) === 'write';
    if (isFirst && isWrite) this.#cpuMs[request] = this.#firstUseMs(this.#uniform(request));
    const bytes = requestBytes + (isWrite ? this.#sizeOf(request) : 0);
    const home = this.#homeOf(request);
    const thereMs = this.#platform.network.send(home, server.region, bytes, nowMs);
    this.#simulation.schedule(thereMs - nowMs, this.#reached, request);
  }

  /** What passes beside the processor comes first: for the time until the answer the order makes no difference. */
  #serve(request: number): void {
    if (this.#lost.has(request)) return;
    this.#note(request, 'reached');
    if (this.#serverOf(request).state !== 'primary') this.#reply(request, 'refused');
    else this.#startService(request, this.#serviceOf(request));
  }

  #startService(request: number, { cpuMs, besideMs }: Service): void {
    this.#cpuMs[request] = (this.#cpuMs[request] ?? 0) + cpuMs;
    this.#simulation.schedule(besideMs, this.#slept, request);
  }

  #compute(request: number): void {
    if (this.#lost.has(request)) return;
    this.#note(request, 'computing');
    this.#serverOf(request).execute(request, this.#cpuMs[request] ?? 0);
  }

  #serviceOf(request: number): Service {
    const size = this.#sizeOf(request);
    const service = this.#services[this.#shardOf(request).index];
    assert(service !== undefined, 'every shard has services');
    return service(this.#kindOf(request), size, this.#uniform(request));
  }

  #reply(request: number, outcome: Outcome): void {
    if (this.#lost.has(request)) return;
    this.#note(request, 'answered');
    this.samples.outcome[request] = outcomes.indexOf(outcome);
    const { nowMs } = this.#simulation;
    const { region } = this.#serverOf(request);
    const home = this.#homeOf(request);
    const backMs = this.#platform.network.send(region, home, answerBytes, nowMs);
    const extraMs = home === region ? 0 : this.#linkExtraMs;
    this.#simulation.schedule(backMs - nowMs + extraMs, this.#done, request);
  }

  #finish(request: number): void {
    if (this.#lost.has(request)) return;
    this.#note(request, 'done');
    this.samples.doneMs[request] = this.#simulation.nowMs;
    this.router.answered(this.#poolOf[request] ?? 0);
  }

  /** What a driver makes of a lost connection: a write may have been committed, anything else has merely failed. */
  #markLost(request: number): void {
    const outcome: Outcome = this.#kindOf(request) === 'write' ? 'in-doubt' : 'refused';
    this.samples.outcome[request] = outcomes.indexOf(outcome);
    this.#lost.add(request);
    this.#note(request, 'lost');
  }

  #expire(request: number): boolean {
    const expiresMs = (this.#trace.atMs[request] ?? 0) + this.#platform.fleet.pool.timeoutMs;
    if (this.#simulation.nowMs < expiresMs) return false;
    this.#note(request, 'expired');
    this.samples.outcome[request] = outcomes.indexOf('timed-out');
    this.samples.doneMs[request] = expiresMs;
    return true;
  }

  #shardOf(request: number): ShardModel {
    const shard = this.#shards[this.#trace.tenantOf[request] ?? 0];
    assert(shard !== undefined, 'every tenant is on a shard');
    return shard;
  }

  #note(request: number, stage: RequestStage): void {
    if (request === this.#watch?.request) this.#watch.note(stage, this.#simulation.nowMs);
  }

  #sizeOf(request: number): number {
    return this.#trace.size[request] ?? 0;
  }

  #kindOf(request: number): OperationKind {
    const kind = this.#kinds[this.#trace.classOf[request] ?? 0];
    assert(kind !== undefined, `request ${request} belongs to a class`);
    return kind;
  }

  #homeOf(request: number): string {
    return this.#homes[this.#trace.tenantOf[request] ?? 0] ?? '';
  }

  #serverOf(request: number): Server {
    const server = this.#servers[request];
    assert(server !== undefined, `request ${request} was sent to a server`);
    return server;
  }
}

function shardOfTenant(id: string, { fleet, shards }: Platform): ShardModel {
  const tenant = fleet.tenants.find((one) => one.id === id);
  const model = shards.find(({ shard }) => shard.id === tenant?.shard);
  assert(model !== undefined, `tenant ${id} is on a shard of its fleet`);
  return model;
}

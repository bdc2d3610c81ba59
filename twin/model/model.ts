// The model of one run: an estate, its load and its parameters on one simulation.
import type { Signal } from '../../engine/signal.ts';
import { Simulation, type Observer } from '../../engine/simulation.ts';
import type { Step } from '../actions/action.ts';
import type { CpuUse } from '../cpu-use.ts';
import type { Fault } from '../faults/fault.ts';
import type { Estate } from '../estate/estate.ts';
import type { StepEvent } from '../measurement.ts';
import type { RequestWatch } from '../replay.ts';
import type { Samples } from '../samples.ts';
import type { Trace } from '../trace.ts';
import type { LagSample } from '../lag.ts';
import { watchLags } from './lag-watch.ts';
import { playFault } from './faults/index.ts';
import type { ParameterSet } from './parameter-set.ts';
import { Platform, type ShardModel } from './platform.ts';
import { playSteps } from './play.ts';
import { RequestPath } from './request-path.ts';
import type { Server } from './server.ts';

export interface ModelOptions {
  readonly estate: Estate;
  readonly trace: Trace;
  readonly parameters: ParameterSet;
  readonly seed: string;
  readonly replication: number;
  /** Is told what becomes of one request. */
  readonly watch?: RequestWatch;
  /** Is told of every event. */
  readonly observer?: Observer;
}

export interface Model {
  readonly simulation: Simulation;
  readonly samples: Samples;
  /** Every step event so far, in order. */
  readonly steps: readonly StepEvent[];
  /** What the exact claims are about, counted so far. */
  readonly exact: { lostAcknowledgedWrites: number; promotions: number };
  /** Looks at every standby until now, from the trace's beginning to its horizon. */
  readonly lags: readonly LagSample[];
  /** How busy each server's processors were until now. */
  cpuUses(): readonly CpuUse[];
  /** Starts an action's steps; the signal fires when the last one is done. */
  play(steps: readonly Step[]): Signal;
  /** Breaks something for a while; the signal fires when it and everything that it set off is over. */
  inject(fault: Fault, forMs: number): Signal;
}

/** Builds everything; nothing has happened yet. */
export function buildModel(options: ModelOptions): Model {
  const { estate, trace, parameters, seed, replication, watch, observer } = options;
  const simulation = new Simulation({ seed, replication });
  if (observer !== undefined) simulation.observe(observer);
  const platform = new Platform({
    simulation,
    estate,
    parameters,
    seed,
    replication,
    onExecuted: (request) => path.executed(request),
    walBytesOf: (request) => path.walBytesOf(request),
    onFlushed: (requests) => path.flushed(requests),
    onCommitted: (request) => path.committed(request),
  });
  const path = new RequestPath({
    simulation,
    platform,
    trace,
    parameters,
    seed,
    replication,
    ...(watch === undefined ? {} : { watch }),
  });
  const steps: StepEvent[] = [];
  const exact = { lostAcknowledgedWrites: 0, promotions: 0 };
  const onPromoted = (shard: number, former: Server, promoted: Server): void => {
    const { replication: streams } = platform.shards[shard] as ShardModel;
    const sinceMs = streams.hasUntilMs(promoted, former, simulation.nowMs);
    exact.lostAcknowledgedWrites += path.acknowledgedSince(shard, sinceMs);
    exact.promotions++;
    promoted.state = 'primary';
  };
  const stage = {
    onPromoted,
    lose: (server: Server) => path.lose(server),
    sever: (server: Server, region: string | null) => path.sever(server, region),
    simulation,
    platform,
    router: path.router,
    parameters,
    seed,
    replication,
  };
  return {
    simulation,
    samples: path.samples,
    lags: watchLags({ platform, parameters, seed, replication, trace }, simulation),
    steps,
    exact,
    cpuUses: () => platform.servers.map(({ cpuUse }) => cpuUse),
    play: (list) =>
      simulation.spawn(
        playSteps(list, stage, (event) => steps.push(event)),
        'action',
      ),
    inject: (fault, forMs) =>
      simulation.spawn(
        playFault(fault, forMs, stage, (event) => steps.push(event)),
        'fault',
      ),
  };
}

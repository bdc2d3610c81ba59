// Plays the steps of an action on the model: each effect is a stretch of a process, with the duration that calibration
// found at zero link delay plus the round trips that the protocol needs over the links in question.
import { makeHashUniform } from '../../engine/random.ts';
import { delay, waitFor, type Process } from '../../engine/process.ts';
import type { Simulation } from '../../engine/simulation.ts';
import { unreachable } from '../../engine/failure.ts';
import type { Effect, Step } from '../actions/action.ts';
import { declaredBytes } from '../estate/estate.ts';
import type { StepEvent } from '../measurement.ts';
import type { ParameterPath } from '../parameters.ts';
import type { ParameterSet } from './parameter-set.ts';
import { copyBytes } from './copy.ts';
import { playTenantCopy } from './tenant-copy.ts';
import type { Platform } from './platform.ts';
import type { Router } from './router.ts';
import type { Server } from './server.ts';

/**
 * Round trips over a replication link that a step needs beyond its duration at zero delay; counted in the servers' logs
 * of Postgres 18 at a round trip of 500 ms, where nothing else matters.
 * stop: a walsender ends only when its standby has confirmed the shutdown checkpoint, one round trip to the farthest.
 * follow and rejoin: half a one for the connection to arrive, then one each until the next message arrives at the
 * upstream: start-up, IDENTIFY_SYSTEM, TIMELINE_HISTORY, START_REPLICATION on the old timeline, the reply that ends it,
 * IDENTIFY_SYSTEM, START_REPLICATION on the new timeline, and the first position that covers the new log.
 * rebuilt: a fresh copy begins on the new timeline, and needs only its history besides: half a one, start-up,
 * IDENTIFY_SYSTEM, TIMELINE_HISTORY, START_REPLICATION, the first position.
 * copy: the connection, start-up, and half a one for the command; what is copied then takes its own way.
 */
export const roundTrips = { stop: 1, follow: 8.5, rejoin: 8.5, rebuilt: 5.5, copy: 2.5 } as const;

/** How long the work of each effect takes by itself. */
const workOf: Readonly<Record<Effect['kind'], ParameterPath>> = {
  'check-topology': 'promote.check-topologyMs',
  'hold-requests': 'promote.hold-requestsMs',
  'drain-requests': 'promote.drain-requestsMs',
  'wait-replay': 'promote.wait-replayMs',
  'stop-node': 'promote.stop-nodeMs',
  'promote-node': 'promote.promote-nodeMs',
  follow: 'promote.followMs',
  'switch-map': 'promote.switch-mapMs',
  'release-requests': 'promote.release-requestsMs',
  rejoin: 'promote.rejoinMs',
  'stop-standby': 'rebuild.stop-standbyMs',
  'copy-node': 'rebuild.copy-nodeMs',
  'start-standby': 'rebuild.start-standbyMs',
  'subscribe-tenant': 'copy-tenant.subscribe-tenantMs',
  'wait-applied': 'copy-tenant.wait-appliedMs',
  'unsubscribe-tenant': 'copy-tenant.unsubscribe-tenantMs',
};

export interface Stage {
  readonly simulation: Simulation;
  readonly platform: Platform;
  readonly router: Router;
  readonly parameters: ParameterSet;
  readonly seed: string;
  readonly replication: number;
  /** A standby became the primary in place of `former`. */
  readonly onPromoted: (shard: number, former: Server, promoted: Server) => void;
  /** Every request that is under way to, on or from a server is lost; its client does not know yet. */
  readonly lose: (server: Server) => void;
  /** The clients of a region (null: all) learn that their connections to a server are gone. */
  readonly sever: (server: Server, region: string | null) => void;
}

/** A process that plays the steps in order and reports each start and end. */
export function* playSteps(
  steps: readonly Step[],
  stage: Stage,
  report: (event: StepEvent) => void,
): Process {
  const uniform = makeHashUniform(stage.seed, `steps/${stage.replication}`);
  for (const [index, step] of steps.entries()) {
    report({ step: step.id, state: 'started', atMs: stage.simulation.nowMs, evidence: {} });
    const workMs = stage.parameters.draw(workOf[step.effect.kind], uniform(index));
    yield* playEffect(step.effect, stage, workMs);
    report({ step: step.id, state: 'done', atMs: stage.simulation.nowMs, evidence: {} });
  }
}

/** `workMs` is the duration at zero link delay. */
function* playEffect(effect: Effect, stage: Stage, workMs: number): Process {
  const { platform, router } = stage;
  const { index, replication } = platform.shardModel(effect.shard);
  switch (effect.kind) {
    case 'check-topology':
      yield delay(workMs);
      return;
    case 'hold-requests':
      yield delay(workMs);
      router.hold(index);
      return;
    case 'drain-requests':
      yield waitFor(router.drained(index));
      yield delay(workMs);
      return;
    case 'wait-replay':
      yield delay(replication.remainsMs(effect.standby, 'replayed') + workMs);
      return;
    case 'stop-node': {
      const server = platform.server(effect.node);
      yield delay(workMs + roundTrips.stop * replication.farthestRoundTripMs(server));
      server.shutDown();
      replication.handOver(server.id);
      return;
    }
    case 'promote-node': {
      yield delay(workMs);
      const former = platform.server(router.primaryOf(index));
      stage.onPromoted(index, former, platform.server(effect.node));
      return;
    }
    case 'switch-map':
      yield delay(workMs);
      router.switchMap(index, effect.primary, effect.epoch);
      return;
    case 'release-requests':
      yield delay(workMs);
      router.release(index);
      return;
    case 'follow':
    case 'rejoin': {
      const waysMs = roundTrips[effect.kind] * roundTripMs(effect, platform);
      yield* attach(effect, stage, workMs + waysMs);
      return;
    }
    case 'stop-standby':
      // Its receiver ends first of all, and commits stop waiting for it.
      replication.detach(effect.node);
      platform.server(effect.node).state = 'down';
      yield delay(workMs);
      return;
    case 'copy-node':
      yield delay(roundTrips.copy * roundTripMs(effect, platform));
      yield* copy(effect, stage, workMs);
      return;
    case 'start-standby': {
      const missingMs = replication.missedMs(effect.node, effect.upstream);
      const startMs = workMs + missingMs + roundTrips.rebuilt * roundTripMs(effect, platform);
      yield* attach(effect, stage, startMs);
      return;
    }
    case 'subscribe-tenant':
    case 'wait-applied':
    case 'unsubscribe-tenant':
      yield* playTenantCopy(effect, stage, workMs);
      return;
    default:
      unreachable(effect);
  }
}

type Attachment = Extract<Effect, { kind: 'follow' | 'rejoin' | 'start-standby' }>;

interface Ends {
  readonly node: string;
  readonly upstream: string;
}

function* attach(effect: Attachment, { platform }: Stage, durationMs: number): Process {
  yield delay(durationMs);
  platform.server(effect.node).state = 'standby';
  platform.shardModel(effect.shard).replication.attach(effect.node, effect.upstream);
}

/**
 * Everything that the upstream has on disk: what was declared, what every server has, and nothing of its log. A backup
 * begins and ends with a new segment of the log (`do_pg_backup_start`, `do_pg_backup_stop`).
 */
function* copy(
  { node, upstream, shard, bytesPerSec }: Extract<Effect, { kind: 'copy-node' }>,
  { platform, parameters, simulation }: Stage,
  workMs: number,
): Process {
  const { shard: declared, replication } = platform.shardModel(shard);
  const order = {
    from: platform.server(upstream).region,
    to: platform.server(node).region,
    bytes: declaredBytes(declared, platform.fleet) + parameters.draw('copy.otherBytes', 0.5),
    limitPerSec: bytesPerSec,
    serverPerSec: parameters.draw('copy.bytesPerSec', 0.5),
  };
  replication.switchLog(platform.server(upstream));
  yield delay(workMs);
  yield* copyBytes(order, { simulation, network: platform.network });
  replication.switchLog(platform.server(upstream));
}

function roundTripMs({ node, upstream }: Ends, platform: Platform): number {
  return platform.network.roundTripMs(
    platform.server(node).region,
    platform.server(upstream).region,
  );
}

// A primary dies, and its fleet's monitor replaces it: the same choice, steps and order as on real servers, with durations that
// calibration found at zero link delay plus the round trips that the protocol needs over the links in question. That a
// node which was cut off in silence still runs is left out: it can acknowledge nothing, and it is fenced and thrown away.
import { assert } from '../../../engine/failure.ts';
import { delay, waitFor, type Command, type Process } from '../../../engine/process.ts';
import { makeHashUniform } from '../../../engine/random.ts';
import { nodesOf, type FailoverRule } from '../../estate/estate.ts';
import { chooseCandidate, keepsEveryWrite } from '../../failover/candidate.ts';
import { failoverStepId, failoverSteps, type FailoverStep } from '../../failover/steps.ts';
import { detectionMs } from '../../failover/watch.ts';
import type { CrashFault } from '../../faults/fault.ts';
import type { StepEvent } from '../../measurement.ts';
import { roundTrips, type Stage } from '../play.ts';
import type { ShardModel } from '../platform.ts';
import type { Server } from '../server.ts';

/** What a failover is about. `draw` gives a number of [0, 1) for each step, by a number of its own. */
interface Failover {
  readonly fault: CrashFault;
  readonly stage: Stage;
  readonly model: ShardModel;
  readonly former: Server;
  readonly rule: FailoverRule;
  readonly draw: (index: number) => number;
  readonly note: (
    step: FailoverStep,
    state: 'started' | 'done',
    evidence?: StepEvent['evidence'],
  ) => void;
}

export function* playCrash(
  fault: CrashFault,
  forMs: number,
  stage: Stage,
  report: (event: StepEvent) => void,
): Process {
  const failover = begin(fault, stage, report);
  const { former, model } = failover;
  const endMs = stage.simulation.nowMs + forMs;
  // What a scenario orders happens a moment later, on real servers as here: how much is lost depends on when exactly.
  yield delay(stage.parameters.draw('failover.strikeMs', failover.draw(6)));
  strike(failover);
  yield* detect(failover);
  yield* step(failover, 'fence', fenceMs(failover));
  const primary = yield* promote(failover);
  let others: readonly Process[] = [];
  for (const name of failoverSteps(model.shard)) {
    if (name === 'follow') others = yield* follow(failover, primary);
    if (name === 'switch-map') yield* switchMap(failover, primary);
  }
  for (const rest of others) yield* rest;
  yield delay(Math.max(0, endMs - stage.simulation.nowMs));
  if (fault.manner === 'silent') stage.sever(former, null);
  yield* rejoin(failover, primary);
}

function begin(fault: CrashFault, stage: Stage, report: (event: StepEvent) => void): Failover {
  const { platform, simulation, seed, replication } = stage;
  const model = platform.shards.find(({ shard }) =>
    nodesOf(shard).some(({ id }) => id === fault.node),
  );
  const rule = platform.fleet.failover;
  assert(model !== undefined && rule !== null, 'the crash was held against the estate');
  return {
    fault,
    stage,
    model,
    rule,
    former: platform.server(fault.node),
    draw: makeHashUniform(seed, `failover/${replication}/${fault.node}`),
    note: (name, state, evidence = {}) =>
      report({
        step: failoverStepId(model.shard, name),
        state,
        atMs: simulation.nowMs,
        evidence,
      }),
  };
}

/** The server and all that is on its way from and to it is gone; when it is reset, clients hear of it one delay later. */
function strike({ fault, former, model, stage }: Failover): void {
  former.crash();
  model.replication.detach(former.id);
  model.replication.abandon(former.id);
  stage.lose(former);
  if (fault.manner === 'silent') return;
  const { platform, simulation } = stage;
  for (const region of new Set(platform.fleet.tenants.map(({ home }) => home))) {
    simulation.spawn(
      (function* tell(): Process {
        yield delay(platform.network.oneWayMs(former.region, region));
        stage.sever(former, region);
      })(),
      'connections reset',
    );
  }
}

/** The crash falls anywhere into the period between two heartbeats. */
function* detect({ fault, rule, draw, note, stage }: Failover): Process {
  const { manner } = fault;
  note('detect', 'started', { node: fault.node, manner });
  const noticeMs = stage.parameters.draw('failover.detectMs', draw(0));
  const phase = draw(2);
  yield delay(manner === 'reset' ? noticeMs : detectionMs(manner, phase, rule));
  note('detect', 'done');
}

/** A server whose host has reset its connections is gone already; only one that may still run has to be killed. */
function fenceMs({ fault, stage, draw }: Failover): number {
  return fault.manner === 'reset' ? 0 : stage.parameters.draw('failover.fenceMs', draw(1));
}

function* promote(failover: Failover): Generator<Command, string, void> {
  const { model, former, stage, draw, note } = failover;
  note('promote-node', 'started');
  const members = nodesOf(model.shard)
    .map(({ id }) => id)
    .filter((id) => id !== former.id);
  const answered = members.map((node) => ({
    node,
    flushedBytes: model.replication.receivedBytes(node, former.id),
  }));
  const choice = chooseCandidate(model.shard, members, answered);
  assert(choice.kind === 'chosen', 'every standby of the model answers');
  yield delay(stage.parameters.draw('failover.promote-nodeMs', draw(3)));
  stage.onPromoted(model.index, former, stage.platform.server(choice.node));
  note('promote-node', 'done', { node: choice.node });
  return choice.node;
}

/**
 * The other standbys turn to the new primary, each in its own time. Done when enough of them have for commits to be
 * acknowledged, or all where nobody is waited for; gives back what is left of the rest.
 */
function* follow(
  failover: Failover,
  primary: string,
): Generator<Command, readonly Process[], void> {
  const { model, former, stage, draw, note } = failover;
  note('follow', 'started');
  const others = nodesOf(model.shard)
    .map(({ id }) => id)
    .filter((id) => id !== former.id && id !== primary);
  const lastBytes = model.replication.receivedBytes(primary, former.id);
  const turns = others.map((node, index) => {
    // One that received more than the new primary did can never follow it, and is built anew.
    const isAhead = model.replication.receivedBytes(node, former.id) > lastBytes;
    const work = isAhead ? 'failover.rejoinMs' : 'failover.followMs';
    const workMs = stage.parameters.draw(work, draw(10 + index));
    return { node, turnMs: workMs + roundTrips.follow * roundTripMs(stage, node, primary) };
  });
  const ended = turns.map(({ node, turnMs }) =>
    stage.simulation.spawn(turn(failover, { node, primary, turnMs }), `turn ${node}`),
  );
  const ordered = turns.map(({ turnMs }) => turnMs).toSorted((a, b) => a - b);
  const { syncRule } = model.shard;
  const wanted = keepsEveryWrite(model.shard) ? (syncRule?.count ?? 0) : ordered.length;
  yield delay(ordered[Math.min(wanted, ordered.length) - 1] ?? 0);
  note('follow', 'done');
  return ended.map(function* rest(signal): Process {
    yield waitFor(signal);
  });
}

function* turn(
  { model, stage }: Failover,
  { node, primary, turnMs }: { node: string; primary: string; turnMs: number },
): Process {
  yield delay(turnMs);
  stage.platform.server(node).state = 'standby';
  model.replication.attach(node, primary);
}

function* switchMap(failover: Failover, primary: string): Process {
  const { model, stage, draw } = failover;
  const workMs = stage.parameters.draw('failover.switch-mapMs', draw(4));
  yield* step(failover, 'switch-map', workMs, () =>
    stage.router.switchMap(model.index, primary, stage.router.epochOf(model.index) + 1),
  );
}

function* rejoin(failover: Failover, primary: string): Process {
  const { model, former, stage, draw } = failover;
  const workMs = stage.parameters.draw('failover.rejoinMs', draw(5));
  const durationMs = workMs + roundTrips.rebuilt * roundTripMs(stage, former.id, primary);
  yield* step(failover, 'rejoin', durationMs, () => {
    former.state = 'standby';
    model.replication.attach(former.id, primary);
  });
}

/** A step of a known length, and what is so at its end. */
function* step(
  { note }: Failover,
  name: FailoverStep,
  durationMs: number,
  end: () => void = () => undefined,
): Process {
  note(name, 'started');
  yield delay(durationMs);
  end();
  note(name, 'done');
}

function roundTripMs({ platform }: Stage, node: string, upstream: string): number {
  return platform.network.roundTripMs(
    platform.server(node).region,
    platform.server(upstream).region,
  );
}

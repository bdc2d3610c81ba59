// Faults that slow standbys down: a replay that is paused, a link that carries less. Both end by themselves; what piled up
// meanwhile is made up for afterwards, and only then is the fault over.
import { unreachable } from '../../../engine/failure.ts';
import { delay, type Process } from '../../../engine/process.ts';
import { slowingSteps, type SlowingFault } from '../../faults/steps.ts';
import type { LagPosition } from '../../lag.ts';
import type { StepEvent } from '../../measurement.ts';
import type { Replication } from '../replication.ts';
import type { Stage } from '../play.ts';

/** A standby that has to catch up, and with what. */
interface Late {
  readonly replication: Replication;
  readonly standby: string;
  readonly position: LagPosition;
}

export function* playSlowing(
  fault: SlowingFault,
  forMs: number,
  { simulation, platform }: Pick<Stage, 'simulation' | 'platform'>,
  report: (event: StepEvent) => void,
): Process {
  const { slow, catchUp } = slowingSteps(fault);
  const note = (step: string, state: 'started' | 'done'): void =>
    report({ step, state, atMs: simulation.nowMs, evidence: {} });
  note(slow, 'started');
  begin(fault, simulation.nowMs + forMs, platform);
  yield delay(forMs);
  note(slow, 'done');
  note(catchUp, 'started');
  const remains = lateStandbys(fault, platform).map(({ replication, standby, position }) =>
    replication.remainsMs(standby, position),
  );
  yield delay(Math.max(0, ...remains));
  note(catchUp, 'done');
}

function begin(fault: SlowingFault, untilMs: number, platform: Stage['platform']): void {
  switch (fault.kind) {
    case 'pause-replay':
      for (const { replication } of ofNode(fault.node, platform)) {
        replication.pauseReplay(fault.node, untilMs);
      }
      return;
    case 'limit-bandwidth':
      platform.network.limit(fault.between, fault.bytesPerSec, untilMs);
      return;
    default:
      unreachable(fault);
  }
}

function lateStandbys(fault: SlowingFault, platform: Stage['platform']): readonly Late[] {
  switch (fault.kind) {
    case 'pause-replay':
      return ofNode(fault.node, platform).map(({ replication }) => ({
        replication,
        standby: fault.node,
        position: 'replayed',
      }));
    case 'limit-bandwidth':
      return platform.shards.flatMap(({ replication }) =>
        replication
          .standbysAcross(fault.between)
          .map((standby): Late => ({ replication, standby, position: 'flushed' })),
      );
    default:
      return unreachable(fault);
  }
}

function ofNode(node: string, { shards }: Stage['platform']): Stage['platform']['shards'] {
  return shards.filter(({ shard }) => shard.replicas.some(({ id }) => id === node));
}

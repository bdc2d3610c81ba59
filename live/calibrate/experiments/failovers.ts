// The experiment on failovers: real crashes of real primaries, whose connections are reset or which fall silent in turn,
// noticed and replaced by the lab's own monitor. Each crash is an observation of the steps that its manner says
// something about.
import { parameterPaths } from '../../../twin/parameters.ts';
import type { Experiment, Subject } from '../experiment.ts';
import { stepParametersOf } from '../step-parameters.ts';

/** One crash, its failover, the dead server built anew, and a rest. */
const perCrashMs = 2_500;

const stepPaths = parameterPaths.filter((path) => path.startsWith('failover.'));

export const failovers: Experiment = {
  id: 'failovers',
  method: ({ crashes }) => `${crashes} crashes of a primary under a light load`,
  parameters: stepPaths,
  needed: (subject) => (canFail(subject) ? stepPaths : []),
  because: ({ fleet, shard }) => {
    if (fleet.failover === null) return `nobody replaces a primary of fleet ${fleet.id} by itself`;
    return shard.replicas.length === 0
      ? `shard ${shard.id} has no standby that could replace its primary`
      : `a monitor replaces the primary of ${shard.id} when it dies`;
  },
  durationMs: ({ crashes }) => crashes * perCrashMs,
  run: async ({ effort, practiseCrashes, onProgress }) => {
    if (effort.crashes === 0) return {};
    onProgress(`${effort.crashes} crashes, each followed by a failover`);
    return stepParametersOf('failover', await practiseCrashes(effort.crashes));
  },
};

function canFail({ fleet, shard }: Subject): boolean {
  return fleet.failover !== null && shard.replicas.length > 0;
}

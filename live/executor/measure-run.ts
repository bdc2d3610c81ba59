// From what a live run left behind to its measurement: the driver's samples through the same arithmetic as the twin's,
// the servers' own testimony for what must hold exactly, and the conditions that decide whether the rest counts.
import { availableParallelism } from 'node:os';
import { fillsProcessors, type CpuUse } from '../../twin/cpu-use.ts';
import type { Fleet } from '../../twin/estate/estate.ts';
import { measureRecovery } from '../../twin/failover/recovery.ts';
import { cutPhases, measureSeries, measureSteps, measureValues } from '../../twin/measure.ts';
import type { Measurement, StepEvent } from '../../twin/measurement.ts';
import type { Trace } from '../../twin/trace.ts';
import { adminAddress } from '../bridge/postgres.ts';
import type { Platform } from '../bridge/step-driver.ts';
import { observeShard } from '../bridge/topology.ts';
import { UserError } from '../../engine/failure.ts';
import { foreignCoresSince, hostFacts } from '../host.ts';
import { checkWrites, type WriteCheck } from '../load/check-writes.ts';
import type { LabInfo } from '../lab/lab-info.ts';
import { readLags } from '../load/lag-file.ts';
import { readSamples } from '../load/samples-file.ts';
import { readSummary, type LoadSummary } from '../load/summary.ts';
import { keyRangeOf, type LiveRun } from './live-run.ts';

/** What the run was, as far as measuring needs it. */
export interface RunFacts {
  readonly fleet: Fleet;
  readonly shard: string;
  readonly trace: Trace;
  readonly outDirectory: string;
  readonly warmupMs: number;
}

/** Measures a run whose load has ended. UserError('missing') when the driver did not live to write its files. */
export async function measureRun(
  platform: Platform,
  liveRun: LiveRun,
  steps: readonly StepEvent[],
  { fleet, shard, trace, outDirectory, warmupMs }: RunFacts,
): Promise<Measurement> {
  const summary = readSummary(outDirectory);
  const samples = readSamples(outDirectory, trace);
  const foreignCores = foreignCoresOf(liveRun, platform);
  const cpu = fillsProcessors(fleet) ? cpuUsesOf(summary, platform.lab) : [];
  const lags = readLags(outDirectory, summary.startedAtEpochMs);
  const observed = { fleet, trace, samples, warmupMs, cpu, lags };
  // A load that was stopped early has shown nothing about the rest of its horizon.
  const horizonMs = Math.min(trace.horizonMs, summary.endedMs);
  const spans = cutPhases(steps, { warmupMs, horizonMs });
  const { writes, promotions } = await askLeader(platform, liveRun, { shard, trace, outDirectory });
  return {
    schema: 'premortem/measurement/v1',
    run: liveRun.run,
    world: 'live',
    trace: trace.digest,
    steps: [...steps],
    values: [
      ...measureValues(observed, spans),
      ...measureSteps(steps),
      ...measureRecovery({ ...observed, lostWrites: writes.lost }, steps),
    ],
    exact: [
      { claim: 'lost_acknowledged_writes', value: writes.lost },
      { claim: 'duplicate_writes', value: writes.duplicates },
      { claim: 'promotions', value: promotions },
    ],
    series: measureSeries(observed),
    conditions: conditionsOf(summary, writes, foreignCores),
    host: hostFacts(platform.lab),
  };
}

function foreignCoresOf({ cpu }: LiveRun, { lab }: Platform): number | null {
  return cpu === null ? null : foreignCoresSince(cpu, lab.daemon.pid, process.cpuUsage());
}

/** The node that leads now says which writes it has and, by its timeline, how often the shard was promoted. */
async function askLeader(
  { lab, estate, sessions }: Platform,
  liveRun: LiveRun,
  { shard, trace, outDirectory }: Pick<RunFacts, 'shard' | 'trace' | 'outDirectory'>,
): Promise<{ writes: WriteCheck; promotions: number }> {
  const { primary, nodes } = await observeShard(lab, estate, shard);
  const leader = nodes.find(({ id }) => id === primary);
  if (leader === undefined || leader.timeline === null)
    throw new UserError('refused', {
      message: `no single node leads ${shard}, so nobody can tell which writes are there`,
      remedy: 'look at `premortem lab status`, mend it, and resume the plan',
    });
  const client = await sessions.use(adminAddress(lab, leader.id));
  const writes = await checkWrites(client, outDirectory, keyRangeOf(liveRun, trace));
  return { writes, promotions: leader.timeline - liveRun.timeline };
}

function conditionsOf(
  summary: LoadSummary,
  writes: WriteCheck,
  foreignCores: number | null,
): Measurement['conditions'] {
  const errors = Object.values(summary.errors).reduce((sum, count) => sum + count, 0);
  return {
    generatorLagP99Ms: summary.generatorLagP99Ms,
    driverPauseMaxMs: Math.max(summary.eventLoopMaxMs, summary.gcMaxMs),
    gcTotalMs: summary.gcTotalMs,
    ...(foreignCores === null ? {} : { foreignCores }),
    errors,
    lostConnections: summary.lostConnections,
    acknowledgedWrites: writes.acknowledged,
    inDoubtWritesPresent: writes.inDoubtPresent,
    refusedWritesPresent: writes.refusedPresent,
    ...cpuPerOperation(summary),
  };
}

/** What one operation of each class cost a processor, where it is known: a resource, by which verdicts can be conditioned. */
function cpuPerOperation({ cpu }: LoadSummary): Measurement['conditions'] {
  const counted = (cpu?.byClass ?? []).filter(({ operations }) => operations > 0);
  return Object.fromEntries(
    counted.map((one) => [`cpuPerOperationMs{class=${one.class}}`, one.cpuMs / one.operations]),
  );
}

function cpuUsesOf({ cpu }: LoadSummary, { placement }: LabInfo): readonly CpuUse[] {
  const cores = placement.kind === 'pinned' ? placement.servers.length : availableParallelism();
  return (cpu?.byNode ?? []).map((use) => ({ ...use, cores }));
}

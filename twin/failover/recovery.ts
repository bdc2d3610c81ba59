// What a failover took: from the death of a primary to the first write that is acknowledged after it, in parts that add up to
// the whole. Made of step events and samples, by the same code for both worlds.
import type { Fleet } from '../estate/estate.ts';
import { nodesOf } from '../estate/estate.ts';
import type { Measurement, StepEvent } from '../measurement.ts';
import { metricId } from '../metrics.ts';
import { outcomes, type Samples } from '../samples.ts';
import type { Trace } from '../trace.ts';
import { keepsEveryWrite } from './candidate.ts';
import { failoverStepId, type FailoverStep } from './steps.ts';

type Value = Measurement['values'][number];

/**
 * Parts of the time to recovery, in order: until the monitor gave the primary up; until another had been promoted (fencing
 * included); until commits on it could be acknowledged (0 where nobody is waited for); until requests were sent there;
 * until the first of them came back.
 */
const components: readonly { readonly name: string; readonly until: FailoverStep | null }[] = [
  { name: 'detect', until: 'detect' },
  { name: 'promote', until: 'promote-node' },
  { name: 'follow', until: 'follow' },
  { name: 'switch-map', until: 'switch-map' },
  { name: 'reconnect', until: null },
];

interface Run {
  readonly fleet: Fleet;
  readonly trace: Trace;
  readonly samples: Samples;
  /** Acknowledged writes that are not there any more. */
  readonly lostWrites: number;
}

/**
 * The time to recovery and its parts after the first crash of a run, and the writes that it lost where some may be; nothing
 * without a crash. A run in which no write came back after it has no time to recovery.
 */
export function measureRecovery(run: Run, steps: readonly StepEvent[]): Value[] {
  const crash = steps.find(({ step, state }) => state === 'started' && step === '1-detect');
  if (crash === undefined) return [];
  const shard = run.fleet.shards.find((one) =>
    nodesOf(one).some(({ id }) => id === crash.evidence['node']),
  );
  if (shard === undefined) return [];
  const isSafe = keepsEveryWrite(shard);
  const lost = isSafe ? [] : [valueOf(metricId('lost_writes', 'value'), run.lostWrites)];
  const recoveredMs = firstAnswerMs(run, crash.atMs);
  if (recoveredMs === null) return lost;
  const total = valueOf(metricId('rto_ms', 'value'), recoveredMs - crash.atMs);
  let reachedMs = crash.atMs;
  const parts = components.map(({ name, until }) => {
    const endMs =
      until === null
        ? recoveredMs
        : until === 'follow' && !isSafe
          ? reachedMs
          : doneMs(steps, failoverStepId(shard, until));
    // An answer may come back before the step that made it possible is known to be done.
    const untilMs = Math.max(reachedMs, Math.min(endMs, recoveredMs));
    const value = valueOf(metricId('rto_ms', 'value', { component: name }), untilMs - reachedMs);
    reachedMs = untilMs;
    return value;
  });
  return [total, ...parts, ...lost];
}

/** When the first write that was sent after a crash was acknowledged (or, without writes, the first request). */
function firstAnswerMs({ fleet, trace, samples }: Run, crashMs: number): number | null {
  const acknowledged = outcomes.indexOf('acknowledged');
  const writes = fleet.classes.filter(({ kind }) => kind === 'write').map(({ id }) => id);
  const counts = trace.classes.map((id) => writes.length === 0 || writes.includes(id));
  let firstMs = Infinity;
  for (let request = 0; request < trace.count; request++) {
    if (samples.outcome[request] !== acknowledged) continue;
    if (counts[trace.classOf[request] ?? 0] !== true) continue;
    const answeredMs = samples.doneMs[request] ?? Number.NaN;
    if ((samples.sentMs[request] ?? 0) > crashMs && answeredMs < firstMs) firstMs = answeredMs;
  }
  return firstMs === Infinity ? null : firstMs;
}

function doneMs(steps: readonly StepEvent[], id: string): number {
  return steps.find(({ step, state }) => state === 'done' && step === id)?.atMs ?? Infinity;
}

function valueOf(metric: string, value: number): Value {
  return { metric, phase: 'all', value, n: 1 };
}

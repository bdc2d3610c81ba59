// What the replications say about harm: blast radius and the evidence behind each component of the risk score.
import type { Action } from '../twin/actions/action.ts';
import { actionKindOf } from '../twin/actions/index.ts';
import type { Phase } from '../twin/document.ts';
import type { Estate } from '../twin/estate/estate.ts';
import { metricId } from '../twin/metrics.ts';
import type { Parameter } from '../twin/parameters.ts';
import type { Prediction, SloRisk } from '../twin/prediction.ts';
import { modelDistrust } from '../twin/record/distrust.ts';
import type { RiskFinding } from '../twin/risk.ts';
import type { StandingQueue } from '../twin/standing-queue.ts';
import type { Trace } from '../twin/trace.ts';
import type { ReplicationResult } from './replication.ts';
import { forecastOf } from './summary.ts';

type BlastRadius = Prediction['blastRadius'];

export interface Findings {
  readonly estate: Estate;
  readonly actions: readonly Action[];
  readonly fresh: readonly ReplicationResult[];
  readonly rehearsals: readonly ReplicationResult[];
  readonly blastRadius: BlastRadius;
  readonly slos: readonly SloRisk[];
  readonly parameters: readonly Parameter[];
  readonly record: Prediction['record'];
}

/** A minute of everybody degraded counts as the full component; more cannot count more. */
const fullDegradedMs = 60_000;

/** Whom actions and faults on these shards touch, and for how long a copy less than declared exists: until a node is back. */
export function blastRadiusOf(
  estate: Estate,
  shards: readonly string[],
  trace: Trace,
  rehearsals: readonly ReplicationResult[],
): BlastRadius {
  const touched = new Set(shards);
  const fleets = estate.fleets.filter((fleet) => fleet.shards.some(({ id }) => touched.has(id)));
  const tenants = fleets.flatMap((fleet) =>
    fleet.tenants.filter(({ shard }) => touched.has(shard)),
  );
  const numbers = new Set(tenants.map(({ id }) => trace.tenants.indexOf(id)));
  const requests = trace.tenantOf.filter((tenant) => numbers.has(tenant)).length;
  return {
    fleets: fleets.map(({ id }) => id),
    shards: [...touched],
    tenants: tenants.map(({ id }) => id),
    trafficShare: trace.count === 0 ? 0 : requests / trace.count,
    degradedMs: forecastOf(rehearsals.map(degradedMsOf), 'trace'),
  };
}

/** One finding per component of the score. */
export function riskFindings(findings: Findings): RiskFinding[] {
  return [
    policyBreak(findings),
    sloBreak(findings),
    dataLoss(findings),
    blast(findings),
    irreversibility(findings),
    modelDistrust(findings.parameters, findings.record?.plays ?? null),
  ];
}

function policyBreak({ estate, rehearsals }: Findings): RiskFinding {
  const { performance, durability } = estate.policy;
  const value = shareOf(
    rehearsals,
    (one) =>
      fenceMsOf(one) > performance.fenceMs || lostOf(one) > durability.lostAcknowledgedWrites,
  );
  const evidence = `a policy rule is broken in ${percent(value)} of the simulated executions`;
  return { name: 'policy-break', value, evidence };
}

/** How likely one execution breaks each promise on latency, per client region, in the steady state that follows. */
export function sloRisks(estate: Estate, rehearsals: readonly ReplicationResult[]): SloRisk[] {
  return promisesOf(estate).flatMap(({ metric, limitMs }): SloRisk[] => {
    const phase = (['after', 'all'] as const).find((one) =>
      rehearsals.some(({ candidate }) => `${one} ${metric}` in candidate),
    );
    if (phase === undefined) return [];
    const broken = (one: ReplicationResult): boolean => isBroken(one, phase, { metric, limitMs });
    return [{ metric, phase, limitMs, probability: shareOf(rehearsals, broken) }];
  });
}

function sloBreak({ slos, rehearsals }: Findings): RiskFinding {
  const value = shareOf(rehearsals, (one) => slos.some((slo) => isBroken(one, slo.phase, slo)));
  const evidence =
    slos.length === 0
      ? 'the estate promises no latency'
      : `one of ${slos.length} latency promises is broken in the steady state that follows in ${percent(value)} of the simulated executions`;
  return { name: 'slo-break', value, evidence };
}

/** How likely one execution leaves more requests waiting than are answered, by where they wait. */
export function overloadsOf(rehearsals: readonly ReplicationResult[]): Prediction['overloads'] {
  const places = new Map(
    rehearsals.flatMap(({ standing }) => standing.map((one) => [placeOf(one), one] as const)),
  );
  return [...places].map(([place, queue]) => ({
    ...queue,
    probability: shareOf(rehearsals, ({ standing }) =>
      standing.some((one) => placeOf(one) === place),
    ),
  }));
}

function placeOf({ class: operation, region, shard }: StandingQueue): string {
  return `${operation} ${region} ${shard}`;
}

interface Promised {
  readonly metric: string;
  readonly limitMs: number;
}

/** Every promise of the estate, for each region that clients stand in. */
function promisesOf(estate: Estate): Promised[] {
  return estate.fleets.flatMap(({ slos, tenants }) =>
    slos.flatMap((slo) =>
      [...new Set(tenants.map(({ home }) => home))].map((region) => ({
        limitMs: slo.limitMs,
        metric: metricId('latency_ms', slo.stat, { class: slo.class, region }),
      })),
    ),
  );
}

/** Where nothing was answered there is no latency, and no promise about it is broken. */
function isBroken(
  { candidate }: ReplicationResult,
  phase: Phase,
  { metric, limitMs }: Promised,
): boolean {
  return (candidate[`${phase} ${metric}`] ?? 0) > limitMs;
}

function dataLoss({ rehearsals }: Findings): RiskFinding {
  const value = shareOf(rehearsals, (one) => lostOf(one) > 0);
  const worst = rehearsals.reduce((most, one) => Math.max(most, lostOf(one)), 0);
  const evidence = `acknowledged writes are lost in ${percent(value)} of the simulated executions, at worst ${worst}`;
  return { name: 'data-loss', value, evidence };
}

function blast({ blastRadius }: Findings): RiskFinding {
  const { trafficShare, degradedMs, tenants } = blastRadius;
  const value = trafficShare * Math.min(1, degradedMs.median / fullDegradedMs);
  const evidence = `${percent(trafficShare)} of the traffic (${tenants.length} tenants) on a shard with a copy less for ${(degradedMs.median / 1_000).toFixed(1)} s`;
  return { name: 'blast-radius', value, evidence };
}

function irreversibility({ estate, actions, rehearsals }: Findings): RiskFinding {
  if (actions.length === 0) {
    return { name: 'irreversibility', value: 0, evidence: 'nothing is done that had to be undone' };
  }
  const stuck = actions.filter((action) => actionKindOf(action).reverse(action, estate) === null);
  const longest = Math.max(0, ...rehearsals.map(fenceMsOf));
  const fence = Math.min(1, longest / estate.policy.performance.fenceMs);
  const value = stuck.length > 0 ? 1 : fence;
  const evidence =
    stuck.length > 0
      ? `no way back from: ${stuck.map(({ kind }) => kind).join(', ')}`
      : `can be reversed by another action; requests are held for up to ${(longest / 1_000).toFixed(2)} s, ${percent(fence)} of what policy allows`;
  return { name: 'irreversibility', value, evidence };
}

function degradedMsOf({ steps }: ReplicationResult): number {
  const stopped = steps.find(
    ({ step }) => /-stop-(?:node|standby)$/.test(step) || step === '1-detect',
  );
  const last = steps.at(-1);
  return stopped === undefined || last === undefined
    ? 0
    : last.startMs + last.durationMs - stopped.startMs;
}

function fenceMsOf({ candidate }: ReplicationResult): number {
  return candidate['all fence_ms.value'] ?? 0;
}

function lostOf({ exact }: ReplicationResult): number {
  return exact.find(({ claim }) => claim === 'lost_acknowledged_writes')?.value ?? 0;
}

function shareOf<T>(list: readonly T[], holds: (one: T) => boolean): number {
  return list.length === 0 ? 0 : list.filter(holds).length / list.length;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`;
}

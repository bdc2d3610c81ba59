// Harm and risk from a handful of made-up executions: each component of the score answers to its own evidence.
import { describe, expect, it } from 'vitest';
import { digestOfBytes } from '../../engine/digest.ts';
import {
  blastRadiusOf,
  overloadsOf,
  riskFindings,
  sloRisks,
  type Findings,
} from '../../scenarios/findings.ts';
import type { ReplicationResult } from '../../scenarios/replication.ts';
import type { Action } from '../../twin/actions/action.ts';
import { neededParameters } from '../../twin/estate/needed-parameters.ts';
import { describeParameters } from '../../twin/model/parameter-set.ts';
import { defaultPolicy } from '../../twin/policy/policy.ts';
import type { PlayRecord } from '../../twin/record/record.ts';
import type { RiskComponentName } from '../../twin/risk.ts';
import { makeCalibration } from '../fixtures/calibration.ts';
import { makeEstate } from '../fixtures/estate.ts';
import { traceOfRequests } from '../fixtures/runs.ts';

const estate = makeEstate({
  fleet: { slos: [{ class: 'job', stat: 'p99', limitMs: 100 }] },
  policy: { ...defaultPolicy, performance: { fenceMs: 1_000 } },
});
const toWest: Action = { kind: 'promote', shard: 's', to: 's-west' };
const trace = traceOfRequests(estate, [{ atMs: 1 }, { atMs: 2, tenant: 'west' }], 1_000);

interface Execution {
  readonly standing?: ReplicationResult['standing'];
  readonly fenceMs?: number;
  readonly lost?: number;
  readonly p99Ms?: number;
  readonly degradedMs?: number;
}

function executed({
  fenceMs = 250,
  lost = 0,
  p99Ms = 50,
  degradedMs = 600,
  standing = [],
}: Execution): ReplicationResult {
  return {
    candidate: {
      'all fence_ms.value': fenceMs,
      'after latency_ms.p99{class=job,region=west}': p99Ms,
    },
    baseline: {},
    standing,
    phaseMs: {},
    steps: [
      { step: '1-hold-requests', startMs: 100, durationMs: 10 },
      { step: '5-stop-node', startMs: 200, durationMs: 100 },
      { step: '10-rejoin', startMs: 500, durationMs: degradedMs - 300 },
    ],
    series: [],
    exact: [{ claim: 'lost_acknowledged_writes', value: lost }],
    fingerprint: '',
  };
}

function findingsOf(executions: readonly Execution[], changes: Partial<Findings> = {}): Findings {
  const rehearsals = executions.map(executed);
  const actions = changes.actions ?? [toWest];
  return {
    estate,
    actions,
    fresh: [],
    rehearsals,
    blastRadius: blastRadiusOf(
      estate,
      actions.map(({ shard }) => shard),
      trace,
      rehearsals,
    ),
    slos: sloRisks(estate, rehearsals),
    record: null,
    parameters: describeParameters(makeEstate(), null),
    ...changes,
  };
}

function valueOf(name: RiskComponentName, findings: Findings): number {
  const found = riskFindings(findings).find((one) => one.name === name);
  return found?.value ?? Number.NaN;
}

const quiet: Execution = {};

describe('the blast radius', () => {
  it('is everybody on the shard, for as long as a copy is missing', () => {
    const radius = blastRadiusOf(estate, [toWest.shard], trace, [executed({ degradedMs: 700 })]);
    expect(radius).toMatchObject({
      fleets: ['shop'],
      shards: ['s'],
      tenants: ['east', 'west', 'north'],
      trafficShare: 1,
    });
    expect(radius.degradedMs.median).toBe(700);
  });

  it('is only those tenants who live on the shard', () => {
    const [fleet] = estate.fleets;
    const [shard] = fleet?.shards ?? [];
    if (fleet === undefined || shard === undefined) throw new Error('the estate has a shard');
    const tenants = fleet.tenants.map((one) => (one.id === 'west' ? { ...one, shard: 't' } : one));
    const shards = [shard, { ...shard, id: 't' }];
    const two = { ...estate, fleets: [{ ...fleet, shards, tenants }] };
    const radius = blastRadiusOf(two, [toWest.shard], trace, [executed({})]);
    expect(radius).toMatchObject({ tenants: ['east', 'north'], trafficShare: 0.5 });
  });

  it('is nobody without an action', () => {
    const radius = blastRadiusOf(estate, [], trace, [{ ...executed({}), steps: [] }]);
    expect(radius).toMatchObject({ fleets: [], shards: [], tenants: [], trafficShare: 0 });
    expect(radius.degradedMs.median).toBe(0);
  });
});

describe('a component of risk', () => {
  it('counts executions that break a rule of the policy, by fence or by loss', () => {
    const executions = [quiet, { fenceMs: 1_001 }, { lost: 1 }, { fenceMs: 1_000 }];
    expect(valueOf('policy-break', findingsOf(executions))).toBe(0.5);
  });

  it('counts executions that break a promise on latency afterwards', () => {
    const executions = [quiet, { p99Ms: 100 }, { p99Ms: 100.5 }, quiet];
    expect(valueOf('slo-break', findingsOf(executions))).toBe(0.25);
  });

  it('counts executions that lose something, and tells the worst', () => {
    const findings = findingsOf([quiet, { lost: 2 }, { lost: 7 }, quiet]);
    expect(valueOf('data-loss', findings)).toBe(0.5);
    const evidence = riskFindings(findings).find(({ name }) => name === 'data-loss')?.evidence;
    expect(evidence).toContain('at worst 7');
  });

  it('grows with the time in which a copy is missing, up to a minute', () => {
    const values = [0, 6_000, 60_000, 600_000].map((degradedMs) =>
      valueOf('blast-radius', findingsOf([{ degradedMs }])),
    );
    expect(values).toEqual([0, 0.1, 1, 1]);
  });

  it('grows with the longest fence when the way back is another action', () => {
    const values = [250, 5_000].map((fenceMs) =>
      valueOf('irreversibility', findingsOf([quiet, { fenceMs }])),
    );
    expect(values).toEqual([0.25, 1]);
  });

  it('is the share of parameters that nobody measured, until the record has something to add', () => {
    expect(valueOf('model-distrust', findingsOf([quiet]))).toBe(1);
    const all = neededParameters(estate);
    const { parameters } = makeCalibration();
    const some = Object.fromEntries(all.slice(0, 6).map((path) => [path, parameters[path]]));
    const partly = describeParameters(estate, { ...makeCalibration(), parameters: some });
    const guesses = (all.length - 6) / all.length;
    const proven = { play: 'promote', cases: 1_000, inside: 95_000, of: 100_000, medianError: 0 };
    const withRecord = (...plays: PlayRecord[]): number =>
      valueOf(
        'model-distrust',
        findingsOf([quiet], {
          parameters: partly,
          record: { digest: digestOfBytes('record'), plays },
        }),
      );
    expect(withRecord(proven)).toBeCloseTo(guesses, 12);
    expect(withRecord({ ...proven, inside: 50_000 })).toBeGreaterThan(guesses + 0.01);
    expect(valueOf('model-distrust', findingsOf([quiet], { parameters: partly }))).toBeCloseTo(
      1 - (1 - guesses) / 2,
      12,
    );
  });

  it('lies between 0 and 1 and has evidence in words', () => {
    const extremes = [{ fenceMs: 1e9, lost: 1e6, p99Ms: 1e9, degradedMs: 1e9 }];
    for (const executions of [[quiet], extremes]) {
      for (const { value, evidence } of riskFindings(findingsOf(executions))) {
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThanOrEqual(1);
        expect(evidence).toMatch(/\w+ \w+/);
      }
    }
  });
});

describe('overload', () => {
  it('is told by queue, with the share of the executions in which it never empties', () => {
    const [west, east] = ['west', 'east'].map((region) => ({ class: 'job', region, shard: 's' }));
    if (west === undefined || east === undefined) throw new Error('two queues');
    const executions = [{ standing: [west] }, { standing: [east, west] }, {}, {}].map(executed);
    expect(overloadsOf(executions)).toEqual([
      { ...west, probability: 0.5 },
      { ...east, probability: 0.25 },
    ]);
    expect(overloadsOf([executed(quiet)])).toEqual([]);
  });
});

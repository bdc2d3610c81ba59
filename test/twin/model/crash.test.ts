// A crash in the twin, with constant parameters, so that every part of the time to recovery and every lost write can be said
// beforehand; and as laws over drawn estates.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CommitMode, Estate, SyncRule } from '../../../twin/estate/estate.ts';
import { measureRecovery } from '../../../twin/failover/recovery.ts';
import type { CrashFault } from '../../../twin/faults/fault.ts';
import type { Model } from '../../../twin/model/model.ts';
import { onlyFleet } from '../../../twin/model/platform.ts';
import type { Trace } from '../../../twin/trace.ts';
import { makeEstate, regions, replicaIn } from '../../fixtures/estate.ts';
import { makeModel, outcomesOf, traceOfRequests } from '../../fixtures/runs.ts';

const rule = { heartbeatMs: 100, leaseMs: 400 };
const forMs = 3_000;
const commits = Array.from({ length: 800 }, (_, index) => ({ atMs: 5 * index }));

interface Crash {
  readonly estate?: Estate;
  readonly manner?: CrashFault['manner'];
  readonly atMs?: number;
  readonly requests?: Parameters<typeof traceOfRequests>[1];
  readonly seed?: string;
}

interface Played {
  readonly model: Model;
  readonly trace: Trace;
  readonly values: Readonly<Record<string, number>>;
}

function withFailover(estate: Estate): Estate {
  return { ...estate, fleets: estate.fleets.map((fleet) => ({ ...fleet, failover: rule })) };
}

/** By default commits from the east, where the primary dies, every 5 ms; each is on its disk 2 ms after it was sent. */
function crash({
  estate = makeEstate(),
  manner = 'reset',
  atMs = 1_000,
  requests = commits,
  seed = '1',
}: Crash = {}): Played {
  const failing = withFailover(estate);
  const trace = traceOfRequests(failing, requests, 8_000);
  const model = makeModel(failing, trace, { seed });
  model.simulation.run(atMs);
  const over = model.inject({ kind: 'crash', node: 's-east', manner }, forMs);
  model.simulation.run(60_000);
  expect(over.fired).toBe(true);
  const { samples, steps, exact } = model;
  const lostWrites = exact.lostAcknowledgedWrites;
  const run = { fleet: onlyFleet(failing), trace, samples, lostWrites };
  const values = measureRecovery(run, steps);
  return {
    model,
    trace,
    values: Object.fromEntries(values.map(({ metric, value }) => [metric, value])),
  };
}

function part({ values }: Played, component: string): number {
  return values[`rto_ms.value{component=${component}}`] ?? Number.NaN;
}

describe('the time to recovery', () => {
  it('is made of what calibration found and the round trips of the links', () => {
    const played = crash();
    expect(part(played, 'detect')).toBeCloseTo(10, 6);
    expect(part(played, 'promote')).toBeCloseTo(50, 6);
    // North turns to west: 120 ms of work and 8.5 round trips of 50 ms.
    expect(part(played, 'follow')).toBeCloseTo(120 + 8.5 * 50, 6);
    expect(part(played, 'switch-map')).toBeCloseTo(3, 6);
    // From the east to the west and back, and to the north and back for the commit.
    expect(part(played, 'reconnect')).toBeGreaterThanOrEqual(20 + 50);
    expect(part(played, 'reconnect')).toBeLessThan(20 + 50 + 10);
    expect(played.values['rto_ms.value']).toBeCloseTo(
      ['detect', 'promote', 'follow', 'switch-map', 'reconnect'].reduce(
        (sum, component) => sum + part(played, component),
        0,
      ),
      6,
    );
  });

  it('has the lease in it when the primary falls silent, evenly over a heartbeat', () => {
    const detected = Array.from({ length: 200 }, (_, seed) =>
      part(crash({ manner: 'silent', seed: String(seed), requests: [{ atMs: 2_000 }] }), 'detect'),
    );
    const { heartbeatMs, leaseMs } = rule;
    expect(Math.min(...detected)).toBeGreaterThan(leaseMs - heartbeatMs);
    expect(Math.max(...detected)).toBeLessThanOrEqual(leaseMs);
    const mean = detected.reduce((sum, one) => sum + one, 0) / detected.length;
    // Five standard errors of the mean of 200 even draws from 100 ms.
    expect(Math.abs(mean - (leaseMs - heartbeatMs / 2))).toBeLessThan(
      (5 * heartbeatMs) / Math.sqrt(12 * 200),
    );
  });

  it('does not wait for followers where commits wait for nobody', () => {
    const played = crash({ estate: makeEstate({ shard: { commitMode: 'local' } }) });
    expect(part(played, 'follow')).toBe(0);
    expect(part(played, 'reconnect')).toBeLessThan(25);
    expect(played.model.steps.map(({ step }) => step).filter((_, at) => at % 2 === 0)).toEqual([
      '1-detect',
      '2-fence',
      '3-promote-node',
      '4-switch-map',
      '5-follow',
      '6-rejoin',
    ]);
  });
});

describe('requests', () => {
  const requests = [
    { atMs: 900, class: 'job', size: 300, tenant: 'west' },
    { atMs: 995, tenant: 'west' },
    { atMs: 1_005, tenant: 'west' },
    { atMs: 1_015, tenant: 'west' },
  ];

  it('that are under way fail when their client hears of the reset, later ones wait for the next primary', () => {
    const { model, values } = crash({ requests });
    expect(outcomesOf(model)).toEqual(['refused', 'in-doubt', 'in-doubt', 'acknowledged']);
    // West is 10 ms from the east: also what it sends until it knows is lost.
    expect(Array.from(model.samples.doneMs.slice(0, 3))).toEqual([1_010, 1_010, 1_010]);
    expect(model.samples.sentMs[3]).toBeGreaterThan(1_500);
    expect(model.samples.doneMs[3]).toBeCloseTo(1_000 + (values['rto_ms.value'] ?? 0), 6);
  });

  it('that were sent to a silent primary hang until it is back', () => {
    const { model } = crash({ manner: 'silent', requests });
    expect(outcomesOf(model)).toEqual(['refused', 'in-doubt', 'in-doubt', 'in-doubt']);
    for (const doneMs of model.samples.doneMs) expect(doneMs).toBeCloseTo(1_000 + forMs, 6);
  });

  it('that were on their way through the dead keep nobody waiting behind them', () => {
    // More than a pool has connections, sent within the 2 ms that a commit takes.
    const last = Array.from({ length: 10 }, (_, index) => ({ atMs: 998 + index / 20 }));
    const { model } = crash({ requests: [...last, { atMs: 2_500 }] });
    expect(new Set(outcomesOf(model).slice(0, -1))).toContain('in-doubt');
    expect(outcomesOf(model).at(-1)).toBe('acknowledged');
  });

  it('all have a fate, and are answered by the next primary when they come after it leads', () => {
    for (const manner of ['reset', 'silent'] as const) {
      const { model, trace } = crash({ manner });
      const fates = outcomesOf(model);
      expect(fates).not.toContain('unfinished');
      const late = fates.filter((_, request) => (trace.atMs[request] ?? 0) > 2_500);
      expect(new Set(late)).toEqual(new Set(['acknowledged']));
    }
  });
});

describe('acknowledged writes', () => {
  it('are lost as far as the standby is behind when commits wait for nobody', () => {
    const lost = (commitMode: CommitMode): number =>
      crash({ estate: makeEstate({ shard: { commitMode } }), atMs: 1_040 }).model.exact
        .lostAcknowledgedWrites;
    // West is 10 ms behind, and has not the records of 1032 and 1037 ms.
    expect(lost('local')).toBe(2);
    // The log writer leaves up to three rounds of 200 ms besides.
    expect(lost('off')).toBeGreaterThan(2);
    expect(lost('off')).toBeLessThanOrEqual((3 * 200 + 20) / 5);
    expect(lost('on')).toBe(0);
  });

  it('are lost at the rate of writes times the delay, on average', () => {
    const estate = makeEstate({ shard: { commitMode: 'local' } });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), fc.nat(500), (delayMs, at) => {
        const links = estate.links.map((link) => ({ ...link, delayMs }));
        const { model } = crash({ estate: { ...estate, links }, atMs: 1_000 + at });
        // A commit every 5 ms: as many as fall into the delay, one more or less by where it begins.
        expect(Math.abs(model.exact.lostAcknowledgedWrites - delayMs / 5)).toBeLessThanOrEqual(1);
      }),
      { numRuns: 40 },
    );
  });

  it('are never lost where commits wait for standbys, whatever the estate, the rule and the moment', () => {
    const delays = fc.integer({ min: 0, max: 120 });
    fc.assert(
      fc.property(
        fc.record({
          delayMs: fc.tuple(delays, delays, delays),
          commitMode: fc.constantFrom<CommitMode>('remote_write', 'on', 'remote_apply'),
          method: fc.constantFrom<SyncRule['method']>('first', 'any'),
          count: fc.integer({ min: 1, max: 2 }),
          manner: fc.constantFrom<CrashFault['manner']>('reset', 'silent'),
          atMs: fc.integer({ min: 600, max: 2_000 }),
        }),
        ({ delayMs, commitMode, method, count, manner, atMs }) => {
          const syncRule = { method, count, nodes: regions.map((id) => `s-${id}`) };
          const replicas = [replicaIn('west', true), replicaIn('north', true)];
          const base = makeEstate({ shard: { commitMode, syncRule, replicas } });
          const links = base.links.map((link, index) => ({
            ...link,
            delayMs: delayMs[index] ?? 0,
          }));
          const tenants = regions.map((tenant, index) => ({ atMs: index, tenant }));
          const requests = Array.from({ length: 400 }, (_, index) => ({
            atMs: 7 * index,
            tenant: tenants[index % tenants.length]?.tenant ?? 'east',
          }));
          const { model } = crash({ estate: { ...base, links }, manner, atMs, requests });
          expect(model.exact).toEqual({ lostAcknowledgedWrites: 0, promotions: 1 });
        },
      ),
      { numRuns: 60 },
    );
  });
});

// Commits on real servers with three standbys: every mode waits for what it says, FIRST k and ANY k for whom they say, and
// faults that slow standbys down do so for a while and are undone. What is compared are round trips of 40 ms, which no
// commit can be faster than, with work of a millisecond or two.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openNode } from '../../live/bridge/postgres.ts';
import { openLabControl, type LabControl } from '../../live/lab/lab-control.ts';
import type { LabInfo } from '../../live/lab/lab-info.ts';
import { labUp } from '../../live/lab/lab.ts';
import { readLags } from '../../live/load/lag-file.ts';
import { readSamples } from '../../live/load/samples-file.ts';
import { readSummary } from '../../live/load/summary.ts';
import { findLibraryFile } from '../../scenarios/library/index.ts';
import { loadEstate } from '../../scenarios/load.ts';
import { drawTrace } from '../../twin/demand.ts';
import { commitModes, type Fleet, type Link, type SyncRule } from '../../twin/estate/estate.ts';
import type { Fault } from '../../twin/faults/fault.ts';
import { lagPositions, type LagSample } from '../../twin/lag.ts';
import { onlyFleet } from '../../twin/model/platform.ts';
import type { Trace } from '../../twin/trace.ts';
import { makeStateDir } from './lab-fixture.ts';
import { makeTenant } from '../fixtures/estate.ts';
import { DriverUnderTest } from './load-fixture.ts';

const { url } = findLibraryFile('estate', 'lab-quorum');
const estate = loadEstate(readFileSync(url, 'utf8'), 'lab-quorum.yaml');
const standbys = ['ledger-0-uw', 'ledger-0-ew', 'ledger-0-ec'] as const;
const roundTripMs = 40;

const state = await makeStateDir();
const drivers: DriverUnderTest[] = [];
let lab: LabInfo;
let control: LabControl;
let primary: Client;

/** One class per mode, clients beside the primary, so that nothing but the commit waits for a link. */
const fleet: Fleet = {
  ...onlyFleet(estate),
  classes: commitModes.map((id) => ({
    id,
    kind: 'write',
    ratePerSec: 25,
    size: { kind: 'constant', value: 200 },
  })),
  tenants: [makeTenant({ id: 'acme', home: 'us-east-1', share: 1 }, 'ledger-0')],
  pool: { size: 2, timeoutMs: 20_000 },
};

/** From the primary to west, Ireland and Frankfurt. */
async function setDelays(...delaysMs: readonly [number, number, number]): Promise<void> {
  const ends = ['us-west-1', 'eu-west-1', 'eu-central-1'];
  const links = ends.map((end, index): Link => ({
    between: ['us-east-1', end],
    delayMs: delaysMs[index] ?? 0,
    bandwidthBytesPerSec: null,
  }));
  await control.setLinks(links);
}

beforeAll(async () => {
  lab = await labUp(estate, { stateDir: state.stateDir, lifeline: 'stdin' });
  control = await openLabControl(lab);
  primary = await openNode(lab, 'ledger-0-ue');
});
afterEach(async () => {
  for (const driver of drivers.splice(0)) await driver.remove();
});
afterAll(async () => {
  await primary?.end();
  control?.close();
  await state.remove();
});

/** Plays a trace of the modes' classes. */
async function play(
  horizonMs: number,
  meanwhile: (driver: DriverUnderTest) => Promise<void> = async () => undefined,
): Promise<{ trace: Trace; driver: DriverUnderTest; lags: readonly LagSample[] }> {
  const trace = drawTrace(fleet, { seed: '1', replication: 0, horizonMs, factors: new Map() });
  const driver = new DriverUnderTest(lab, trace, {
    shard: 'ledger-0',
    map: { primary: 'ledger-0-ue', epoch: 1 },
    pool: fleet.pool,
    classes: commitModes.map((mode) => ({ id: mode, kind: 'write', commitMode: mode })),
    tenants: [{ id: 'acme', home: 'us-east-1' }],
  });
  drivers.push(driver);
  await driver.until(({ startedAtEpochMs }) => startedAtEpochMs !== null);
  await meanwhile(driver);
  expect(await driver.exit, driver.output).toBe(0);
  const { startedAtEpochMs } = readSummary(driver.outDirectory);
  return { trace, driver, lags: readLags(driver.outDirectory, startedAtEpochMs) };
}

const sorted = (values: readonly number[]): number[] => values.toSorted((a, b) => a - b);
const median = (values: readonly number[]): number =>
  sorted(values)[values.length >> 1] ?? Number.NaN;

test('the servers are set up as the estate says', async () => {
  const { rows } = await primary.query<{ name: string; setting: string }>(
    `select name, setting from pg_settings
       where name in ('autovacuum', 'checkpoint_timeout', 'max_wal_size') order by name`,
  );
  expect(rows.map(({ setting }) => setting)).toEqual(['off', '1800', '2048']);
});

test('each commit mode waits for its round trip or for none, and standbys are behind by one', async () => {
  await setDelays(roundTripMs / 2, roundTripMs / 2, roundTripMs / 2);
  const { trace, driver, lags } = await play(3_000);
  const samples = readSamples(driver.outDirectory, trace);
  const [off, local, ...remote] = commitModes.map((_, mode) =>
    Array.from(trace.classOf)
      .flatMap((index, request) => (index === mode ? [request] : []))
      .map((request) => (samples.doneMs[request] ?? 0) - (samples.sentMs[request] ?? 0)),
  );
  expect(remote.map((latencies) => latencies.length > 30)).toEqual([true, true, true]);
  for (const latencies of remote) {
    expect(Math.min(...latencies)).toBeGreaterThanOrEqual(roundTripMs);
    expect(median(latencies) - median(local ?? [])).toBeGreaterThan(roundTripMs / 2);
    expect(median(latencies) - median(off ?? [])).toBeGreaterThan(roundTripMs / 2);
  }
  expect(new Set(lags.map(({ replica }) => replica))).toEqual(new Set(standbys));
  for (const position of lagPositions) {
    const known = lags.flatMap(({ ms }) => ms[position] ?? []);
    expect(known.length).toBeGreaterThan(40);
    expect(median(known)).toBeGreaterThanOrEqual(roundTripMs);
    expect(median(lags.map(({ bytes }) => bytes[position]))).toBeGreaterThan(0);
  }
});

test('FIRST k waits for the slowest of the first k, ANY k for the k-th fastest', async () => {
  const commitsUnder = async ({ method, count, nodes }: SyncRule): Promise<number[]> => {
    const names = nodes.map((name) => `"${name}"`).join(', ');
    await primary.query(
      `alter system set synchronous_standby_names to '${method} ${count} (${names})'`,
    );
    await primary.query('select pg_reload_conf()');
    await sleep(300);
    const took: number[] = [];
    for (let commit = 0; commit < 7; commit++) {
      const beganMs = performance.now();
      await primary.query(`insert into orders (key, tenant, body) values (-1, 'test', 'x')`);
      took.push(performance.now() - beganMs);
    }
    return took;
  };
  const [uw, ew, ec] = standbys;
  await setDelays(10, 50, 90);
  const cases = [
    [{ method: 'any', count: 1, nodes: [ec, ew, uw] }, 20, 100],
    [{ method: 'any', count: 2, nodes: [ec, ew, uw] }, 100, 180],
    [{ method: 'first', count: 1, nodes: [ew, uw, ec] }, 100, 180],
    [{ method: 'first', count: 2, nodes: [uw, ec, ew] }, 180, Infinity],
  ] as const;
  try {
    for (const [rule, leastMs, nextMs] of cases) {
      const took = await commitsUnder(rule);
      expect(Math.min(...took), JSON.stringify(rule)).toBeGreaterThanOrEqual(leastMs);
      expect(median(took), JSON.stringify(rule)).toBeLessThan(nextMs);
    }
  } finally {
    await primary.query('alter system reset synchronous_standby_names');
    await primary.query('select pg_reload_conf()');
  }
});

async function untilOver(id: string): Promise<void> {
  for (;;) {
    const { state: stands, reason } = await control.faultStatus(id);
    expect(stands, reason ?? '').not.toBe('failed');
    if (stands === 'done') return;
    await sleep(50);
  }
}

test('a paused replay and a narrow link hold standbys up for their lease, and then no longer', async () => {
  await setDelays(5, 5, 5);
  const [uw, ew] = standbys;
  const pause: Fault = { kind: 'pause-replay', node: uw };
  const narrow: Fault = {
    kind: 'limit-bandwidth',
    between: ['us-east-1', 'eu-west-1'],
    bytesPerSec: 10_000,
  };
  const { lags } = await play(6_000, async (driver) => {
    const { nowMs } = await driver.call('status');
    await sleep(Math.max(0, 1_000 - nowMs));
    await control.injectFault('pause', pause, 1_500);
    await control.injectFault('narrow', narrow, 1_500);
    await Promise.all([untilOver('pause'), untilOver('narrow')]);
    expect((await driver.call('status')).finished).toBe(false);
  });
  const of = (replica: string, fromMs: number, toMs: number): readonly LagSample[] =>
    lags.filter((one) => one.replica === replica && one.atMs >= fromMs && one.atMs < toMs);
  const most = (list: readonly LagSample[], position: (typeof lagPositions)[number]): number =>
    Math.max(...list.map(({ bytes }) => bytes[position]));
  // 125 commits of about 450 bytes per second; the narrow link carries a fifth of that.
  expect(most(of(uw, 1_000, 2_500), 'replayed')).toBeGreaterThan(30_000);
  expect(median(of(uw, 1_500, 2_500).map(({ bytes }) => bytes.flushed))).toBeLessThan(10_000);
  expect(most(of(ew, 1_000, 2_500), 'written')).toBeGreaterThan(30_000);
  for (const replica of [uw, ew]) {
    const after = of(replica, 4_500, 6_000).map(({ bytes }) => bytes.replayed);
    expect(median(after)).toBeLessThan(10_000);
  }
  const standby = await openNode(lab, uw);
  try {
    const { rows } = await standby.query<{ state: string }>(
      'select pg_get_wal_replay_pause_state() as state',
    );
    expect(rows[0]?.state).toBe('not paused');
  } finally {
    await standby.end();
  }
});

// The load driver's process against real servers: what it plays, what it promises while it is steered, and what it
// leaves behind however it ends.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { openNode } from '../../live/bridge/postgres.ts';
import { followUpstream, promoteNode } from '../../live/bridge/postgres-verbs.ts';
import { openLabControl, type LabControl } from '../../live/lab/lab-control.ts';
import type { LabInfo } from '../../live/lab/lab-info.ts';
import { labUp } from '../../live/lab/lab.ts';
import { checkWrites, type WriteCheck } from '../../live/load/check-writes.ts';
import type { LoadConfig } from '../../live/load/config.ts';
import { readSamples } from '../../live/load/samples-file.ts';
import { readSummary } from '../../live/load/summary.ts';
import { readWriteLog } from '../../live/load/write-log.ts';
import { outcomes, type Outcome } from '../../twin/samples.ts';
import type { Trace } from '../../twin/trace.ts';
import { ec, eu, labEstate, makeStateDir, us } from './lab-fixture.ts';
import { DriverUnderTest, traceFor } from './load-fixture.ts';

const state = await makeStateDir();
let lab: LabInfo;
let control: LabControl;
const drivers: DriverUnderTest[] = [];

beforeAll(async () => {
  lab = await labUp(labEstate, { stateDir: state.stateDir, lifeline: 'stdin' });
  control = await openLabControl(lab);
});
afterEach(async () => {
  for (const driver of drivers.splice(0)) await driver.remove();
});
afterAll(async () => {
  control?.close();
  await state.remove();
});

function start(trace: Trace, changes: Partial<LoadConfig> = {}): DriverUnderTest {
  const driver = new DriverUnderTest(lab, trace, changes);
  drivers.push(driver);
  return driver;
}

async function check(driver: DriverUnderTest, node: string = us): Promise<WriteCheck> {
  const client = await openNode(lab, node);
  try {
    return await checkWrites(client, driver.outDirectory, driver.keys);
  } finally {
    await client.end();
  }
}

function countOutcomes(driver: DriverUnderTest): Record<Outcome, number> {
  const counts = Object.fromEntries(outcomes.map((name) => [name, 0])) as Record<Outcome, number>;
  for (const index of readSamples(driver.outDirectory, driver.trace).outcome) {
    counts[outcomes[index] ?? 'unfinished']++;
  }
  return counts;
}

function writesOf({ classOf }: Trace): number {
  return classOf.filter((index) => index === 0).length;
}

describe('a run that nobody disturbs', () => {
  test('answers every request of the trace, in open loop, and every write is there once', async () => {
    const trace = traceFor('undisturbed', 1500);
    const driver = start(trace);
    expect(await driver.exit).toBe(0);
    const samples = readSamples(driver.outDirectory, trace);
    const summary = readSummary(driver.outDirectory);
    expect(driver.messages).toEqual([
      { kind: 'started', startedAtEpochMs: summary.startedAtEpochMs },
      { kind: 'finished', ended: 'trace' },
    ]);
    expect(countOutcomes(driver).acknowledged).toBe(trace.count);
    for (let request = 0; request < trace.count; request++) {
      const sentMs = samples.sentMs[request] ?? NaN;
      expect(sentMs).toBeGreaterThanOrEqual(trace.atMs[request] ?? NaN);
      const declaredMs = trace.classOf[request] === 1 ? (trace.size[request] ?? NaN) : 0;
      expect((samples.doneMs[request] ?? NaN) - sentMs).toBeGreaterThan(declaredMs);
    }
    expect(await check(driver)).toEqual({
      acknowledged: writesOf(trace),
      present: writesOf(trace),
      lost: 0,
      duplicates: 0,
      inDoubtPresent: 0,
      refusedPresent: 0,
    });
    expect(summary).toMatchObject({
      ended: 'trace',
      primary: us,
      epoch: 1,
      requests: trace.count,
      offered: trace.count,
      sent: trace.count,
      done: trace.count,
      errors: {},
      lostConnections: 0,
    });
    // Little's law per lane, as both sides count it: busy time is the sum of service times.
    const busyMs = summary.pools.reduce((sum, { busyMean }) => sum + busyMean, 0) * summary.endedMs;
    const servedMs = samples.doneMs.reduce((sum, at, request) => {
      return sum + at - (samples.sentMs[request] ?? NaN);
    }, 0);
    expect(busyMs / servedMs).toBeCloseTo(1, 1);
  });

  test('playing the same keys again writes no row twice', async () => {
    const trace = traceFor('again', 500);
    const first = start(trace);
    expect(await first.exit).toBe(0);
    const second = start(trace, { keyBase: first.keyBase });
    expect(await second.exit).toBe(0);
    expect(await check(first)).toMatchObject({ present: writesOf(trace), duplicates: 0, lost: 0 });
  });
});

describe('a run that is steered', () => {
  test('holds, drains and releases without losing a request', async () => {
    const driver = start(traceFor('held', 2500));
    await driver.until(({ done }) => done > 20);
    await driver.call('hold', { shard: 'checkout-0' });
    const drained = await driver.call('drained', { limitMs: 10_000 });
    expect(drained).toMatchObject({ held: true, inFlight: 0 });
    const later = await driver.until(({ queued }) => queued > drained.queued + 20);
    expect(later).toMatchObject({ sent: drained.sent, done: drained.done, inFlight: 0 });
    await driver.call('release', { shard: 'checkout-0' });
    expect(await driver.exit).toBe(0);
    expect(countOutcomes(driver).acknowledged).toBe(driver.trace.count);
  });

  test('refuses orders that cannot be right, and repeats of right ones change nothing', async () => {
    const driver = start(traceFor('orders', 20_000), { map: { primary: us, epoch: 7 } });
    const shard = 'checkout-0';
    await expect(driver.call('hold', { shard: 'other' })).rejects.toThrow('plays shard checkout-0');
    await expect(driver.call('switch-map', { shard, primary: us, epoch: 6 })).rejects.toThrow(
      'does not go back to 6',
    );
    await expect(driver.call('switch-map', { shard, primary: eu, epoch: 7 })).rejects.toThrow(
      `belongs to ${us}`,
    );
    await expect(driver.call('switch-map', { shard, primary: 'x', epoch: 8 })).rejects.toThrow(
      'no route to x',
    );
    const same = { shard, primary: us, epoch: 7 };
    expect(await driver.call('switch-map', same)).toMatchObject({ primary: us, epoch: 7 });
    expect(await driver.call('hold', { shard })).toMatchObject({ held: true });
    expect(await driver.call('hold', { shard })).toMatchObject({ held: true });
    expect(await driver.call('release', { shard })).toMatchObject({ held: false });
    expect(await driver.call('release', { shard })).toMatchObject({ held: false });
    await driver.call('stop');
    expect(await driver.exit).toBe(0);
  });

  test('drops requests that wait longer than the pool allows', async () => {
    const driver = start(traceFor('expired', 600), { pool: { size: 2, timeoutMs: 150 } });
    await driver.call('hold', { shard: 'checkout-0' });
    expect(await driver.exit).toBe(0);
    const { doneMs, sentMs } = readSamples(driver.outDirectory, driver.trace);
    expect(countOutcomes(driver)['timed-out']).toBe(driver.trace.count);
    expect(sentMs.every(Number.isNaN)).toBe(true);
    for (const [request, atMs] of driver.trace.atMs.entries()) {
      expect(doneMs[request]).toBeGreaterThanOrEqual(atMs + 150);
    }
    expect(await check(driver)).toMatchObject({ acknowledged: 0, present: 0 });
  });
});

describe('a run that is cut short', () => {
  const ways: readonly [string, (driver: DriverUnderTest) => unknown][] = [
    ['the verb stop', (driver) => driver.call('stop')],
    ['SIGTERM', (driver) => driver.child.kill('SIGTERM')],
    ['Ctrl-C', (driver) => driver.child.kill('SIGINT')],
    ['the end of its parent', (driver) => driver.child.stdin?.end()],
  ];
  test.each(ways)('by %s leaves complete files and a truthful log', async (_, end) => {
    const driver = start(traceFor('cut', 60_000));
    await driver.until(({ done }) => done > 30);
    await end(driver);
    expect(await driver.exit).toBe(0);
    const summary = readSummary(driver.outDirectory);
    expect(summary.ended).toBe('stopped');
    expect(countOutcomes(driver)).toEqual(summary.outcomes);
    expect(summary.outcomes.unfinished).toBe(summary.requests - summary.done);
    expect(summary.outcomes.unfinished).toBeGreaterThan(0);
    const { acknowledged, present, lost, inDoubtPresent } = await check(driver);
    expect(acknowledged).toBeGreaterThan(0);
    expect({ lost, present }).toEqual({ lost: 0, present: acknowledged + inDoubtPresent });
  });

  test('by kill -9 has its log, and no results that could be taken for complete ones', async () => {
    const driver = start(traceFor('killed', 60_000));
    await driver.until(({ done }) => done > 30);
    const logged = await vi.waitUntil(
      async () => (await readWriteLog(driver.outDirectory)).length,
      { timeout: 20_000 },
    );
    driver.child.kill('SIGKILL');
    expect(await driver.exit).toBe('SIGKILL');
    const { acknowledged, lost, duplicates } = await check(driver);
    expect({ lost, duplicates }).toEqual({ lost: 0, duplicates: 0 });
    expect(acknowledged).toBeGreaterThanOrEqual(logged);
    expect(existsSync(join(driver.outDirectory, 'driver.json'))).toBe(false);
    expect(existsSync(join(driver.outDirectory, 'samples.ndjson'))).toBe(false);
  });

  test('before it began, because a node cannot be reached, says so and leaves no results', async () => {
    const dead = { from: 'us', to: 'nowhere', host: '127.0.0.1', port: 1 };
    const routes = ['us', 'eu'].map((from) => ({ ...dead, from }));
    const driver = start(traceFor('dead', 100), { routes, map: { primary: 'nowhere', epoch: 1 } });
    expect(await driver.exit).toBe(1);
    expect(driver.messages).toMatchObject([
      { kind: 'failed', error: { code: 'environment', message: /no connection to nowhere at/ } },
    ]);
    expect(existsSync(join(driver.outDirectory, 'driver.json'))).toBe(false);
  });
});

describe('a run whose servers fail', () => {
  test('counts a commit in doubt whose wait for the standbys was cancelled', async () => {
    const driver = start(traceFor('cancelled', 60_000));
    await driver.until(({ done }) => done > 20);
    await control.stopNode(eu, 'fast');
    await control.stopNode(ec, 'fast');
    const admin = await openNode(lab, us);
    try {
      await vi.waitUntil(
        async () => {
          const { rowCount } = await admin.query(
            "select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'SyncRep'",
          );
          return rowCount !== null && rowCount > 0;
        },
        { timeout: 20_000 },
      );
      await driver.call('hold', { shard: 'checkout-0' });
      await control.startNode(eu);
      await control.startNode(ec);
      await driver.call('drained', { limitMs: 20_000 });
      await driver.call('stop');
    } finally {
      await admin.end();
    }
    expect(await driver.exit).toBe(0);
    const counts = countOutcomes(driver);
    expect(counts['in-doubt']).toBeGreaterThan(0);
    const { lost, inDoubtPresent } = await check(driver);
    expect({ lost, inDoubtPresent }).toEqual({ lost: 0, inDoubtPresent: counts['in-doubt'] });
  });

  test('loses no acknowledged write when the primary crashes, and goes on when it is back', async () => {
    const driver = start(traceFor('crashed', 4000));
    await driver.until(({ done }) => done > 50);
    await control.stopNode(us, 'immediate');
    await driver.until(({ queued }) => queued > 10);
    await control.startNode(us);
    expect(await driver.exit).toBe(0);
    const summary = readSummary(driver.outDirectory);
    expect(summary.ended).toBe('trace');
    expect(summary.lostConnections).toBeGreaterThan(0);
    const { acknowledged, refused, 'in-doubt': inDoubt } = summary.outcomes;
    expect((acknowledged ?? 0) + (refused ?? 0) + (inDoubt ?? 0)).toBe(summary.requests);
    expect(await check(driver)).toMatchObject({ lost: 0, duplicates: 0, refusedPresent: 0 });
  });

  test('keeps its connections to a standby that is promoted, and follows the map to it', async () => {
    const driver = start(traceFor('promoted', 6000));
    await driver.until(({ done }) => done > 50);
    const shard = 'checkout-0';
    await driver.call('hold', { shard });
    await driver.call('drained', { limitMs: 10_000 });
    await control.stopNode(us, 'fast');
    const client = await openNode(lab, eu);
    try {
      await promoteNode(client, 30_000);
      const wait = { counted: true, limitMs: 30_000 };
      await followUpstream(control, ec, { id: eu, client }, wait);
    } finally {
      await client.end();
    }
    await driver.call('switch-map', { shard, primary: eu, epoch: 2 });
    const released = await driver.call('release', { shard });
    expect(released).toMatchObject({ primary: eu, epoch: 2, openByNode: { [eu]: 8, [us]: 0 } });
    expect(await driver.exit).toBe(0);
    const summary = readSummary(driver.outDirectory);
    expect(summary).toMatchObject({ primary: eu, epoch: 2, errors: {}, lostConnections: 8 });
    expect(countOutcomes(driver).acknowledged).toBe(driver.trace.count);
    expect(await check(driver, eu)).toMatchObject({
      acknowledged: writesOf(driver.trace),
      present: writesOf(driver.trace),
      lost: 0,
      duplicates: 0,
    });
  });
});

// Who is waited for and for how long, in a cluster whose servers really flush and whose standbys really confirm; and what
// attaching, handing over, pausing and losing a server mean for who has which writes.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Simulation } from '../../../engine/simulation.ts';
import { commitModes, type CommitMode, type SyncRule } from '../../../twin/estate/estate.ts';
import { Network } from '../../../twin/model/network.ts';
import { Replication } from '../../../twin/model/replication.ts';
import { Server } from '../../../twin/model/server.ts';

const flushMs = 1;
const standbyFlushMs = 0.5;
/** A commit makes 100 bytes of log and is replayed in 0.25 ms. */
const commitBytes = 100;
const replayBytesPerMs = 400;
/** On the primary's disk at 1 ms; the standby's part without any delay, by mode. */
const standbyMs = { remote_write: 0, on: 0.5, remote_apply: 0.75 } as const;

interface Cluster {
  readonly simulation: Simulation;
  readonly replication: Replication;
  readonly primary: Server;
  readonly server: (id: string) => Server;
  /** When each request's commit was confirmed. */
  readonly committedMs: Map<number, number>;
}

interface Conditions {
  readonly delaysMs: readonly number[];
  readonly rule: SyncRule | null;
  readonly mode?: CommitMode;
  readonly attached?: readonly string[];
  readonly bandwidthBytesPerSec?: number | null;
}

/** A primary `p` and a standby per delay (`n0`, `n1` …), each in a region of its own. */
function makeCluster({
  delaysMs,
  rule,
  mode = 'on',
  attached = delaysMs.map((_, index) => `n${index}`),
  bandwidthBytesPerSec = null,
}: Conditions): Cluster {
  const ids = ['p', ...delaysMs.map((_, index) => `n${index}`)];
  const network = new Network({
    regions: ids.map((id) => ({ id: `at-${id}`, zones: [] })),
    links: delaysMs.map((delayMs, index) => ({
      between: ['at-p', `at-n${index}`],
      delayMs,
      bandwidthBytesPerSec,
    })),
  });
  const simulation = new Simulation({ seed: '1' });
  const committedMs = new Map<number, number>();
  const servers = new Map(
    ids.map((id) => {
      const server = new Server(simulation, {
        node: { id, region: `at-${id}`, zone: '', tier: '' },
        cores: 1,
        sliceMs: 0,
        isPrimary: id === 'p',
        wal: {
          bytesOf: () => commitBytes,
          flushMs: () => flushMs,
          phaseMs: 0,
          segmentOffsetBytes: 0,
        },
        onExecuted: () => undefined,
        onFlushed: (from, requests) => replication.flushed(from, requests),
      });
      return [id, server] as const;
    }),
  );
  const replication: Replication = new Replication({
    simulation,
    servers,
    network,
    rule,
    mode,
    paceOf: () => ({
      flushMs: () => standbyFlushMs,
      replayBytesPerMs,
      receiveBytesPerMs: Infinity,
    }),
    onCommitted: (request) => committedMs.set(request, simulation.nowMs),
  });
  for (const id of attached) replication.attach(id, 'p');
  const server = (id: string): Server => {
    const found = servers.get(id);
    if (found === undefined) throw new Error(`no server ${id}`);
    return found;
  };
  return { simulation, replication, primary: server('p'), server, committedMs };
}

/** One commit at time 0: when it was confirmed; undefined when it hangs. */
function confirmationOf(conditions: Conditions): number | undefined {
  const { simulation, primary, committedMs } = makeCluster(conditions);
  primary.commit(7);
  simulation.run(10_000);
  return committedMs.get(7);
}

const first = (count: number, ...nodes: string[]): SyncRule => ({ method: 'first', count, nodes });
const any = (count: number, ...nodes: string[]): SyncRule => ({ method: 'any', count, nodes });

describe('a commit', () => {
  const trio = ['n0', 'n1', 'n2'];

  it.each([
    [first(1, ...trio), 40],
    [first(2, ...trio), 40],
    [first(3, ...trio), 90],
    [any(1, ...trio), 10],
    [any(2, ...trio), 40],
    [any(3, ...trio), 90],
    [first(1, 'p', 'n2'), 90],
  ])('waits for the round trip that %j picks of 40, 10 and 90 ms', (rule, roundTripMs) => {
    const confirmedMs = confirmationOf({ delaysMs: [20, 5, 45], rule });
    expect(confirmedMs).toBeCloseTo(flushMs + roundTripMs + standbyFlushMs, 9);
  });

  it.each(['remote_write', 'on', 'remote_apply'] as const)('waits for what %s says', (mode) => {
    const confirmedMs = confirmationOf({ delaysMs: [10], rule: first(1, 'n0'), mode });
    expect(confirmedMs).toBeCloseTo(flushMs + 20 + standbyMs[mode], 9);
  });

  it('waits for its own flush alone without a rule, and in local mode', () => {
    expect(confirmationOf({ delaysMs: [10], rule: null })).toBe(flushMs);
    expect(confirmationOf({ delaysMs: [10], rule: first(1, 'n0'), mode: 'local' })).toBe(flushMs);
  });

  it('hangs with too few standbys, also when they stream from somebody else', () => {
    const two = any(2, 'n0', 'n1');
    const alone: Conditions = { delaysMs: [10, 20], rule: two, attached: ['n0'] };
    expect(confirmationOf(alone)).toBeUndefined();
    const { simulation, replication, primary, committedMs } = makeCluster(alone);
    replication.attach('n1', 'n0');
    primary.commit(7);
    simulation.run(1_000);
    expect(committedMs.size).toBe(0);
  });

  it('that hangs goes on when enough are attached, who then have it', () => {
    const cluster = makeCluster({ delaysMs: [10, 20], rule: any(2, 'n0', 'n1'), attached: ['n0'] });
    const { simulation, replication, primary, committedMs } = cluster;
    primary.commit(1);
    simulation.run(500);
    primary.commit(2);
    simulation.run(600);
    expect(committedMs.size).toBe(0);
    replication.attach('n1', 'p');
    simulation.run(2_000);
    expect([...committedMs]).toEqual([
      [1, 600],
      [2, 600],
    ]);
  });

  it('turns to the next standby in the order when the first one goes', () => {
    const cluster = makeCluster({ delaysMs: [50, 20], rule: first(1, 'n0', 'n1') });
    cluster.primary.commit(1);
    cluster.simulation.run(10);
    cluster.replication.detach('n0');
    cluster.simulation.run(1_000);
    expect(cluster.committedMs.get(1)).toBeCloseTo(flushMs + 40 + standbyFlushMs, 9);
  });

  it('is never confirmed once its primary is gone for good', () => {
    const { simulation, replication, primary, committedMs } = makeCluster({
      delaysMs: [10],
      rule: first(1, 'n0'),
    });
    primary.commit(1);
    simulation.run(5);
    replication.detach('p');
    expect(replication.abandon('n0')).toEqual([]);
    expect(replication.abandon('p')).toEqual([1]);
    replication.attach('n0', 'p');
    simulation.run(1_000);
    expect(committedMs.size).toBe(0);
  });

  it('waits longer from mode to mode, whatever the cluster', () => {
    const drawn = fc.record({
      delaysMs: fc.array(fc.nat(90), { minLength: 2, maxLength: 3 }),
      method: fc.constantFrom('first' as const, 'any' as const),
      count: fc.integer({ min: 1, max: 2 }),
      bandwidthBytesPerSec: fc.constantFrom(null, 5_000, 1e6),
    });
    fc.assert(
      fc.property(drawn, ({ delaysMs, method, count, bandwidthBytesPerSec }) => {
        const rule = { method, count, nodes: ['n0', 'n1', 'n2'] };
        const waits = commitModes
          .filter((mode) => mode !== 'off')
          .map((mode) => confirmationOf({ delaysMs, rule, mode, bandwidthBytesPerSec }));
        expect(waits).toEqual(waits.toSorted((a = Infinity, b = Infinity) => a - b));
        expect(waits[0]).toBe(flushMs);
      }),
    );
  });

  it('waits for the log before it on a narrow link', () => {
    // 130 bytes with their frame leave in 13 ms; commits come every 5 ms, so each waits for those before.
    const cluster = makeCluster({
      delaysMs: [10],
      rule: first(1, 'n0'),
      bandwidthBytesPerSec: 10_000,
    });
    for (let request = 0; request < 4; request++) {
      cluster.primary.commit(request);
      cluster.simulation.run(5 * (request + 1));
    }
    cluster.simulation.run(1_000);
    [0, 1, 2, 3].forEach((request) => {
      const expectedMs = flushMs + 13 * (request + 1) + 20 + standbyFlushMs;
      expect(cluster.committedMs.get(request)).toBeCloseTo(expectedMs, 9);
    });
  });

  it('hangs while the replay that it waits for is paused, and no longer', () => {
    const rule = first(1, 'n0');
    const cluster = makeCluster({ delaysMs: [10], rule, mode: 'remote_apply' });
    cluster.primary.commit(1);
    cluster.simulation.run(2);
    cluster.replication.pauseReplay('n0', 300);
    cluster.simulation.run(100);
    cluster.primary.commit(2);
    cluster.simulation.run(1_000);
    expect(cluster.committedMs.get(1)).toBeCloseTo(300 + 0.25 + 10, 9);
    expect(cluster.committedMs.get(2)).toBeCloseTo(300 + 0.5 + 10, 9);
  });
});

describe('what a standby has', () => {
  /** Commits on disk at 1, 11, 21 … 491 ms. */
  const busy = (delaysMs: readonly number[]): Cluster => {
    const cluster = makeCluster({ delaysMs, rule: null });
    for (let request = 0; request < 50; request++) {
      cluster.primary.commit(request);
      cluster.simulation.run(10 * (request + 1));
    }
    return cluster;
  };

  it('is behind by one delay of the link as long as nobody handed over', () => {
    const { simulation, replication, primary, server } = busy([10, 32]);
    // At 500 ms the commits of 481 and 461 ms have arrived.
    expect(replication.hasUntilMs(server('n0'), primary, 500)).toBe(481);
    expect(replication.hasUntilMs(server('n1'), primary, 500)).toBe(461);
    const arrivesMs = 491 + 32 + standbyFlushMs + 0.25;
    expect(replication.remainsMs('n1', 'replayed')).toBeCloseTo(arrivesMs - 500, 9);
    expect(replication.remainsMs('n1', 'flushed')).toBeCloseTo(arrivesMs - 500.25, 9);
    simulation.run(530);
    expect(replication.remainsMs('n1', 'replayed')).toBe(0);
  });

  it('is everything after a hand-over, for those who were attached and only for them', () => {
    const { replication, primary, server } = busy([10, 30]);
    replication.detach('n1');
    replication.handOver('p');
    expect(replication.hasUntilMs(server('n0'), primary, 600)).toBe(Infinity);
    // What was on its way to the other one when it was detached never arrived.
    expect(replication.hasUntilMs(server('n1'), primary, 600)).toBe(461);
    expect(replication.standbysOf('p')).toEqual([]);
  });

  it('is no longer everything once it streams again', () => {
    const { simulation, replication, primary, server } = busy([10]);
    replication.handOver('p');
    replication.attach('n0', 'p');
    primary.commit(99);
    simulation.run(505);
    expect(replication.hasUntilMs(server('n0'), primary, 505)).toBe(500);
  });

  it('is not everything when the primary is merely gone', () => {
    const { replication, primary, server } = busy([10]);
    replication.detach('p');
    expect(replication.hasUntilMs(server('n0'), primary, 600)).toBe(481);
    expect(replication.standbysOf('p')).toEqual([]);
  });

  it('is nothing that it was never sent', () => {
    const { replication, primary, server } = makeCluster({
      delaysMs: [10, 20],
      rule: null,
      attached: ['n0'],
    });
    expect(replication.hasUntilMs(server('n1'), primary, 50)).toBe(-Infinity);
    expect(replication.remainsMs('n1', 'replayed')).toBe(0);
    expect(replication.standbysAcross(['at-n0', 'at-p'])).toEqual(['n0']);
    expect(replication.standbysAcross(['at-p', 'at-n1'])).toEqual([]);
  });

  it('is all that was flushed, in the end', () => {
    const { simulation, replication, primary } = busy([10, 32]);
    simulation.run(1_000);
    const lags = replication.lags(() => 0);
    expect(primary.flushedBytes).toBe(50 * commitBytes);
    expect(lags.map(({ replica, bytes }) => [replica, bytes])).toEqual([
      ['n0', { written: 0, flushed: 0, replayed: 0 }],
      ['n1', { written: 0, flushed: 0, replayed: 0 }],
    ]);
  });
});

describe('the farthest standby', () => {
  it('is found among those attached, and costs nothing when there is none', () => {
    const delaysMs = [10, 45, 30];
    const { replication, primary } = makeCluster({ delaysMs, rule: null, attached: [] });
    expect(replication.farthestRoundTripMs(primary)).toBe(0);
    replication.attach('n0', 'p');
    replication.attach('n2', 'p');
    expect(replication.farthestRoundTripMs(primary)).toBe(60);
  });
});

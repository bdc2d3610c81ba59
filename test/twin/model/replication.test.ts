// Commit waits against a naive count of acknowledgements, and what attaching, handing over and losing a server mean for
// who has which writes.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Simulation } from '../../../engine/simulation.ts';
import type { CommitMode, SyncRule } from '../../../twin/estate/estate.ts';
import { Network } from '../../../twin/model/network.ts';
import { Replication } from '../../../twin/model/replication.ts';
import { Server } from '../../../twin/model/server.ts';

const workMs = 1.5;

interface Cluster {
  readonly replication: Replication;
  readonly primary: Server;
  readonly server: (id: string) => Server;
  /** Requests whose commit may try again. */
  readonly ready: number[];
}

/** A primary `p` and a standby per delay (`n0`, `n1` …), each in a region of its own; nothing is attached yet. */
function makeCluster(
  delaysMs: readonly number[],
  rule: SyncRule | null,
  mode: CommitMode = 'on',
): Cluster {
  const ids = ['p', ...delaysMs.map((_, index) => `n${index}`)];
  const network = new Network({
    regions: ids.map((id) => ({ id: `at-${id}`, zones: [] })),
    links: delaysMs.map((delayMs, index) => ({
      between: ['at-p', `at-n${index}`],
      delayMs,
      bandwidthBytesPerSec: null,
    })),
  });
  const simulation = new Simulation({ seed: '1' });
  const servers = new Map(
    ids.map((id) => {
      const node = { id, region: `at-${id}`, zone: '', tier: '' };
      const isPrimary = id === 'p';
      const nothing = (): void => undefined;
      const on = { onExecuted: nothing, onFlushed: nothing };
      const options = { node, cores: 1, isPrimary, flushMs: () => 1, ...on };
      return [id, new Server(simulation, options)] as const;
    }),
  );
  const ready: number[] = [];
  const onReady = (request: number): void => void ready.push(request);
  const replication = new Replication({ servers, network, rule, mode, onReady });
  const server = (id: string): Server => {
    const found = servers.get(id);
    if (found === undefined) throw new Error(`no server ${id}`);
    return found;
  };
  return { replication, primary: server('p'), server, ready };
}

/** When the answer may go out: the first acknowledgement after which enough of those who count have acknowledged. */
function naiveWaitMs(
  { method, count, nodes }: SyncRule,
  acknowledgedMs: ReadonlyMap<string, number>,
): number | null {
  const attached = nodes.filter((id) => acknowledgedMs.has(id));
  const counted = method === 'first' ? attached.slice(0, count) : attached;
  const moments = counted.map((id) => acknowledgedMs.get(id) ?? 0);
  const enough = moments.filter(
    (moment) => moments.filter((other) => other <= moment).length >= count,
  );
  return enough.length === 0 ? null : Math.min(...enough);
}

const cluster = fc
  .array(fc.integer({ min: 0, max: 90 }), { minLength: 1, maxLength: 5 })
  .chain((delaysMs) => {
    const ids = delaysMs.map((_, index) => `n${index}`);
    const named = fc.shuffledSubarray(['p', ...ids], { minLength: 1 });
    return fc.record({
      delaysMs: fc.constant(delaysMs),
      attached: fc.subarray(ids),
      method: fc.constantFrom('first' as const, 'any' as const),
      count: fc.integer({ min: 1, max: 4 }),
      nodes: named,
    });
  });

describe('the wait of a commit', () => {
  it('is that of the first or any k acknowledgements, and none when too few can come', () => {
    const seen = new Set<string>();
    const property = fc.property(cluster, ({ delaysMs, attached, method, count, nodes }) => {
      const rule = { method, count, nodes };
      const { replication, primary } = makeCluster(delaysMs, rule);
      for (const id of attached) replication.attach(id, 'p');
      const acknowledgedMs = new Map(
        attached.map((id) => [id, 2 * (delaysMs[Number(id.slice(1))] ?? 0) + workMs]),
      );
      const expected = naiveWaitMs(rule, acknowledgedMs);
      seen.add(expected === null ? 'hangs' : method);
      expect(replication.commitWaitMs(7, primary, workMs)).toBe(expected);
    });
    fc.assert(property, { numRuns: 500 });
    expect([...seen].toSorted()).toEqual(['any', 'first', 'hangs']);
  });

  it('is nothing without a rule, and nothing in local mode', () => {
    const rule: SyncRule = { method: 'first', count: 1, nodes: ['n0'] };
    const none = makeCluster([10], null);
    const local = makeCluster([10], rule, 'local');
    for (const { replication, primary } of [none, local]) {
      replication.attach('n0', 'p');
      expect(replication.commitWaitMs(1, primary, workMs)).toBe(0);
    }
  });

  it('has no end without enough standbys; one that attaches lets every hanging commit try again, once', () => {
    const rule: SyncRule = { method: 'any', count: 2, nodes: ['n0', 'n1'] };
    const { replication, primary, ready } = makeCluster([10, 20], rule);
    expect(replication.commitWaitMs(1, primary, workMs)).toBeNull();
    replication.attach('n0', 'p');
    expect(ready).toEqual([1]);
    expect(replication.commitWaitMs(1, primary, workMs)).toBeNull();
    expect(replication.commitWaitMs(2, primary, workMs)).toBeNull();
    replication.attach('n1', 'p');
    expect(ready).toEqual([1, 1, 2]);
    expect(replication.commitWaitMs(1, primary, workMs)).toBe(40 + workMs);
    replication.attach('n1', 'p');
    expect(ready).toEqual([1, 1, 2]);
  });

  it('does not count a standby that streams from somebody else', () => {
    const rule: SyncRule = { method: 'any', count: 1, nodes: ['n0', 'n1'] };
    const { replication, primary } = makeCluster([10, 20], rule);
    replication.attach('n0', 'n1');
    expect(replication.commitWaitMs(1, primary, workMs)).toBeNull();
  });
});

describe('what a standby has', () => {
  it('lags by one delay of the link as long as nobody handed over', () => {
    const { replication, primary, server } = makeCluster([10, 30], null);
    replication.attach('n1', 'p');
    expect(replication.hasUntilMs(server('n1'), primary, 500)).toBe(470);
    primary.lastFlushMs = 490;
    expect(replication.replayRemainsMs(primary, server('n1'), 500)).toBe(20);
    expect(replication.replayRemainsMs(primary, server('n1'), 530)).toBe(0);
  });

  it('is everything after a hand-over, for those who were attached and only for them', () => {
    const { replication, primary, server } = makeCluster([10, 30], null);
    replication.attach('n0', 'p');
    replication.handOver('p');
    expect(replication.hasUntilMs(server('n0'), primary, 500)).toBe(Infinity);
    expect(replication.hasUntilMs(server('n1'), primary, 500)).toBe(470);
    expect(replication.standbysOf('p')).toEqual([]);
  });

  it('is no longer everything once it streams again', () => {
    const { replication, primary, server } = makeCluster([10, 30], null);
    replication.attach('n0', 'p');
    replication.handOver('p');
    replication.attach('n0', 'p');
    expect(replication.hasUntilMs(server('n0'), primary, 500)).toBe(490);
  });

  it('is not everything when the primary is merely gone', () => {
    const { replication, primary, server } = makeCluster([10], null);
    replication.attach('n0', 'p');
    replication.detach('p');
    expect(replication.hasUntilMs(server('n0'), primary, 500)).toBe(490);
    expect(replication.standbysOf('p')).toEqual([]);
  });
});

describe('the farthest standby', () => {
  it('is found among those attached, and costs nothing when there is none', () => {
    const { replication, primary } = makeCluster([10, 45, 30], null);
    expect(replication.farthestRoundTripMs(primary)).toBe(0);
    replication.attach('n0', 'p');
    replication.attach('n2', 'p');
    expect(replication.farthestRoundTripMs(primary)).toBe(60);
  });
});

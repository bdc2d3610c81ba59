// Accounts of processor time, with a scheduler that says what the test wants.
import { describe, expect, it } from 'vitest';
import { BackendCpu, type Backend } from '../../live/load/backend-cpu.ts';

const commit: Backend = { lane: 'us/commit', node: 'a', serverPid: 1 };
const job: Backend = { lane: 'us/job', node: 'a', serverPid: 2 };
const away: Backend = { lane: 'us/job', node: 'b', serverPid: 3 };

function accounts(): { cpu: BackendCpu; used: Map<number, number> } {
  const used = new Map([
    [1, 10],
    [2, 20],
    [3, 30],
  ]);
  return { cpu: new BackendCpu((pid) => used.get(pid) ?? null), used };
}

describe('processor time of backends', () => {
  it('counts from the opening of their connections, by lane and by node over time', () => {
    const { cpu, used } = accounts();
    for (const backend of [commit, job, away]) cpu.opened(backend);
    used.set(1, 14).set(2, 21);
    cpu.look('a', 1_000);
    used.set(1, 15).set(3, 37);
    const use = cpu.finish(2_000);
    expect(use?.byLane).toEqual(
      new Map([
        ['us/commit', 5],
        ['us/job', 8],
      ]),
    );
    expect(use?.byNode).toEqual([
      { node: 'a', atMs: [1_000, 2_000], busyMs: [5, 6] },
      { node: 'b', atMs: [2_000], busyMs: [7] },
    ]);
  });

  it('keeps what a backend had used when it was last seen', () => {
    const { cpu, used } = accounts();
    cpu.opened(commit);
    used.set(1, 16);
    cpu.look('a', 1_000);
    used.delete(1);
    expect(cpu.finish(2_000)?.byLane.get('us/commit')).toBe(6);
  });

  it('is not known when any backend was never seen, and without any', () => {
    const { cpu, used } = accounts();
    expect(cpu.finish(1)).toBeNull();
    used.delete(2);
    for (const backend of [commit, job]) cpu.opened(backend);
    expect(cpu.finish(2)).toBeNull();
    const unnamed = accounts().cpu;
    unnamed.opened({ ...commit, serverPid: null });
    expect(unnamed.finish(1)).toBeNull();
  });
});

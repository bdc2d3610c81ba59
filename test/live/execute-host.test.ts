// Whose processors were used: a child that burns a known amount of processor time is ours when it is below the root, also
// after its end, and foreign when it is not.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { foreignCoresSince, hostFacts, markCpu } from '../../live/host.ts';

const burntMs = 400;
/** Clock ticks of 10 ms, less what the kernel, which samples at ticks, may miss. */
const burntTicks = (burntMs / 10) * 0.8;
const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** Starts a process that lives until it is killed. */
function startSleeper(): number {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  children.push(child);
  return child.pid ?? 0;
}

/** Runs a process that uses at least `burntMs` of processor time, however long that takes it. */
async function burn(): Promise<void> {
  const script = `while (process.cpuUsage().user < ${burntMs * 1_000});`;
  const child = spawn(process.execPath, ['-e', script]);
  children.push(child);
  await once(child, 'exit');
}

describe.skipIf(process.platform !== 'linux')('processor time', () => {
  it('of a child below the root is our own, also after its end', async () => {
    const before = markCpu(process.pid);
    await burn();
    const after = markCpu(process.pid);
    expect((after?.ownTicks ?? 0) - (before?.ownTicks ?? 0)).toBeGreaterThanOrEqual(burntTicks);
    expect(after?.busyTicks).toBeGreaterThanOrEqual((before?.busyTicks ?? 0) + burntTicks);
  });

  it('of a process elsewhere is foreign, and that of the executor is not', async () => {
    const root = startSleeper();
    const before = markCpu(root);
    if (before === null) throw new Error('processor time can be told on Linux');
    await burn();
    const none = { user: 0, system: 0 };
    const foreign = foreignCoresSince(before, root, none) ?? 0;
    const spanSec = (performance.timeOrigin + performance.now() - before.atEpochMs) / 1_000;
    expect(foreign * spanSec * 100).toBeGreaterThanOrEqual(burntTicks);
    expect(foreignCoresSince(before, root, { user: 1e12, system: 0 })).toBe(0);
  });
});

it('names the machine for people', () => {
  const facts = hostFacts({
    postgresVersion: '18.4',
    placement: { kind: 'shared', why: 'a test' },
  });
  expect(facts['postgres']).toBe('18.4');
  expect(facts['node']).toBe(process.version);
  expect(Number(facts['cores'])).toBeGreaterThan(0);
});

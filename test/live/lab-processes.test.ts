// Identity and ending of processes.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import {
  endProcess,
  identityOf,
  isRunning,
  signalProcess,
  startTimeOf,
} from '../../live/processes.ts';

test('this process is running, and is not mistaken for another one with its pid', () => {
  const self = identityOf(process.pid);
  expect(isRunning(self)).toBe(true);
  expect(isRunning({ ...self, startTime: 'earlier' })).toBe(false);
  expect(startTimeOf(process.pid)).toBe(self.startTime);
});

test('a process that ignores SIGTERM is killed after the grace time', async () => {
  const child = spawn(process.execPath, [
    '-e',
    'process.on("SIGTERM", () => {}); console.log("up"); setInterval(() => {}, 1000)',
  ]);
  await once(child.stdout, 'data');
  const identity = identityOf(child.pid ?? 0);
  expect(isRunning(identity)).toBe(true);
  await endProcess(identity, 'SIGTERM', 100);
  expect(isRunning(identity)).toBe(false);
  expect(signalProcess(identity, 'SIGTERM')).toBe(false);
});

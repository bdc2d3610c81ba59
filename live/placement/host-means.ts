// What this machine lets us do about processors: bind processes to some of them (taskset), run a process in the idle class
// (chrt), put sessions before others (autogroups). Linux only; everywhere else, and where a tool is missing, the answer
// is no and says why.
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import type { HostMeans } from './placement.ts';

const run = promisify(execFile);

/** The nice value of a server's autogroup: far before other sessions, and not the system's own most extreme. */
const preferredNice = -15;

/** Asks the machine. Puts this process's own session before others, if it may: that is how it finds out. */
export async function readHostMeans(): Promise<HostMeans> {
  if (process.platform !== 'linux') {
    const cannotPin = `unknown: processors are assigned on Linux only, not on ${process.platform}`;
    return { available: [], cannotPin, canWarm: false, canPrefer: false };
  }
  const [hasTaskset, hasIdleClass] = await Promise.all([
    runs('taskset', ['--version']),
    runs('chrt', ['--idle', '0', 'true']),
  ]);
  return {
    available: ownProcessors(),
    cannotPin: hasTaskset ? null : 'unknown: taskset is not installed',
    canWarm: hasTaskset && hasIdleClass,
    canPrefer: preferSession(process.pid),
  };
}

/** `0-2,5` → 0, 1, 2, 5. */
export function parseProcessorList(text: string): readonly number[] {
  return text
    .trim()
    .split(',')
    .filter((part) => part !== '')
    .flatMap((part) => {
      const [from = 0, to = from] = part.split('-').map(Number);
      return Array.from({ length: to - from + 1 }, (_, index) => from + index);
    });
}

/** Binds every thread of a running process; what it starts later inherits that. False when it cannot be done. */
export async function pinProcess(pid: number, processors: readonly number[]): Promise<boolean> {
  return runs('taskset', ['--all-tasks', '--cpu-list', '--pid', processors.join(','), String(pid)]);
}

/** The processors that this process may run on; none where the system does not tell. */
export function ownProcessors(): readonly number[] {
  if (process.platform !== 'linux') return [];
  const status = readFileSync('/proc/self/status', 'utf8');
  return parseProcessorList(/^Cpus_allowed_list:\s*(.*)$/m.exec(status)?.[1] ?? '');
}

/** A command that runs another one bound to these processors, in the same process. */
export function pinnedCommand(
  processors: readonly number[] | null,
  command: string,
  args: readonly string[],
): readonly [command: string, args: readonly string[]] {
  if (processors === null) return [command, args];
  return ['taskset', ['--cpu-list', processors.join(','), command, ...args]];
}

/**
 * Puts the session of a process before others. Linux schedules sessions against each other (autogroups), and every server
 * process makes one of its own, so that niceness alone would change nothing. False when it may not be done, or when the
 * process is gone.
 */
export function preferSession(pid: number): boolean {
  try {
    writeFileSync(`/proc/${pid}/autogroup`, String(preferredNice));
    return true;
  } catch {
    // No such process, no permission, or a kernel without autogroups: the caller only wants to know.
    return false;
  }
}

async function runs(command: string, args: readonly string[]): Promise<boolean> {
  try {
    await run(command, [...args]);
    return true;
  } catch {
    // Not installed or not permitted.
    return false;
  }
}

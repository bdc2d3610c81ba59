// Processes of this host by (pid, start time). A pid alone is reused and a zombie still answers signal 0, so whoever
// remembers a process remembers both. It stops at identity and ending: who owns which process is the caller's business.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** One process for good: no later process on any boot of this host has the same two values. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTime: string;
}

const pollEveryMs = 5;

/** When a process started, as an opaque text, or null when there is none with this pid (or only a zombie). */
export function startTimeOf(pid: number): string | null {
  return process.platform === 'linux' ? linuxStartTime(pid) : portableStartTime(pid);
}

/** The identity of a process that the caller knows to be alive, usually itself or a child of its own. */
export function identityOf(pid: number): ProcessIdentity {
  return { pid, startTime: startTimeOf(pid) ?? 'gone' };
}

/** Is this very process still there? */
export function isRunning({ pid, startTime }: ProcessIdentity): boolean {
  return startTimeOf(pid) === startTime;
}

/** Resolves to true as soon as the process is gone, to false after `limitMs`. */
export async function waitForExit(identity: ProcessIdentity, limitMs: number): Promise<boolean> {
  const deadlineMs = performance.now() + limitMs;
  while (isRunning(identity)) {
    if (performance.now() > deadlineMs) return false;
    await new Promise((resolve) => setTimeout(resolve, pollEveryMs));
  }
  return true;
}

/** Sends a signal to this very process; false when it was already gone. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (!isRunning(identity)) return false;
  try {
    process.kill(identity.pid, signal);
    return true;
  } catch (error) {
    // It may end between the look and the signal; anything else (EPERM) is a real error.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

/** The processes that this one started and that are still there. */
export function childrenOf(pid: number): readonly number[] {
  try {
    return process.platform === 'linux' ? linuxChildren(pid) : portableChildren(pid);
  } catch {
    // No such process, or nobody who can tell.
    return [];
  }
}

function linuxChildren(pid: number): readonly number[] {
  const list = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return list.trim().split(/\s+/).filter(Boolean).map(Number);
}

function portableChildren(pid: number): readonly number[] {
  const rows = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).split('\n');
  return rows
    .map((row) => row.trim().split(/\s+/).map(Number))
    .filter(([, parent]) => parent === pid)
    .flatMap(([child]) => child ?? []);
}

/** Ends a process without a word to it; one that is gone already is no fault. */
export function killProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Ends a process: `signal` first, SIGKILL when it is still there after `graceMs`. */
export async function endProcess(
  identity: ProcessIdentity,
  signal: NodeJS.Signals,
  graceMs: number,
): Promise<void> {
  if (!signalProcess(identity, signal)) return;
  if (await waitForExit(identity, graceMs)) return;
  signalProcess(identity, 'SIGKILL');
  await waitForExit(identity, graceMs);
}

/** Boot and clock ticks since it: field 22 of /proc/<pid>/stat, counted behind the parenthesised command name. */
function linuxStartTime(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, ticks] = [fields[0], fields[19]];
    if (state === 'Z' || state === 'X' || ticks === undefined) return null;
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8);
    return `${boot}:${ticks}`;
  } catch {
    // No such process (ENOENT, or ESRCH when it ends while being read).
    return null;
  }
}

function portableStartTime(pid: number): string | null {
  try {
    const row = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
    return row === '' || row.startsWith('Z') ? null : row.split(/\s+/).slice(1).join(' ');
  } catch {
    // ps ends with 1 when no process matches.
    return null;
  }
}

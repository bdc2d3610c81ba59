// The machine under a live run: who else used its processors, and what it is. It exists for the validity gates and for
// the fine print of a measurement. Processor time can be told apart on Linux only; elsewhere it stays unknown, and the
// gate says so.
import { readdirSync, readFileSync } from 'node:fs';
import { cpus, release, type } from 'node:os';
import type { LabInfo } from './lab/lab-info.ts';
import { describePlacement } from './placement/placement.ts';

/** What foreign processor time is counted from. A document: a resumed run goes on counting from it. */
export interface CpuMark {
  readonly atEpochMs: number;
  /** Clock ticks that all processors were busy since the machine started. */
  readonly busyTicks: number;
  /** Of these, ticks of the processes below `root`, ended ones included. */
  readonly ownTicks: number;
}

/** What /proc/<pid>/stat says about one process. */
interface ProcessTicks {
  readonly pid: number;
  readonly parent: number;
  /** User and system time of the process and of its children that have ended. */
  readonly ticks: number;
}

/** Clock ticks per second in /proc: fixed for user space on every architecture that Node runs on (USER_HZ). */
const ticksPerSec = 100;

/** Where busy time stands now, or null where the system does not tell. `rootPid`: the process above all of the lab. */
export function markCpu(rootPid: number): CpuMark | null {
  if (process.platform !== 'linux') return null;
  const atEpochMs = performance.timeOrigin + performance.now();
  return { atEpochMs, busyTicks: busyTicks(), ownTicks: treeTicks(rootPid) };
}

/**
 * Processors (1 = one of them all the time) that neither the tree below `rootPid` nor this process used since `from`.
 * Time that the hypervisor gave to other guests counts, too: it is missing here just the same.
 */
export function foreignCoresSince(
  from: CpuMark,
  rootPid: number,
  thisProcess: { readonly user: number; readonly system: number },
): number | null {
  const to = markCpu(rootPid);
  if (to === null || to.atEpochMs <= from.atEpochMs) return null;
  const spanSec = (to.atEpochMs - from.atEpochMs) / 1_000;
  const busySec = (to.busyTicks - from.busyTicks) / ticksPerSec;
  const labSec = (to.ownTicks - from.ownTicks) / ticksPerSec;
  const executorSec = (thisProcess.user + thisProcess.system) / 1e6;
  return Math.max(0, (busySec - labSec - executorSec) / spanSec);
}

/** What the machine is, for people. */
export function hostFacts({
  postgresVersion,
  placement,
}: Pick<LabInfo, 'postgresVersion' | 'placement'>): Readonly<Record<string, string>> {
  const processors = cpus();
  return {
    cpu: processors[0]?.model ?? 'unknown',
    cores: String(processors.length),
    kernel: `${type()} ${release()}`,
    node: process.version,
    postgres: postgresVersion,
    placement: describePlacement(placement),
  };
}

/** First line of /proc/stat: user, nice, system, idle, iowait, irq, softirq, steal. Interrupts are nobody's in particular. */
function busyTicks(): number {
  const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n');
  const [, user = 0, nice = 0, system = 0, , , , , steal = 0] = line.split(/\s+/).map(Number);
  return user + nice + system + steal;
}

function treeTicks(rootPid: number): number {
  const children = new Map<number, ProcessTicks[]>();
  const all = readProcesses();
  for (const one of all) children.set(one.parent, [...(children.get(one.parent) ?? []), one]);
  let ticks = 0;
  const open = all.filter(({ pid }) => pid === rootPid);
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    ticks += one.ticks;
    open.push(...(children.get(one.pid) ?? []));
  }
  return ticks;
}

function readProcesses(): readonly ProcessTicks[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readProcess(Number(name)) ?? []);
}

/** Fields 4 (parent) and 14 to 17 (times), counted behind the parenthesised name, which may hold anything. */
function readProcess(pid: number): ProcessTicks | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    return { pid, parent: Number(fields[1]), ticks };
  } catch {
    // It ended between the listing and the look; its time is its parent's by now.
    return null;
  }
}

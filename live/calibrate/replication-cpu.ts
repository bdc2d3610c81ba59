// Processor time of the servers' processes that replicate: who sends the log, who receives it and who replays it. On one host
// they share processors with requests, and what they use of them requests do not get.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LabInfo } from '../lab/lab-info.ts';
import { processorMs } from '../load/backend-cpu.ts';
import { childrenOf } from '../processes.ts';

/** As Postgres 15 to 18 call them in their process titles: `postgres: <cluster>: walsender …`. */
const replicating = /: (?:walsender|walreceiver|startup) /;

/** What they used so far, in ms, by process; nothing where the system does not tell. */
export function replicationUse({ nodes }: Pick<LabInfo, 'nodes'>): ReadonlyMap<number, number> {
  const pids = nodes.flatMap(({ dataDirectory }) => childrenOf(serverPid(dataDirectory)));
  return new Map(
    pids
      .filter((pid) => replicating.test(titleOf(pid)))
      .flatMap((pid): [number, number][] => {
        const usedMs = processorMs(pid);
        return usedMs === null ? [] : [[pid, usedMs]];
      }),
  );
}

/** What processes that were there at both looks used in between; null where there are none. */
export function usedBetween(
  before: ReadonlyMap<number, number>,
  after: ReadonlyMap<number, number>,
): number | null {
  const common = [...after].filter(([pid]) => before.has(pid));
  if (common.length === 0) return null;
  return common.reduce((sum, [pid, usedMs]) => sum + usedMs - (before.get(pid) ?? 0), 0);
}

function serverPid(dataDirectory: string): number {
  const [pid] = readIfThere(join(dataDirectory, 'postmaster.pid')).split('\n');
  return Number(pid);
}

function titleOf(pid: number): string {
  return readIfThere(`/proc/${pid}/cmdline`).replaceAll('\0', ' ');
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // Not Linux, or gone.
    return '';
  }
}

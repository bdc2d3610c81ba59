// Waiting for a machine that others leave alone: what is measured beside them says little, whether it is a case or a
// calibration. Bounded, since a machine may never be quiet.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Stage } from './stage.ts';

/** How much others may use of the processors, how long to wait for that, and whom to tell. */
export interface QuietRule {
  readonly stage: Pick<Stage, 'foreignCores'>;
  readonly quiet: { readonly foreignCores: number; readonly patienceMs: number };
  readonly signal: AbortSignal;
  readonly onProgress: (text: string) => void;
}

/** Longest time between two looks at the machine. */
const lookEveryMs = 2_000;

/** What others used at the last look: little enough, or the patience was over. Null where the system does not tell. */
export async function untilQuiet(rule: QuietRule): Promise<number | null> {
  const { stage, quiet, signal, onProgress } = rule;
  const deadlineMs = performance.now() + quiet.patienceMs;
  for (;;) {
    const cores = await stage.foreignCores(signal);
    if (cores === null || cores <= quiet.foreignCores) return cores;
    if (performance.now() >= deadlineMs) return cores;
    onProgress(`waiting for a quieter machine: others use ${cores.toFixed(1)} processors`);
    await sleep(Math.min(lookEveryMs, quiet.patienceMs), undefined, { signal });
  }
}

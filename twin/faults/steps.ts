// The steps of faults that end by themselves, by name and in order: the fault itself, and what is left to be made up for
// afterwards. Phases are cut by them, and both worlds report them under these ids.
import type { LimitBandwidthFault, PauseReplayFault } from './fault.ts';

/** A fault that does nothing but slow standbys down for a while. */
export type SlowingFault = PauseReplayFault | LimitBandwidthFault;

/** `slow`: while the fault lasts; `catchUp`: until the standbys have made up for what piled up. */
export function slowingSteps({ kind }: SlowingFault): {
  readonly slow: string;
  readonly catchUp: string;
} {
  return { slow: `1-${kind}`, catchUp: '2-catch-up' };
}

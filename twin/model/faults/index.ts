// Plays faults on the model: each is a process that breaks something, waits for its lease, mends it, and ends when everything
// that it set off is over. One file of this folder per kind.
import type { Process } from '../../../engine/process.ts';
import type { Fault } from '../../faults/fault.ts';
import type { StepEvent } from '../../measurement.ts';
import type { Stage } from '../play.ts';
import { playCrash } from './crash.ts';
import { playSlowing } from './slowing.ts';

/** `report` notes step events, with which phases are cut. */
export function playFault(
  fault: Fault,
  forMs: number,
  stage: Stage,
  report: (event: StepEvent) => void,
): Process {
  switch (fault.kind) {
    case 'crash':
      return playCrash(fault, forMs, stage, report);
    case 'pause-replay':
    case 'limit-bandwidth':
      return playSlowing(fault, forMs, stage, report);
  }
}

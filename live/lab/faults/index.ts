// The performers of faults on a lab, listed by hand: one file of this folder per kind.
import { unreachable } from '../../../engine/failure.ts';
import type { Fault } from '../../../twin/faults/fault.ts';
import { crash } from './crash.ts';
import type { FaultContext } from './performer.ts';
import { slowDown } from './slowing.ts';

/**
 * Injects a fault, waits for its lease, undoes it, and resolves when everything that it set off is over. A performer undoes
 * its fault also when something fails in between.
 */
export async function performFault(fault: Fault, context: FaultContext): Promise<void> {
  switch (fault.kind) {
    case 'crash':
      return crash(fault, context);
    case 'pause-replay':
    case 'limit-bandwidth':
      return slowDown(fault, context);
    default:
      return unreachable(fault);
  }
}

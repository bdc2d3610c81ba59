// The check of a calibration against capacity: processors that computations could keep busy, against those that the
// servers were given. Too few mean that somebody else works there, and that predictions near saturation will be off.
import { availableParallelism } from 'node:os';
import type { Placement } from '../placement/placement.ts';

/** How far the two may lie apart on a quiet host. */
const tolerance = 0.03;

/** The outcome for people. */
export function capacityText(cores: number, placement: Placement): string {
  const given = placement.kind === 'pinned' ? placement.servers.length : availableParallelism();
  const text = `computations keep ${cores.toFixed(2)} of ${given} processors busy`;
  const isMet = Math.abs(cores / given - 1) <= tolerance;
  return isMet ? text : `${text}: beyond the ${100 * tolerance} % that a quiet host allows`;
}

// The digest of a declared estate. It covers the resolved form: comments, layout and the choice of units (`1s` or
// `1000ms`) change nothing, every word and value does. What was observed on real servers has a digest of its own
// (`live/bridge/topology.ts`), and so has the calibration overlay.
import { digestOf, type Digest } from '../../engine/digest.ts';
import type { Estate } from './estate.ts';

/** Names what the estate declares. */
export function estateDigest(estate: Estate): Digest {
  return digestOf(estate);
}

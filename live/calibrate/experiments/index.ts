// The registry of experiments, in the order in which a calibration does them: the short ones that disturb nothing first,
// those that move roles last.
import type { Experiment } from '../experiment.ts';
import { compute } from './compute.ts';
import { failovers } from './failovers.ts';
import { flush } from './flush.ts';
import { log } from './log.ts';
import { promotions } from './promotions.ts';
import { rebuilds } from './rebuilds.ts';
import { services } from './services.ts';
import { tenantCopies } from './tenant-copies.ts';

export const experiments: readonly Experiment[] = [
  flush,
  log,
  services,
  compute,
  rebuilds,
  tenantCopies,
  promotions,
  failovers,
];

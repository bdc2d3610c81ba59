// A rebuild of a standby on real servers: which driver does which of its effects.
import type { DriversOf } from '../step-driver.ts';
import { rebuildSteps } from '../steps/standbys.ts';
import { topologySteps } from '../steps/check-topology.ts';

type RebuildEffects = keyof typeof topologySteps | keyof typeof rebuildSteps;

export const rebuildDrivers: DriversOf<RebuildEffects> = { ...topologySteps, ...rebuildSteps };

// The calibrations of a campaign: each measured once, with next to no link delay and before the first case that needs it, and kept
// with the campaign, so that a campaign that goes on predicts from what it began with.
import { loadCalibration } from '../../scenarios/load.ts';
import type { BaseEstate } from '../../scenarios/campaign/case-text.ts';
import type { Calibration } from '../../twin/estate/calibration.ts';
import type { CommitMode, Estate } from '../../twin/estate/estate.ts';
import { calibrationText } from '../operations/calibrate-estate.ts';
import type { CaseStore } from './case-store.ts';
import { untilQuiet, type QuietRule } from './quiet-host.ts';
import type { Stage } from './stage.ts';

export interface OverlayPlace extends QuietRule {
  readonly store: CaseStore;
  readonly stage: Stage;
  readonly base: BaseEstate;
  /** What commits wait for in the cases. */
  readonly commitModes: readonly CommitMode[];
  /** An overlay that was given; then nothing is measured. */
  readonly given: Calibration | null;
}

/**
 * The overlay that cases on this estate are predicted from. Servers that compute run on processors of their own, and what
 * was measured there holds nowhere else: estates with and without computations have one each.
 */
export async function overlayFor(estate: Estate, place: OverlayPlace): Promise<Calibration> {
  const { store, base, given, signal } = place;
  const computes = hasComputations(estate);
  const name = computes ? 'calibration-compute.yaml' : 'calibration.yaml';
  const kept = store.read(name);
  if (kept !== null) return loadCalibration(kept, `${store.directory}/${name}`);
  const overlay =
    given ?? (await measure(computes ? base.estate : withoutComputations(base.estate), place));
  signal.throwIfAborted();
  store.write({ [name]: calibrationText(overlay) });
  return overlay;
}

async function measure(estate: Estate, place: OverlayPlace): Promise<Calibration> {
  const { stage, commitModes, signal, onProgress } = place;
  onProgress('calibrating with next to no link delay');
  await untilQuiet(place);
  const tell = (text: string): void => onProgress(`calibrating: ${text}`);
  return await stage.calibrate(estate, { commitModes, signal, onProgress: tell });
}

function hasComputations({ fleets }: Estate): boolean {
  return fleets.some(({ classes }) => classes.some(({ kind }) => kind === 'compute'));
}

function withoutComputations(estate: Estate): Estate {
  const fleets = estate.fleets.map((fleet) => {
    const classes = fleet.classes.filter(({ kind }) => kind !== 'compute');
    const slos = fleet.slos.filter((slo) => classes.some(({ id }) => id === slo.class));
    return { ...fleet, classes, slos };
  });
  return { ...estate, fleets };
}

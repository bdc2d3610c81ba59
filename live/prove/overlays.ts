// The calibrations of a campaign: each measured once, at zero link delay and before the first case that needs it, and kept
// with the campaign, so that a campaign that goes on predicts from what it began with.
import { loadCalibration } from '../../scenarios/load.ts';
import type { BaseEstate } from '../../scenarios/campaign/case-text.ts';
import type { Calibration } from '../../twin/estate/calibration.ts';
import type { Estate } from '../../twin/estate/estate.ts';
import { calibrationText } from '../operations/calibrate-estate.ts';
import type { CaseStore } from './case-store.ts';
import type { PlayOrder, Stage } from './stage.ts';

export interface OverlayPlace extends Pick<PlayOrder, 'signal' | 'onProgress'> {
  readonly store: CaseStore;
  readonly stage: Stage;
  readonly base: BaseEstate;
  /** An overlay that was given; then nothing is measured. */
  readonly given: Calibration | null;
}

/**
 * The overlay that cases on this estate are predicted from. Servers that compute run on processors of their own, and what
 * was measured there holds nowhere else: estates with and without computations have one each.
 */
export async function overlayFor(estate: Estate, place: OverlayPlace): Promise<Calibration> {
  const { store, stage, base, given, signal, onProgress } = place;
  const computes = hasComputations(estate);
  const name = computes ? 'calibration-compute.yaml' : 'calibration.yaml';
  const kept = store.read(name);
  if (kept !== null) return loadCalibration(kept, `${store.directory}/${name}`);
  if (given === null) onProgress('calibrating at zero link delay');
  const measured =
    given ??
    (await stage.calibrate(computes ? base.estate : withoutComputations(base.estate), {
      signal,
      onProgress: (text) => onProgress(`calibrating: ${text}`),
    }));
  signal.throwIfAborted();
  store.write({ [name]: calibrationText(measured) });
  return measured;
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

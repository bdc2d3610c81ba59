// Calibration of an estate from the statistics of a server that does its own work, without any load of ours: observe,
// derive, and put what follows for parameters into an overlay.
import { meanOf } from '../../engine/distributions.ts';
import { UserError } from '../../engine/failure.ts';
import { mergeSession, type Calibration } from '../../twin/estate/calibration.ts';
import type { Estate } from '../../twin/estate/estate.ts';
import { neededParameters } from '../../twin/estate/needed-parameters.ts';
import { deriveStatistics } from '../../twin/production/derive.ts';
import type { ProductionStatistics } from '../../twin/production/statistics.ts';
import { observeServer } from '../production/observe.ts';
import { parseServerUrl } from '../production/server-url.ts';

export interface ProductionRequest {
  readonly estate: Estate;
  /** Never shown: a password may stand in it. */
  readonly url: string;
  readonly seconds: number;
  /** An overlay that the parameters go into. */
  readonly into: Calibration | null;
}

export interface ProductionCalibration {
  readonly statistics: ProductionStatistics;
  /** null: no parameter followed, only the workload. */
  readonly calibration: Calibration | null;
}

/** Enough to tell how well reality repeats itself. */
const mostWindows = 4;

/** Servers hand in what they counted about once a second; a shorter window may miss all of it. */
const shortestWindowSeconds = 2;

/** An observation is at least one window long. */
export const leastSeconds = shortestWindowSeconds;

/**
 * Observes for so many seconds. Throws UserError('missing'), or 'refused' where privileges are all that is missing, when
 * neither a parameter nor the workload could be derived, with every reason.
 */
export async function calibrateFromProduction(
  { estate, url, seconds, into }: ProductionRequest,
  options: { readonly signal?: AbortSignal; readonly onProgress?: (text: string) => void } = {},
): Promise<ProductionCalibration> {
  const address = parseServerUrl(url);
  const windows = Math.min(mostWindows, Math.max(1, Math.floor(seconds / shortestWindowSeconds)));
  const { facts, snapshots } = await observeServer(address, { seconds, windows, ...options });
  const statistics = deriveStatistics(facts, snapshots, {
    needed: neededParameters(estate),
    meanRowBytes: meanRowBytes(estate),
  });
  const isEmpty = Object.keys(statistics.parameters).length === 0;
  if (isEmpty && statistics.groups.length === 0) throw nothingDerived(statistics);
  if (isEmpty) return { statistics, calibration: null };
  const session = {
    measuredAt: new Date().toISOString(),
    origin: 'production' as const,
    method: methodOf(statistics),
    host: { server: facts.name, database: facts.database, postgres: facts.version },
  };
  const { parameters } = statistics;
  const calibration = mergeSession(into, estate.name, { session, parameters });
  return { statistics, calibration };
}

function methodOf({ windowSeconds }: ProductionStatistics): string {
  const seconds = windowSeconds.reduce((sum, one) => sum + one, 0);
  return `production statistics, ${windowSeconds.length} windows in ${seconds.toFixed(0)} s; lognormal laws from means and deviations; without what network and client add`;
}

/** Mean over the classes that write, by their rates. */
function meanRowBytes({ fleets }: Estate): number | null {
  const writes = fleets.flatMap(({ classes }) => classes.filter(({ kind }) => kind === 'write'));
  const rate = writes.reduce((sum, { ratePerSec }) => sum + ratePerSec, 0);
  if (rate === 0) return null;
  return writes.reduce((sum, { ratePerSec, size }) => sum + (ratePerSec / rate) * meanOf(size), 0);
}

function nothingDerived({ underivable, server }: ProductionStatistics): UserError {
  const mendable = underivable.filter(({ remedy }) => remedy !== null);
  const told = mendable.length > 0 ? mendable : underivable;
  const isPermission = told.length > 0 && told.every((one) => one.isPermission);
  return new UserError(
    isPermission ? 'refused' : 'missing',
    told.map(({ what, why, remedy }) => ({
      message: `${server} tells nothing about ${what}: ${why}`,
      ...(remedy === null ? {} : { remedy }),
    })),
  );
}

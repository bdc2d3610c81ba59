// What to measure next: the parameters that make headline forecasts wide, each with what would make it surer.
import { sessionOf, type Calibrated, type Calibration } from '../twin/estate/calibration.ts';
import {
  leastUncertainty,
  repetitionsToHalve,
  uncertaintyAfter,
  uncertaintyOf,
} from '../twin/estate/confidence.ts';
import type { Advice, ExplainedMetric, Remedy } from '../twin/explanation.ts';
import { parameterKinds, parameterPaths, type ParameterPath } from '../twin/parameters.ts';

/** Less than this of a metric's variance is not worth an experiment. */
const leastShare = 0.01;

/** Where no number of repetitions halves an uncertainty: what so many times as many would do. */
const moreTimes = 4;

/** One row per parameter that matters to at least one of the metrics, the most important first. */
export function adviseOn(
  metrics: readonly ExplainedMetric[],
  calibration: Calibration | null,
  experiments: Readonly<Partial<Record<ParameterPath, string>>>,
): Advice[] {
  return parameterPaths
    .flatMap((path) => {
      const [worst] = metrics
        .map(({ metric, phase, parts }) => ({
          metric,
          phase,
          share: parts.find(({ source }) => source === path)?.share ?? 0,
        }))
        .toSorted((a, b) => b.share - a.share);
      if (worst === undefined || worst.share < leastShare) return [];
      const calibrated = calibration?.parameters[path];
      return [
        {
          ...worst,
          ...describe(path, calibration),
          uncertainty: uncertaintyOf(calibrated),
          // Half of a part's deviation is a quarter of its variance.
          narrowedTo: Math.sqrt(1 - 0.75 * worst.share),
          remedy: remedyFor(calibrated, experiments[path]),
        },
      ];
    })
    .toSorted((a, b) => b.share - a.share);
}

function describe(
  path: ParameterPath,
  calibration: Calibration | null,
): Pick<Advice, 'path' | 'value' | 'unit' | 'interval90' | 'n' | 'repetitions' | 'restsOn'> {
  const calibrated = calibration?.parameters[path];
  const { unit, defaultValue } = parameterKinds[path];
  if (calibration === null || calibrated === undefined) {
    return {
      path,
      unit,
      value: defaultValue,
      interval90: null,
      n: null,
      repetitions: null,
      restsOn: 'default',
    };
  }
  const { value, interval90, n, repetitions } = calibrated;
  return {
    path,
    unit,
    value,
    interval90,
    n,
    repetitions,
    restsOn: restsOnPhrase(calibration, calibrated),
  };
}

/** `experiments of 2026-01-31` */
function restsOnPhrase(calibration: Calibration, calibrated: Calibrated): string {
  const { origin } = sessionOf(calibration, calibrated);
  const what = origin === 'experiments' ? 'experiments' : 'production statistics';
  return `${what} of ${calibrated.measuredAt.slice(0, 10)}`;
}

function remedyFor(calibrated: Calibrated | undefined, experiment: string | undefined): Remedy {
  if (experiment === undefined) return { kind: 'unmeasurable' };
  if (calibrated === undefined) return { kind: 'measure', experiment };
  const halving = repetitionsToHalve(calibrated);
  if (halving !== null) return { kind: 'repeat', experiment, repetitions: halving };
  const repetitions = moreTimes * calibrated.repetitions;
  const leaves = uncertaintyAfter(calibrated, repetitions);
  const atBest = Math.min(leaves, leastUncertainty(calibrated));
  return { kind: 'varies', experiment, repetitions, leaves, atBest };
}

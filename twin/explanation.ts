// The explanation document: what the width of a scenario's headline forecasts is made of (one parameter's uncertainty,
// another's, the chance of a single execution), and what to measure next to shrink it.
import type { Digest } from '../engine/digest.ts';
import type { Interval, Phase } from './document.ts';
import type { ParameterPath } from './parameters.ts';

/** `chance`: service times as they happen to fall in one execution; no calibration shrinks it. */
export interface ExplainedPart {
  readonly source: ParameterPath | 'chance';
  /** Share of the variance that all parts have together, from 0 to 1. */
  readonly share: number;
}

/** One forecast, as a prediction with as many rehearsals shows it, and its parts, the largest first. */
export interface ExplainedMetric {
  readonly metric: string;
  readonly phase: Phase;
  readonly unit: string;
  readonly median: number;
  readonly pi90: Interval;
  readonly parts: readonly ExplainedPart[];
  /** Variance of all parts together over that of the rehearsals: near 1 where parameters act independently. */
  readonly accounted: number;
}

/**
 * What would make a parameter surer. `measure`: it is a default; `repeat`: so many repetitions in all halve its
 * uncertainty; `varies`: no number does, because it differs by itself between repetitions or sessions, so many would leave
 * `leaves` and none less than `atBest`; `unmeasurable`: no experiment measures it on this estate.
 */
export type Remedy =
  | { readonly kind: 'measure'; readonly experiment: string }
  | { readonly kind: 'repeat'; readonly experiment: string; readonly repetitions: number }
  | {
      readonly kind: 'varies';
      readonly experiment: string;
      readonly repetitions: number;
      readonly leaves: number;
      readonly atBest: number;
    }
  | { readonly kind: 'unmeasurable' };

/** One parameter that matters to a headline metric. */
export interface Advice {
  readonly path: ParameterPath;
  readonly value: number;
  readonly unit: string;
  readonly interval90: Interval | null;
  readonly n: number | null;
  readonly repetitions: number | null;
  /** Where its value comes from, as a phrase. */
  readonly restsOn: string;
  /** Standard deviation of its logarithm: 0.1 is about 10 % either way. */
  readonly uncertainty: number;
  /** The metric that it matters most to, and its share there. */
  readonly metric: string;
  readonly phase: Phase;
  readonly share: number;
  /** What the width of that metric's interval would shrink to, as a factor, if this uncertainty were halved. */
  readonly narrowedTo: number;
  readonly remedy: Remedy;
}

export interface Explanation {
  readonly schema: 'premortem/explanation/v1';
  readonly digest: Digest;
  readonly scenario: string;
  readonly estate: string;
  readonly calibration: Digest | null;
  readonly seed: string;
  /** Simulated executions that this rests on. */
  readonly replications: number;
  readonly metrics: readonly ExplainedMetric[];
  /** The parameter that matters most first. */
  readonly advice: readonly Advice[];
}

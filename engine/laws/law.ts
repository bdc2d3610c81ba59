// What every law of a random quantity can do, and the documents that describe laws. One entry per kind stands in
// the table of distributions.ts; a new kind is a document here, a law in one of the files beside, and one line there.
import type { RandomStream } from '../random.ts';

/** A law as a plain document, in the unit of whoever uses it. */
export type Distribution =
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'uniform'; readonly low: number; readonly high: number }
  | { readonly kind: 'exponential'; readonly mean: number }
  /** exp(ln median + sigma · Z): sigma is the standard deviation of the logarithm. */
  | { readonly kind: 'lognormal'; readonly median: number; readonly sigma: number }
  | { readonly kind: 'gamma'; readonly shape: number; readonly scale: number }
  /** Sum of `phases` equal exponentials; `mean` is that of the sum. */
  | { readonly kind: 'erlang'; readonly phases: number; readonly mean: number }
  /** Pareto of index `shape`, cut to [low, high]. */
  | TruncatedPareto
  /** One of several exponentials. The weights sum to 1. */
  | { readonly kind: 'hyperexponential'; readonly branches: readonly Branch[] }
  /** Quantile table, linear in between: `values[i]` at level `levels[i]`; levels run from 0 to 1. */
  | {
      readonly kind: 'empirical';
      readonly levels: readonly number[];
      readonly values: readonly number[];
    }
  /** Rank 1 … count with probability ∝ rank^−exponent. */
  | { readonly kind: 'zipf'; readonly count: number; readonly exponent: number }
  /** One of several laws. The weights sum to 1. */
  | { readonly kind: 'mixture'; readonly parts: readonly Part[] };

interface TruncatedPareto {
  readonly kind: 'truncated-pareto';
  readonly shape: number;
  readonly low: number;
  readonly high: number;
}

interface Branch {
  readonly weight: number;
  readonly mean: number;
}

interface Part {
  readonly weight: number;
  readonly of: Distribution;
}

export type DistributionOf<Kind extends Distribution['kind']> = Extract<
  Distribution,
  { readonly kind: Kind }
>;

/** A parameter that the law cannot have. */
export interface Fault {
  readonly parameter: string;
  readonly value: unknown;
  readonly rule: string;
}

export interface Law<Document> {
  /** The first bad parameter, if any. Everything else may assume that there is none. */
  fault(document: Document): Fault | undefined;
  /** u in (0, 1) → inf {x : P(X ≤ x) ≥ u}. */
  makeQuantile(document: Document): (u: number) => number;
  /** P(X ≤ x). */
  cumulative(document: Document, x: number): number;
  /** E X or E X². */
  moment(document: Document, order: 1 | 2): number;
  /** Only where inversion is slow: another way to draw. */
  makeSampler?(document: Document, stream: RandomStream): () => number;
}

/** Checks a number against a rule, given as a predicate and its words. */
export function faultUnless(
  holds: boolean,
  parameter: string,
  value: unknown,
  rule: string,
): Fault | undefined {
  return holds ? undefined : { parameter, value, rule };
}

/** The fault of a number that must be positive and finite. */
export function faultUnlessPositive(parameter: string, value: number): Fault | undefined {
  return faultUnless(value > 0 && value < Infinity, parameter, value, 'must be positive');
}

/** The fault of branch or part weights: each from 0 to 1, together 1. */
export function faultOfWeights(parameter: string, weights: readonly number[]): Fault | undefined {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const isSound = weights.every((weight) => weight >= 0) && Math.abs(sum - 1) < 1e-9;
  return faultUnless(isSound, parameter, weights, 'must have weights from 0 that sum to 1');
}

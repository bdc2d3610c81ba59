// Laws of random quantities as plain documents, and what can be done with them. A law is sampled from a stream
// (`sampler`), or turns a uniform number into a value (`quantile`), which is what makes a demand a function of its
// request. Sampling is by inversion, one draw per sample, wherever inversion is fast; else see the law.
import { UserError } from './failure.ts';
import {
  constant,
  erlang,
  exponential,
  gamma,
  lognormal,
  truncatedPareto,
  uniform,
} from './laws/continuous.ts';
import type { Distribution, DistributionOf, Law } from './laws/law.ts';
import { hyperexponential, makeMixture } from './laws/mixed.ts';
import { empirical, zipf } from './laws/tables.ts';
import type { RandomStream } from './random.ts';

export type { Distribution } from './laws/law.ts';

/** The registry: one law per kind of document. */
const laws: { readonly [Kind in Distribution['kind']]: Law<DistributionOf<Kind>> } = {
  constant,
  uniform,
  exponential,
  lognormal,
  gamma,
  erlang,
  'truncated-pareto': truncatedPareto,
  hyperexponential,
  empirical,
  zipf,
  mixture: makeMixture({
    fault: (part) => lawOf(part).fault(part),
    quantile: (part, u) => lawOf(part).makeQuantile(part)(u),
    cumulative: (part, x) => lawOf(part).cumulative(part, x),
    moment: (part, order) => lawOf(part).moment(part, order),
    makeSampler: (part, stream) => samplerOf(part, stream),
  }),
};

/** The table pairs each kind with the law of its own documents, which the type of a lookup cannot express. */
function lawOf(distribution: Distribution): Law<Distribution> {
  return laws[distribution.kind] as Law<Distribution>;
}

function checkedLawOf(distribution: Distribution): Law<Distribution> {
  const law = lawOf(distribution);
  const fault = law.fault(distribution);
  if (fault === undefined) return law;
  throw new UserError('input', {
    message: `${distribution.kind} distribution: ${fault.parameter} ${fault.rule}, not ${JSON.stringify(fault.value)}`,
  });
}

/**
 * Makes the function from u in (0, 1) to inf {x : P(X ≤ x) ≥ u}. Gamma, erlang, hyperexponential and mixture bisect
 * (microseconds); the others are closed forms or table lookups. Throws a UserError when a parameter is bad.
 */
export function makeQuantile(distribution: Distribution): (u: number) => number {
  return checkedLawOf(distribution).makeQuantile(distribution);
}

/** One value of `makeQuantile`; make the function once where speed matters. */
export function quantile(distribution: Distribution, u: number): number {
  return makeQuantile(distribution)(u);
}

/** Makes a function that draws a value per call. Throws a UserError when a parameter is bad. */
export function sampler(distribution: Distribution, stream: RandomStream): () => number {
  checkedLawOf(distribution);
  return samplerOf(distribution, stream);
}

/** Streams have 32 bits: half a step moves draws from [0, 1) to the middle of their cells, so 0 never occurs. */
const halfStep = 2 ** -33;

function samplerOf(distribution: Distribution, stream: RandomStream): () => number {
  const law = lawOf(distribution);
  if (law.makeSampler !== undefined) return law.makeSampler(distribution, stream);
  const valueAt = law.makeQuantile(distribution);
  return () => valueAt(stream() + halfStep);
}

/** P(X ≤ x). */
export function cumulative(distribution: Distribution, x: number): number {
  return checkedLawOf(distribution).cumulative(distribution, x);
}

/** Expected value, exact. */
export function meanOf(distribution: Distribution): number {
  return checkedLawOf(distribution).moment(distribution, 1);
}

/** Squared coefficient of variation, variance / mean², exact. */
export function squaredVariationOf(distribution: Distribution): number {
  const law = checkedLawOf(distribution);
  return law.moment(distribution, 2) / law.moment(distribution, 1) ** 2 - 1;
}

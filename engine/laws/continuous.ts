// Laws with textbook formulas: constant, uniform, exponential, lognormal, gamma, Erlang, truncated Pareto. Moments
// and distribution functions after Johnson, Kotz & Balakrishnan, Continuous Univariate Distributions.
import { randomGamma } from 'd3-random';
import { incompleteGamma, invertIncreasing, normalCumulative, normalQuantile } from '../special.ts';
import { faultUnless, faultUnlessPositive, type DistributionOf, type Law } from './law.ts';

export const constant: Law<DistributionOf<'constant'>> = {
  fault: ({ value }) => faultUnless(Number.isFinite(value), 'value', value, 'must be finite'),
  makeQuantile:
    ({ value }) =>
    () =>
      value,
  cumulative: ({ value }, x) => (x >= value ? 1 : 0),
  moment: ({ value }, order) => value ** order,
};

export const uniform: Law<DistributionOf<'uniform'>> = {
  fault: ({ low, high }) =>
    faultUnless(Number.isFinite(low), 'low', low, 'must be finite') ??
    faultUnless(high > low && high < Infinity, 'high', high, `must be above low (${low})`),
  makeQuantile:
    ({ low, high }) =>
    (u) =>
      low + u * (high - low),
  cumulative: ({ low, high }, x) => Math.min(1, Math.max(0, (x - low) / (high - low))),
  moment: ({ low, high }, order) =>
    order === 1 ? (low + high) / 2 : (low * low + low * high + high * high) / 3,
};

export const exponential: Law<DistributionOf<'exponential'>> = {
  fault: ({ mean }) => faultUnlessPositive('mean', mean),
  makeQuantile:
    ({ mean }) =>
    (u) =>
      -mean * Math.log1p(-u),
  cumulative: ({ mean }, x) => (x <= 0 ? 0 : -Math.expm1(-x / mean)),
  moment: ({ mean }, order) => order * mean ** order,
};

export const lognormal: Law<DistributionOf<'lognormal'>> = {
  fault: ({ median, sigma }) =>
    faultUnlessPositive('median', median) ?? faultUnlessPositive('sigma', sigma),
  makeQuantile:
    ({ median, sigma }) =>
    (u) =>
      median * Math.exp(sigma * normalQuantile(u)),
  cumulative: ({ median, sigma }, x) =>
    x <= 0 ? 0 : normalCumulative(Math.log(x / median) / sigma),
  moment: ({ median, sigma }, order) => median ** order * Math.exp((order * sigma) ** 2 / 2),
};

export const gamma: Law<DistributionOf<'gamma'>> = {
  fault: ({ shape, scale }) =>
    faultUnlessPositive('shape', shape) ?? faultUnlessPositive('scale', scale),
  makeQuantile:
    ({ shape, scale }) =>
    (u) =>
      scale * invertIncreasing((x) => incompleteGamma(shape, x), u, 0, Infinity),
  cumulative: ({ shape, scale }, x) => incompleteGamma(shape, x / scale),
  moment: ({ shape, scale }, order) =>
    order === 1 ? shape * scale : shape * (shape + 1) * scale * scale,
  makeSampler: ({ shape, scale }, stream) => randomGamma.source(stream)(shape, scale),
};

/** An Erlang law is a gamma law with a whole shape. */
function asGamma({ phases, mean }: DistributionOf<'erlang'>): DistributionOf<'gamma'> {
  return { kind: 'gamma', shape: phases, scale: mean / phases };
}

export const erlang: Law<DistributionOf<'erlang'>> = {
  fault: ({ phases, mean }) =>
    faultUnless(
      Number.isInteger(phases) && phases > 0,
      'phases',
      phases,
      'must be a whole number from 1',
    ) ?? faultUnlessPositive('mean', mean),
  makeQuantile: (document) => gamma.makeQuantile(asGamma(document)),
  cumulative: (document, x) => gamma.cumulative(asGamma(document), x),
  moment: (document, order) => gamma.moment(asGamma(document), order),
  makeSampler: ({ phases, mean }, stream) => randomGamma.source(stream)(phases, mean / phases),
};

type Pareto = DistributionOf<'truncated-pareto'>;

/** The share of an uncut Pareto law that lies below `high`. */
function keptShare({ shape, low, high }: Pareto): number {
  return -Math.expm1(shape * Math.log(low / high));
}

/** ∫ x^order f(x) dx; the integral is a logarithm where order and index meet. */
function paretoMoment(document: Pareto, order: 1 | 2): number {
  const { shape, low, high } = document;
  const rest = order - shape;
  const front = (shape * low ** shape) / keptShare(document);
  return rest === 0 ? front * Math.log(high / low) : (front * (high ** rest - low ** rest)) / rest;
}

export const truncatedPareto: Law<Pareto> = {
  fault: ({ shape, low, high }) =>
    faultUnlessPositive('shape', shape) ??
    faultUnlessPositive('low', low) ??
    faultUnless(high > low && high < Infinity, 'high', high, `must be above low (${low})`),
  makeQuantile: (document) => {
    const { shape, low, high } = document;
    const kept = keptShare(document);
    return (u) => Math.min(high, low * Math.exp(-Math.log1p(-u * kept) / shape));
  },
  cumulative: (document, x) => {
    const { shape, low, high } = document;
    if (x <= low) return 0;
    if (x >= high) return 1;
    return -Math.expm1(shape * Math.log(low / x)) / keptShare(document);
  },
  moment: paretoMoment,
};

// Laws that choose one of several others: hyperexponential, and mixtures of anything. Drawing picks a part with one
// draw and a value with the next; the quantile bisects the summed distribution function.
import type { RandomStream } from '../random.ts';
import { invertIncreasing } from '../special.ts';
import {
  faultOfWeights,
  faultUnless,
  faultUnlessPositive,
  type Distribution,
  type DistributionOf,
  type Fault,
  type Law,
} from './law.ts';

/** Calls one of the samplers, chosen by the weights. */
function chooseBetween(
  weights: readonly number[],
  samplers: readonly (() => number)[],
  stream: RandomStream,
): () => number {
  let sum = 0;
  const bounds = weights.map((weight) => (sum += weight));
  const last = samplers.length - 1;
  return () => {
    const choice = stream();
    let part = 0;
    while (part < last && choice >= (bounds[part] ?? 1)) part++;
    return samplers[part]?.() ?? 0;
  };
}

type Hyperexponential = DistributionOf<'hyperexponential'>;

function hyperexponentialCumulative({ branches }: Hyperexponential, x: number): number {
  if (x <= 0) return 0;
  return branches.reduce((sum, { weight, mean }) => sum - weight * Math.expm1(-x / mean), 0);
}

export const hyperexponential: Law<Hyperexponential> = {
  fault: ({ branches }) =>
    faultOfWeights(
      'branches',
      branches.map(({ weight }) => weight),
    ) ??
    branches.map(({ mean }, at) => faultUnlessPositive(`branches[${at}].mean`, mean)).find(Boolean),
  makeQuantile: (document) => (u) =>
    invertIncreasing((x) => hyperexponentialCumulative(document, x), u, 0, Infinity),
  cumulative: hyperexponentialCumulative,
  moment: ({ branches }, order) =>
    branches.reduce((sum, { weight, mean }) => sum + weight * order * mean ** order, 0),
  makeSampler: ({ branches }, stream) =>
    chooseBetween(
      branches.map(({ weight }) => weight),
      branches.map(
        ({ mean }) =>
          () =>
            -mean * Math.log1p(-stream()),
      ),
      stream,
    ),
};

/** What a mixture needs of the laws it mixes; the table of all laws provides it. */
export interface Parts {
  fault(part: Distribution): Fault | undefined;
  quantile(part: Distribution, u: number): number;
  cumulative(part: Distribution, x: number): number;
  moment(part: Distribution, order: 1 | 2): number;
  makeSampler(part: Distribution, stream: RandomStream): () => number;
}

type Mixture = DistributionOf<'mixture'>;

function faultOfMixture({ parts }: Mixture, of: Parts): Fault | undefined {
  const faults = parts.map((part, at) => {
    const fault = of.fault(part.of);
    return fault && { ...fault, parameter: `parts[${at}].of.${fault.parameter}` };
  });
  return (
    faultUnless(parts.length > 0, 'parts', parts, 'must have one part or more') ??
    faultOfWeights(
      'parts',
      parts.map(({ weight }) => weight),
    ) ??
    faults.find(Boolean)
  );
}

/** The law of mixtures over the given table of laws. */
export function makeMixture(of: Parts): Law<Mixture> {
  const cumulative = ({ parts }: Mixture, x: number): number =>
    parts.reduce((sum, part) => sum + part.weight * of.cumulative(part.of, x), 0);
  return {
    fault: (document) => faultOfMixture(document, of),
    cumulative,
    makeQuantile: (document) => (u) => {
      // The mixture's quantile lies between the smallest and the largest of its parts'.
      const ends = document.parts
        .filter(({ weight }) => weight > 0)
        .map((part) => of.quantile(part.of, u));
      const low = Math.min(...ends);
      const high = Math.max(...ends);
      return low === high ? low : invertIncreasing((x) => cumulative(document, x), u, low, high);
    },
    moment: ({ parts }, order) =>
      parts.reduce((sum, part) => sum + part.weight * of.moment(part.of, order), 0),
    makeSampler: ({ parts }, stream) =>
      chooseBetween(
        parts.map(({ weight }) => weight),
        parts.map((part) => of.makeSampler(part.of, stream)),
        stream,
      ),
  };
}

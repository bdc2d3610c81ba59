// Two plain tests of randomness: the Kolmogorov–Smirnov distance between a sample and a law, and the correlation
// between two columns. Used with fixed seeds, so a verdict never changes from run to run.

/** sqrt(n) times the largest distance between the sample's distribution function and the law's. */
export function kolmogorovDistance(
  sample: readonly number[],
  cumulative: (x: number) => number,
): number {
  const sorted = sample.toSorted((a, b) => a - b);
  const distances = sorted.map((x, index) => {
    const level = cumulative(x);
    return Math.max(level - index / sorted.length, (index + 1) / sorted.length - level);
  });
  return Math.sqrt(sorted.length) * Math.max(...distances);
}

/** The distance that one sample in a thousand exceeds, were it from the law. */
export const kolmogorovLimit = 1.95;

/** Pearson's correlation. */
export function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const meanA = mean(a);
  const meanB = mean(b);
  const products = a.map((value, index) => (value - meanA) * ((b[index] ?? meanB) - meanB));
  const squares = (values: readonly number[], centre: number): number =>
    values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  const sum = products.reduce((total, product) => total + product, 0);
  return sum / Math.sqrt(squares(a, meanA) * squares(b, meanB));
}

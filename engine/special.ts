// The special functions that laws and intervals rest on: log-gamma, the regularised incomplete gamma and beta
// functions, and the normal quantile. Series and continued fractions, about 1e-13 relative except where stated.

const maxTerms = 10_000;
const precision = 1e-16;
const tiny = 1e-300;

/** Coefficients of the Lanczos approximation with g = 7, n = 9 (Godfrey). */
const lanczos = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313,
  -176.61502916214059, 12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6,
  1.5056327351493116e-7,
] as const;

/** ln Γ(x) for x > 0; about 1e-14 relative (Lanczos 1964). */
export function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const shifted = x - 1;
  const base = shifted + 7.5;
  let sum: number = lanczos[0];
  for (let term = 1; term < lanczos.length; term++) sum += (lanczos[term] ?? 0) / (shifted + term);
  return 0.5 * Math.log(2 * Math.PI) + (shifted + 0.5) * Math.log(base) - base + Math.log(sum);
}

/** P(shape, x), the distribution function of a gamma law of scale 1. DLMF 8.11.4 and 8.9.2. */
export function incompleteGamma(shape: number, x: number): number {
  return x < shape + 1 ? lowerGamma(shape, x) : 1 - upperGamma(shape, x);
}

/** Its complement Q = 1 − P, without loss of digits where Q is small. */
function incompleteGammaTail(shape: number, x: number): number {
  return x < shape + 1 ? 1 - lowerGamma(shape, x) : upperGamma(shape, x);
}

function gammaFront(shape: number, x: number): number {
  return Math.exp(shape * Math.log(x) - x - logGamma(shape));
}

/** P by its series, for x below shape + 1. */
function lowerGamma(shape: number, x: number): number {
  return x <= 0 ? 0 : (gammaFront(shape, x) * gammaSeries(shape, x)) / shape;
}

/** Q by its continued fraction, for x from shape + 1. */
function upperGamma(shape: number, x: number): number {
  return x === Infinity ? 0 : gammaFront(shape, x) * gammaFraction(shape, x);
}

function gammaSeries(shape: number, x: number): number {
  let term = 1;
  let sum = 1;
  for (let n = 1; n < maxTerms && Math.abs(term) > precision * sum; n++) {
    term *= x / (shape + n);
    sum += term;
  }
  return sum;
}

/** Lentz's evaluation of the continued fraction of Γ(shape, x) x^-shape e^x. */
function gammaFraction(shape: number, x: number): number {
  let b = x + 1 - shape;
  let c = 1 / tiny;
  let d = 1 / b;
  let value = d;
  for (let n = 1; n < maxTerms; n++) {
    const a = -n * (n - shape);
    b += 2;
    d = 1 / nonZero(a * d + b);
    c = nonZero(b + a / c);
    value *= c * d;
    if (Math.abs(c * d - 1) < precision) break;
  }
  return value;
}

/** I_x(a, b), the distribution function of a beta law. DLMF 8.17.22. */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const logFront =
    logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x);
  return x < (a + 1) / (a + b + 2)
    ? (Math.exp(logFront) * betaFraction(x, a, b)) / a
    : 1 - (Math.exp(logFront) * betaFraction(1 - x, b, a)) / b;
}

function betaFraction(x: number, a: number, b: number): number {
  let c = 1;
  let d = 1 / nonZero(1 - ((a + b) * x) / (a + 1));
  let value = d;
  for (let n = 1; n < maxTerms; n++) {
    const even = (n * (b - n) * x) / ((a + 2 * n - 1) * (a + 2 * n));
    d = 1 / nonZero(1 + even * d);
    c = nonZero(1 + even / c);
    value *= c * d;
    const odd = (-(a + n) * (a + b + n) * x) / ((a + 2 * n) * (a + 2 * n + 1));
    d = 1 / nonZero(1 + odd * d);
    c = nonZero(1 + odd / c);
    value *= c * d;
    if (Math.abs(c * d - 1) < precision) break;
  }
  return value;
}

function nonZero(value: number): number {
  return Math.abs(value) < tiny ? tiny : value;
}

/** Φ(z), the standard normal distribution function. */
export function normalCumulative(z: number): number {
  const tail = 0.5 * incompleteGammaTail(0.5, (z * z) / 2);
  return z < 0 ? tail : 1 - tail;
}

/** Numerators and denominators of Acklam's rational approximations, highest power first. */
const centreTop = [
  -3.969683028665376e1, 2.209460984245205e2, -2.759285104469687e2, 1.38357751867269e2,
  -3.066479806614716e1, 2.506628277459239,
];
const centreBottom = [
  -5.447609879822406e1, 1.615858368580409e2, -1.556989798598866e2, 6.680131188771972e1,
  -1.328068155288572e1, 1,
];
const tailTop = [
  -7.784894002430293e-3, -3.223964580411365e-1, -2.400758277161838, -2.549732539343734,
  4.374664141464968, 2.938163982698783,
];
const tailBottom = [
  7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416, 1,
];
const tailFrom = 0.02425;

/** Φ⁻¹(u) for 0 ≤ u ≤ 1 with a relative error below 1.2e-9 (Acklam 2003): for sampling, not for tables. */
export function normalQuantile(u: number): number {
  if (u <= 0) return -Infinity;
  if (u >= 1) return Infinity;
  if (u < tailFrom) return tailQuantile(u);
  if (u > 1 - tailFrom) return -tailQuantile(1 - u);
  const offset = u - 0.5;
  const square = offset * offset;
  return (polynomial(centreTop, square) * offset) / polynomial(centreBottom, square);
}

function tailQuantile(u: number): number {
  const root = Math.sqrt(-2 * Math.log(u));
  return polynomial(tailTop, root) / polynomial(tailBottom, root);
}

function polynomial(coefficients: readonly number[], x: number): number {
  let value = 0;
  for (const coefficient of coefficients) value = value * x + coefficient;
  return value;
}

/**
 * The x in [low, high] where an increasing function reaches `target`, by bisection to the last bit. `high` may be
 * Infinity: it is found by doubling.
 */
export function invertIncreasing(
  increasing: (x: number) => number,
  target: number,
  low: number,
  high: number,
): number {
  let below = low;
  let above = high;
  if (above === Infinity) {
    above = Math.max(1, 2 * Math.abs(low));
    while (increasing(above) < target && above < Number.MAX_VALUE / 2) above *= 2;
  }
  for (;;) {
    const middle = below + (above - below) / 2;
    if (middle <= below || middle >= above) return middle;
    if (increasing(middle) < target) below = middle;
    else above = middle;
  }
}

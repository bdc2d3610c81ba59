// Closed forms of queueing theory: constants of a model that no run needs to estimate. Each names its source. They
// serve as references for simulated figures, never in place of them.
import { assert, unreachable, UserError } from './failure.ts';
import type { Distribution } from './distributions.ts';
import { invertIncreasing } from './special.ts';

/** Erlang's loss formula: share of calls lost at `load` erlangs on `servers` servers (Erlang 1917, recursion). */
export function erlangB(load: number, servers: number): number {
  let lost = 1;
  for (let server = 1; server <= servers; server++) lost = (load * lost) / (server + load * lost);
  return lost;
}

/** Erlang's delay formula: share of customers that wait in M/M/c at `load` < `servers` erlangs (Erlang 1917). */
export function erlangC(load: number, servers: number): number {
  assert(load < servers, `${servers} servers cannot carry ${load} erlangs`);
  const lost = erlangB(load, servers);
  return lost / (1 - (load / servers) * (1 - lost));
}

/** E exp(−s X), where the law has a closed form; a UserError otherwise. */
function laplaceTransform(law: Distribution, s: number): number {
  switch (law.kind) {
    case 'constant':
      return Math.exp(-s * law.value);
    case 'uniform':
      return (
        (Math.exp(-s * law.low) * -Math.expm1(-s * (law.high - law.low))) /
        (s * (law.high - law.low))
      );
    case 'exponential':
      return 1 / (1 + s * law.mean);
    case 'gamma':
      return (1 + s * law.scale) ** -law.shape;
    case 'erlang':
      return (1 + (s * law.mean) / law.phases) ** -law.phases;
    case 'hyperexponential':
      return law.branches.reduce((sum, { weight, mean }) => sum + weight / (1 + s * mean), 0);
    case 'mixture':
      return law.parts.reduce((sum, { weight, of }) => sum + weight * laplaceTransform(of, s), 0);
    case 'lognormal':
    case 'truncated-pareto':
    case 'empirical':
    case 'zipf':
      throw new UserError('input', {
        message: `a ${law.kind} law has no closed Laplace transform`,
      });
    default:
      return unreachable(law);
  }
}

/**
 * The probability σ that a customer of GI/M/1 waits: the root below 1 of σ = A*(μ(1 − σ)), A* the transform of the
 * time between arrivals (Kleinrock 1975, sec. 6.4). Needs a utilisation below 1.
 */
export function waitRoot(interarrival: Distribution, serviceRate: number): number {
  // σ − A*(μ(1 − σ)) is below 0 before the root and above 0 between the root and 1, since A* is convex.
  const excess = (sigma: number): number =>
    sigma - laplaceTransform(interarrival, serviceRate * (1 - sigma));
  return firstCrossing(excess);
}

/**
 * The ratio r of the geometric queue of M/M^[1,b]/1: the root in (0, 1) of μ r^(b+1) − (λ + μ) r + λ = 0 (Bailey
 * 1954; Chaudhry & Templeton 1983, sec. 4.1). Needs λ < bμ.
 */
export function bulkRoot(arrivalRate: number, serviceRate: number, batchLimit: number): number {
  return firstCrossing(
    (r) => (arrivalRate + serviceRate) * r - serviceRate * r ** (batchLimit + 1) - arrivalRate,
  );
}

/** Root of a concave function that is negative at 0, positive somewhere below 1 and zero at 1. */
function firstCrossing(concave: (x: number) => number): number {
  let positive = 0.5;
  while (concave(positive) <= 0) {
    positive = (1 + positive) / 2;
    assert(positive < 1, 'the model is not stable: there is no root below 1');
  }
  return invertIncreasing(concave, 0, 0, positive);
}

/** Two phases: arrivals per unit of time in each, and how often each goes over to the other. */
export interface TwoPhases {
  readonly arrivals: readonly [number, number];
  readonly changes: readonly [number, number];
  readonly service: number;
}

/**
 * How fast the tail of MMPP(2)/M/1's number in the system falls: the spectral radius of its rate matrix R, the least solution of
 * A₀ + R A₁ + R² A₂ = 0 (Neuts 1981), by the iteration that begins with nothing.
 */
export function modulatedRoot({
  arrivals: [l1, l2],
  changes: [q12, q21],
  service,
}: TwoPhases): number {
  // −A₁ = diag(λ + μ) − Q, and its inverse.
  const [a, b, c, d] = [l1 + service + q12, -q12, -q21, l2 + service + q21];
  const determinant = a * d - b * c;
  const [ia, ib, ic, id] = [d / determinant, -b / determinant, -c / determinant, a / determinant];
  let [r11, r12, r21, r22] = [0, 0, 0, 0];
  for (let change = Infinity; change > 1e-16;) {
    // A₀ + μ R²
    const [s11, s12] = [l1 + service * (r11 * r11 + r12 * r21), service * (r11 * r12 + r12 * r22)];
    const [s21, s22] = [service * (r21 * r11 + r22 * r21), l2 + service * (r21 * r12 + r22 * r22)];
    const next = [
      s11 * ia + s12 * ic,
      s11 * ib + s12 * id,
      s21 * ia + s22 * ic,
      s21 * ib + s22 * id,
    ] as const;
    change = Math.max(
      ...next.map((value, at) => Math.abs(value - ([r11, r12, r21, r22][at] ?? 0))),
    );
    [r11, r12, r21, r22] = next;
  }
  const trace = r11 + r22;
  return (trace + Math.sqrt(trace * trace - 4 * (r11 * r22 - r12 * r21))) / 2;
}

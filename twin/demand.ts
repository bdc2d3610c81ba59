// Demand: draws the request trace of an estate. Each class is a Poisson process of its own with its own stream, each
// request belongs to a tenant by share and has a size; so changing one class never shifts the arrivals of another.
import { sampler } from '../engine/distributions.ts';
import { makeStream, type RandomStream } from '../engine/random.ts';
import type { Fleet, OperationClass } from './estate/estate.ts';
import { makeTrace, type Trace } from './trace.ts';

export interface DemandOptions {
  readonly seed: string;
  /** Index within an ensemble of fresh traces; the bound trace of a plan is number 0. */
  readonly replication: number;
  readonly horizonMs: number;
  /** Factor on a class's rate; classes that are not named have 1. */
  readonly factors: ReadonlyMap<string, number>;
}

interface Arrival {
  readonly atMs: number;
  readonly classIndex: number;
  readonly tenant: number;
  readonly size: number;
}

/** Draws every request of a fleet from 0 to the horizon. */
export function drawTrace(fleet: Fleet, options: DemandOptions): Trace {
  const arrivals = fleet.classes
    .flatMap((operation, index) => drawClass(operation, index, fleet, options))
    // Equal times are as good as impossible, but the order must not depend on the sort: classes break ties.
    .toSorted((a, b) => a.atMs - b.atMs || a.classIndex - b.classIndex);
  return makeTrace(
    {
      seed: `${options.seed}#${options.replication}`,
      horizonMs: options.horizonMs,
      classes: fleet.classes.map(({ id }) => id),
      tenants: fleet.tenants.map(({ id }) => id),
    },
    {
      atMs: Float64Array.from(arrivals, ({ atMs }) => atMs),
      classOf: Uint16Array.from(arrivals, ({ classIndex }) => classIndex),
      tenantOf: Uint32Array.from(arrivals, ({ tenant }) => tenant),
      size: Float64Array.from(arrivals, ({ size }) => size),
    },
  );
}

function drawClass(
  operation: OperationClass,
  classIndex: number,
  fleet: Fleet,
  { seed, replication, horizonMs, factors }: DemandOptions,
): Arrival[] {
  const stream = (name: string): RandomStream =>
    makeStream(seed, replication, `demand/${operation.id}/${name}`);
  const gaps = stream('arrivals');
  const tenants = stream('tenants');
  const sizes = sampler(operation.size, stream('sizes'));
  const ratePerMs = (operation.ratePerSec * (factors.get(operation.id) ?? 1)) / 1_000;
  const arrivals: Arrival[] = [];
  if (ratePerMs === 0) return arrivals;
  let atMs = 0;
  for (;;) {
    atMs += -Math.log(1 - gaps()) / ratePerMs;
    if (atMs >= horizonMs) return arrivals;
    // Whole units, at least one: Postgres sleeps whole milliseconds, and bytes do not come in parts.
    const size = Math.max(1, Math.round(sizes()));
    arrivals.push({ atMs, classIndex, tenant: pickTenant(fleet, tenants()), size });
  }
}

function pickTenant({ tenants }: Fleet, u: number): number {
  let below = 0;
  for (const [index, { share }] of tenants.entries()) {
    below += share;
    if (u < below) return index;
  }
  return tenants.length - 1;
}

// What is gathered during a run of any shape: events that are counted, values that are sampled, levels that last. Cut into
// windows of equal numbers of units (customers, requests, cycles), each of which is one value for the method of batch means.
import { Histogram, Simulation } from '../../engine/index.ts';
import { assert } from '../../engine/failure.ts';
import type { Figure } from './documents.ts';
import type { RunPlan } from './station-run.ts';

/** As in station runs: far below the sampling error of any run here. */
const quantileAccuracy = 5e-5;

interface Sampled {
  count: number;
  sum: number;
  squares: number;
  readonly histogram: Histogram;
}

/** Sums over one stretch of a run. */
export class Window {
  units = 0;
  spanMs = 0;
  readonly #scaleMs: number;
  readonly #counts = new Map<string, number>();
  readonly #areas = new Map<string, number>();
  readonly #sampled = new Map<string, Sampled>();

  constructor(scaleMs: number) {
    this.#scaleMs = scaleMs;
  }

  count(name: string, by: number): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + by);
  }

  sample(name: string, value: number): void {
    const sampled = this.#sampledAs(name);
    sampled.count++;
    sampled.sum += value;
    sampled.squares += value * value;
    sampled.histogram.add(value + this.#scaleMs);
  }

  stay(name: string, area: number): void {
    this.#areas.set(name, (this.#areas.get(name) ?? 0) + area);
  }

  /** How many events of this name there were. */
  counted(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  /** The same per unit of time. */
  rate(name: string): number {
    return this.counted(name) / this.spanMs;
  }

  /** Time average of a level. */
  level(name: string): number {
    return (this.#areas.get(name) ?? 0) / this.spanMs;
  }

  /** Mean of sampled values; NaN where there is none. */
  mean(name: string): number {
    const { sum, count } = this.#sampledAs(name);
    return sum / count;
  }

  variance(name: string): number {
    const { squares, count } = this.#sampledAs(name);
    return squares / count - this.mean(name) ** 2;
  }

  quantile(name: string, level: number): number {
    return (this.#sampledAs(name).histogram.quantile(level) ?? Number.NaN) - this.#scaleMs;
  }

  merge(other: Window): void {
    this.units += other.units;
    this.spanMs += other.spanMs;
    for (const [name, by] of other.#counts) this.count(name, by);
    for (const [name, area] of other.#areas) this.stay(name, area);
    for (const [name, { count, sum, squares, histogram }] of other.#sampled) {
      const own = this.#sampledAs(name);
      own.count += count;
      own.sum += sum;
      own.squares += squares;
      own.histogram.merge(histogram);
    }
  }

  #sampledAs(name: string): Sampled {
    let sampled = this.#sampled.get(name);
    if (sampled === undefined) {
      sampled = { count: 0, sum: 0, squares: 0, histogram: new Histogram(quantileAccuracy) };
      this.#sampled.set(name, sampled);
    }
    return sampled;
  }
}

/** A metric by a pattern of its name: computed from a window and the numbers in the name, if any. */
export type Estimates = readonly (readonly [
  pattern: RegExp,
  estimate: (window: Window, ...numbers: readonly number[]) => number,
])[];

/** Gathers while a simulation runs, and says when enough was seen. */
export class Meter {
  readonly #simulation: Simulation;
  readonly #plan: RunPlan;
  readonly #scaleMs: number;
  readonly #windows: Window[] = [];
  readonly #levels = new Map<string, { value: number; sinceMs: number }>();
  #current: Window | null = null;
  #seen = 0;
  #openedMs = 0;

  constructor(simulation: Simulation, plan: RunPlan, scaleMs: number) {
    this.#simulation = simulation;
    this.#plan = plan;
    this.#scaleMs = scaleMs;
    if (plan.warmup === 0) this.#open();
  }

  get isDone(): boolean {
    return this.#windows.length === this.#plan.batchCount;
  }

  /** One unit of the run's length is over. */
  unit(): void {
    this.#seen++;
    if (this.#seen === this.#plan.warmup) this.#open();
    if (this.#current === null) return;
    if (this.#seen > this.#plan.warmup) this.#current.units++;
    if (this.#current.units === this.#plan.batchSize) this.#close();
  }

  count(name: string, by = 1): void {
    this.#current?.count(name, by);
  }

  sample(name: string, value: number): void {
    this.#current?.sample(name, value);
  }

  /** A level is `value` from now on. */
  level(name: string, value: number): void {
    const { nowMs } = this.#simulation;
    const level = this.#levels.get(name);
    if (level === undefined) {
      this.#levels.set(name, { value, sinceMs: nowMs });
      return;
    }
    this.#current?.stay(name, level.value * (nowMs - Math.max(level.sinceMs, this.#openedMs)));
    level.value = value;
    level.sinceMs = nowMs;
  }

  /** Figures of all metrics that the estimates know, whatever the others are. */
  figures(names: readonly string[], estimates: Estimates): Map<string, Figure> {
    const whole = new Window(this.#scaleMs);
    for (const window of this.#windows) whole.merge(window);
    const length = { customers: whole.units, time: whole.spanMs };
    const known = names.flatMap((name): [string, Figure][] => {
      for (const [pattern, estimate] of estimates) {
        const match = pattern.exec(name);
        if (match === null) continue;
        const numbers = match.slice(1).map(Number);
        const batchValues = this.#windows.map((window) => estimate(window, ...numbers));
        return [
          [name, { method: 'simulated', value: estimate(whole, ...numbers), batchValues, length }],
        ];
      }
      return [];
    });
    return new Map(known);
  }

  #open(): void {
    this.#current = new Window(this.#scaleMs);
    this.#openedMs = this.#simulation.nowMs;
  }

  #close(): void {
    const window = this.#current;
    assert(window !== null, 'a window that is open is closed');
    // What lasts is counted up to here; behind here, in the next one.
    for (const [name, { value }] of this.#levels) this.level(name, value);
    window.spanMs = this.#simulation.nowMs - this.#openedMs;
    this.#windows.push(window);
    this.#current = null;
    if (!this.isDone) this.#open();
  }
}

/** Runs a model until its meter has seen enough. `build` sets the model up and may draw from its streams. */
export function runMetered(
  plan: RunPlan,
  scaleMs: number,
  build: (simulation: Simulation, meter: Meter) => void,
): Meter {
  const simulation = new Simulation({ seed: plan.seed });
  const meter = new Meter(simulation, plan, scaleMs);
  build(simulation, meter);
  const isOver = simulation.runUntil(() => meter.isDone, simulation.limits.simulatedMs);
  assert(isOver, `the run ${plan.seed} did not end`);
  return meter;
}

/** The same for figures that are independent of one another: `build` returns what draws one of them, which is a unit. */
export function runSampled(
  plan: RunPlan,
  scaleMs: number,
  build: (simulation: Simulation, meter: Meter) => () => void,
): Meter {
  const simulation = new Simulation({ seed: plan.seed });
  const meter = new Meter(simulation, plan, scaleMs);
  const sample = build(simulation, meter);
  while (!meter.isDone) {
    sample();
    meter.unit();
  }
  return meter;
}

/** "95" → 0.95, "999" → 0.999: levels as they stand in names. */
export function levelOf(digits: number): number {
  return digits / 10 ** String(digits).length;
}

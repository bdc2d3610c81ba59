// One long run of one station, started empty: a warm-up that is thrown away, then batches of equal numbers of
// customers. A customer belongs to the batch in which it arrived, wherever it ends; arrivals go on until all
// measured customers have left, so nobody is measured in an emptying system.
import {
  feedArrivals,
  sampler,
  Simulation,
  type Distribution,
  type Gaps,
} from '../../engine/index.ts';
import { assert } from '../../engine/failure.ts';
import { Batch } from './batch.ts';
import type { ValidationOptions } from './documents.ts';
import { timeUnits, type ReferenceCase } from './schema.ts';

/** Enough batches for a Student interval; beyond that, long ones rather than many: quantiles need their length. */
const fewestBatches = 10;
const mostBatches = 40;
const wantedBatchSize = 20_000;

/** At most this many customers of warm-up are kept however short the run: the systems here settle within them. */
const leastWarmup = 10_000;

export interface RunPlan {
  readonly warmup: number;
  readonly batchCount: number;
  readonly batchSize: number;
  readonly seed: string;
}

/** What a run needs to know of a station, whatever its discipline. */
interface Station {
  arrive(customer: number, demandMs: number): void;
  /** Customers in the system. */
  present(): number;
  /** Share of the station at work, for stations where that is no function of the number present. */
  busy?(): number;
}

interface StationEvents {
  /** A customer that arrived was turned away. */
  readonly onReject: (customer: number) => void;
  readonly onStart: (customer: number) => void;
  readonly onEnd: (customer: number) => void;
  /** A flush with this many customers starts. */
  readonly onFlush: (customers: number) => void;
}

export interface StationModel {
  /** A typical time, like the mean service time. */
  readonly scaleMs: number;
  readonly gaps: (simulation: Simulation) => Gaps;
  readonly demand: Distribution;
  readonly makeStation: (simulation: Simulation, events: StationEvents) => Station;
  /** Sizes whose customers are watched by themselves. */
  readonly sizes?: readonly number[];
}

/** Run length for a case: what its longest metric states, times the effort. `rate` converts time to customers. */
export function planRun(
  { id, metrics }: ReferenceCase,
  rate: number,
  { effort, seed }: ValidationOptions,
): RunPlan {
  let customers = 0;
  let warmup = 0;
  for (const { tolerance } of Object.values(metrics)) {
    if (tolerance.kind !== 'statistical') continue;
    const perUnit = timeUnits.has(tolerance.run.unit) ? rate : 1;
    customers = Math.max(customers, tolerance.run.n * perUnit);
    warmup = Math.max(warmup, tolerance.run.warmup * perUnit);
  }
  const measured = customers * effort;
  const wantedCount = Math.floor(measured / wantedBatchSize);
  const batchCount = Math.min(mostBatches, Math.max(fewestBatches, wantedCount));
  return {
    warmup: Math.ceil(Math.max(warmup * effort, Math.min(warmup, leastWarmup))),
    batchCount,
    batchSize: Math.max(1, Math.ceil(measured / batchCount)),
    seed: `${seed}/${id}`,
  };
}

/** Runs a station model by a plan and hands over each batch when its last customer has left. */
export function runStation(
  model: StationModel,
  plan: RunPlan,
  onBatch: (batch: Batch) => void,
): void {
  const simulation = new Simulation({ seed: plan.seed });
  const recorder = new Recorder(simulation, plan, model, onBatch);
  const drawDemand = sampler(model.demand, simulation.stream('demand'));
  const station = model.makeStation(simulation, {
    onReject: (customer) => recorder.reject(customer),
    onStart: (customer) => recorder.start(customer),
    onEnd: (customer) => {
      recorder.depart(customer);
      recorder.observe(station);
    },
    onFlush: (customers) => recorder.flush(customers),
  });
  feedArrivals(simulation, model.gaps(simulation), () => {
    recorder.arrive();
    const demandMs = drawDemand();
    station.arrive(recorder.admit(demandMs), demandMs);
    recorder.observe(station);
  });
  const finished = simulation.runUntil(() => recorder.isDone, simulation.limits.simulatedMs);
  assert(finished, `the run ${plan.seed} did not end`);
}

/** Half width, relative, of the class of customers that count as being of one size. */
const sizeClassWidth = 0.1;

/** Columns of the customers in the system, and the batches that are open. */
class Recorder {
  readonly #simulation: Simulation;
  readonly #plan: RunPlan;
  readonly #scaleMs: number;
  readonly #sizes: readonly number[];
  readonly #onBatch: (batch: Batch) => void;
  readonly #arrivedMs: number[] = [];
  readonly #startedMs: number[] = [];
  readonly #demandMs: number[] = [];
  readonly #batchOf: (Batch | undefined)[] = [];
  readonly #free: number[] = [];
  #arrived = 0;
  #closed = 0;
  #current: Batch | undefined;
  #sinceMs = 0;
  #level = 0;
  #busy = 0;

  constructor(
    simulation: Simulation,
    plan: RunPlan,
    { scaleMs, sizes = [] }: StationModel,
    onBatch: (batch: Batch) => void,
  ) {
    this.#simulation = simulation;
    this.#plan = plan;
    this.#scaleMs = scaleMs;
    this.#sizes = sizes;
    this.#onBatch = onBatch;
  }

  /** True once every measured customer has left. */
  get isDone(): boolean {
    return this.#closed === this.#plan.batchCount;
  }

  arrive(): void {
    this.#accrue();
    const measured = this.#arrived++ - this.#plan.warmup;
    if (measured >= 0 && measured % this.#plan.batchSize === 0) {
      this.#openBatch(measured / this.#plan.batchSize);
    }
    if (this.#current !== undefined) this.#current.arrived++;
  }

  /** Batches end where the next one begins; behind the last one, nothing is measured. */
  #openBatch(index: number): void {
    const previous = this.#current;
    this.#current = undefined;
    if (index < this.#plan.batchCount) {
      this.#current = new Batch(this.#scaleMs);
      this.#current.pending = this.#plan.batchSize;
    }
    if (previous !== undefined) this.#closeIfComplete(previous);
  }

  #closeIfComplete(batch: Batch): void {
    if (batch.pending > 0 || batch === this.#current) return;
    this.#closed++;
    this.#onBatch(batch);
  }

  /** The customer that was just given its number does not come in. */
  reject(customer: number): void {
    this.#free.push(customer);
    if (this.#current === undefined) return;
    this.#current.blocked++;
    this.#current.pending--;
  }

  /** Gives the arriving customer a number, which is used again after it has left. */
  admit(demandMs: number): number {
    const customer = this.#free.pop() ?? this.#arrivedMs.length;
    const nowMs = this.#simulation.nowMs;
    this.#arrivedMs[customer] = nowMs;
    this.#startedMs[customer] = nowMs;
    this.#demandMs[customer] = demandMs;
    this.#batchOf[customer] = this.#current;
    return customer;
  }

  start(customer: number): void {
    this.#startedMs[customer] = this.#simulation.nowMs;
  }

  flush(customers: number): void {
    if (this.#current === undefined) return;
    this.#current.flushes++;
    this.#current.flushed += customers;
  }

  depart(customer: number): void {
    this.#free.push(customer);
    const batch = this.#batchOf[customer];
    if (batch === undefined) return;
    const arrivedMs = this.#arrivedMs[customer] ?? 0;
    const demandMs = this.#demandMs[customer] ?? 0;
    const sojournMs = this.#simulation.nowMs - arrivedMs;
    batch.depart((this.#startedMs[customer] ?? 0) - arrivedMs, sojournMs, demandMs);
    for (const size of this.#sizes) {
      if (Math.abs(demandMs - size) <= size * sizeClassWidth) {
        batch.addSized(size, sojournMs / demandMs);
      }
    }
    batch.pending--;
    this.#closeIfComplete(batch);
  }

  /** Notes how many are present from now on. */
  observe(station: Station): void {
    this.#accrue();
    this.#level = station.present();
    this.#busy = station.busy?.() ?? 0;
  }

  #accrue(): void {
    const nowMs = this.#simulation.nowMs;
    const ms = nowMs - this.#sinceMs;
    this.#sinceMs = nowMs;
    if (this.#current === undefined) return;
    this.#current.stay(this.#level, ms);
    this.#current.busyMs += this.#busy * ms;
  }
}

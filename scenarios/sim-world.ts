// The twin behind the port: a model on the kernel, driven by the same timeline loop as the real clusters.
import { assert } from '../engine/failure.ts';
import type { Signal } from '../engine/signal.ts';
import { stepsOf } from '../twin/actions/index.ts';
import type { Action } from '../twin/actions/action.ts';
import { measureRecovery } from '../twin/failover/recovery.ts';
import type { Fault } from '../twin/faults/fault.ts';
import { fillsProcessors } from '../twin/cpu-use.ts';
import {
  cutPhases,
  measureSeries,
  measureSteps,
  measureValues,
  type Observed,
} from '../twin/measure.ts';
import type { Measurement, StepEvent } from '../twin/measurement.ts';
import { buildModel, type Model, type ModelOptions } from '../twin/model/model.ts';
import { onlyFleet } from '../twin/model/platform.ts';
import type { Condition, Handle, Observation, World } from './world.ts';

export interface SimWorldOptions extends ModelOptions {
  readonly run: string;
  readonly warmupMs: number;
}

export class SimWorld implements World {
  readonly kind = 'twin';
  readonly #options: SimWorldOptions;
  readonly #model: Model;
  readonly #handles = new Map<string, Signal>();
  #seen = 0;

  constructor(options: SimWorldOptions) {
    this.#options = options;
    this.#model = buildModel(options);
  }

  now(): number {
    return this.#model.simulation.nowMs;
  }

  apply(action: Action): Promise<Handle> {
    const id = `action-${this.#handles.size + 1}`;
    const epoch = this.#handles.size + 1;
    this.#handles.set(id, this.#model.play(stepsOf(action, this.#options.estate, epoch)));
    return Promise.resolve({ id, startedMs: this.now() });
  }

  inject(fault: Fault, forMs: number): Promise<Handle> {
    const id = `fault-${this.#handles.size + 1}`;
    this.#handles.set(id, this.#model.inject(fault, forMs));
    return Promise.resolve({ id, startedMs: this.now() });
  }

  observe(): Promise<Observation> {
    const steps: readonly StepEvent[] = this.#model.steps.slice(this.#seen);
    this.#seen = this.#model.steps.length;
    return Promise.resolve({ atMs: this.now(), values: new Map(), steps });
  }

  wait(condition: Condition, limitMs: number): Promise<'met' | 'failed' | 'limit'> {
    const untilMs = this.now() + limitMs;
    return Promise.resolve(this.#advance(condition, untilMs) ? 'met' : 'limit');
  }

  /** Requests still under way at the horizon get the time to end that a pool's patience allows, as in reality. */
  finish(): Promise<Measurement> {
    const { trace, run, warmupMs, estate } = this.#options;
    const { simulation } = this.#model;
    simulation.run(Math.max(simulation.nowMs, trace.horizonMs) + onlyFleet(estate).pool.timeoutMs);
    const observed = this.observed();
    const lostWrites = this.#model.exact.lostAcknowledgedWrites;
    const spans = cutPhases(this.#model.steps, { warmupMs, horizonMs: trace.horizonMs });
    return Promise.resolve({
      schema: 'premortem/measurement/v1',
      run,
      world: 'twin',
      trace: trace.digest,
      steps: [...this.#model.steps],
      values: [
        ...measureValues(observed, spans),
        ...measureSteps(this.#model.steps),
        ...measureRecovery({ ...observed, lostWrites }, this.#model.steps),
      ],
      exact: [
        { claim: 'lost_acknowledged_writes', value: lostWrites },
        // A request is executed once in the model; reality is asked to show the same.
        { claim: 'duplicate_writes', value: 0 },
        { claim: 'promotions', value: this.#model.exact.promotions },
      ],
      series: measureSeries(observed),
      conditions: {},
      host: {},
    });
  }

  /** What `finish` measures, for callers that cut the phases themselves. */
  observed(): Observed {
    const { estate, trace, warmupMs } = this.#options;
    const fleet = onlyFleet(estate);
    const { samples, lags } = this.#model;
    const observed = { fleet, trace, samples, lags, warmupMs };
    return fillsProcessors(fleet) ? { ...observed, cpu: this.#model.cpuUses() } : observed;
  }

  fingerprint(): string {
    return this.#model.simulation.fingerprint();
  }

  #advance(condition: Condition, untilMs: number): boolean {
    const { simulation } = this.#model;
    if (condition.kind === 'at') {
      simulation.run(Math.max(simulation.nowMs, Math.min(condition.ms, untilMs)));
      return condition.ms <= untilMs;
    }
    const signal = this.#handles.get(condition.handle);
    assert(signal !== undefined, `${condition.handle} was started`);
    return simulation.runUntil(() => signal.fired, untilMs);
  }
}

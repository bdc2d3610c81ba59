// The faults of a lab, running and past: injects them, ends them when their lease is over, and keeps what happened for whoever
// asks. Whoever injected a fault may die; the fault ends all the same.
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../../../engine/failure.ts';
import type { Fault } from '../../../twin/faults/fault.ts';
import type { FaultContext, FaultEvent } from './performer.ts';

/** How a fault stands; `reason` says why it failed. */
export interface FaultStanding {
  readonly id: string;
  readonly state: 'running' | 'done' | 'failed';
  readonly reason: string | null;
  readonly events: readonly FaultEvent[];
}

/** What faults act on. */
export type FaultTargets = Pick<FaultContext, 'cluster' | 'proxy' | 'monitor'>;

const closeLimitMs = 10_000;

type Perform = (fault: Fault, context: FaultContext) => Promise<void>;

export class FaultDesk {
  readonly #perform: Perform;
  readonly #targets: FaultTargets;
  readonly #running = new Map<string, RunningFault>();

  constructor(targets: FaultTargets, perform: Perform) {
    this.#targets = targets;
    this.#perform = perform;
  }

  /** Begins a fault and returns at once. The same id again is the same fault. */
  inject(id: string, fault: Fault, forMs: number): FaultStanding {
    const present = this.#running.get(id);
    if (present !== undefined) return present.standing;
    const running = new RunningFault(id, forMs);
    this.#running.set(id, running);
    running.follow((lease, report) => this.#perform(fault, { ...this.#targets, lease, report }));
    return running.standing;
  }

  /** Throws UserError('missing') for a fault that was never injected here. */
  standing(id: string): FaultStanding {
    return this.#find(id).standing;
  }

  /** Ends a fault before its time and waits until it is over. */
  async end(id: string): Promise<FaultStanding> {
    const running = this.#find(id);
    running.end();
    await running.over;
    return running.standing;
  }

  /** Ends every fault and waits until all are over, but not long: the lab is going to be taken away. */
  async close(): Promise<void> {
    const ends = Promise.all([...this.#running.keys()].map((id) => this.end(id)));
    await Promise.race([ends, sleep(closeLimitMs, undefined, { ref: false })]);
  }

  #find(id: string): RunningFault {
    const running = this.#running.get(id);
    if (running !== undefined) return running;
    throw new UserError('missing', {
      message: `no fault "${id}" was injected into this lab`,
      remedy: `faults here: ${[...this.#running.keys()].join(', ')}`,
    });
  }
}

class RunningFault {
  readonly #id: string;
  readonly #events: FaultEvent[] = [];
  readonly #lease = Promise.withResolvers<void>();
  readonly #timer: NodeJS.Timeout;
  #state: FaultStanding['state'] = 'running';
  #reason: string | null = null;
  /** Resolves, and never rejects, when the fault and what it set off are over. */
  over: Promise<void> = Promise.resolve();

  constructor(id: string, forMs: number) {
    this.#id = id;
    this.#timer = setTimeout(() => this.#lease.resolve(), forMs);
  }

  get standing(): FaultStanding {
    const { length } = this.#events;
    return {
      id: this.#id,
      state: this.#state,
      reason: this.#reason,
      events: this.#events.slice(0, length),
    };
  }

  follow(
    perform: (lease: FaultContext['lease'], report: FaultContext['report']) => Promise<void>,
  ): void {
    const report: FaultContext['report'] = (step, state, more = {}) => {
      const atEpochMs = more.atEpochMs ?? performance.timeOrigin + performance.now();
      this.#events.push({ step, state, atEpochMs, evidence: more.evidence ?? {} });
    };
    this.over = perform(this.#lease.promise, report).then(
      () => this.#finish('done', null),
      (error: unknown) =>
        this.#finish('failed', error instanceof Error ? error.message : String(error)),
    );
  }

  end(): void {
    this.#lease.resolve();
  }

  #finish(state: 'done' | 'failed', reason: string | null): void {
    clearTimeout(this.#timer);
    this.#state = state;
    this.#reason = reason;
  }
}

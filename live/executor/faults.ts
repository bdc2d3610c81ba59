// The faults of a live run: injected through the lab's daemon, which ends them by itself, and watched from here, so that
// what they set off stands among the run's step events in the run's own time.
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { StepEvent } from '../../twin/measurement.ts';
import type { Fault } from '../../twin/faults/fault.ts';
import type { FaultStatus, LabControl } from '../lab/lab-control.ts';

/** How often the daemon is asked; events carry their own times, so this delays nothing that is measured. */
const pollEveryMs = 50;

/** The end of the step by which a failover switches the shard map. */
const switchSchema = z.object({
  step: z.string().endsWith('-switch-map'),
  state: z.literal('done'),
  evidence: z.object({ primary: z.string(), epoch: z.number() }),
});

export interface FaultWatch {
  /** Faults are named after their run: a lab outlives it. */
  readonly run: string;
  readonly startedAtEpochMs: number;
  readonly onEvent: (event: StepEvent) => void;
  /** A failover sends requests to another node. */
  readonly onSwitched: (map: { readonly primary: string; readonly epoch: number }) => Promise<void>;
}

/** How a fault ended. */
export interface FaultOutcome {
  readonly kind: 'done' | 'failed';
  readonly reason: string | null;
}

export class Faults {
  readonly #control: LabControl;
  readonly #watch: FaultWatch;
  readonly #outcomes = new Map<string, Promise<FaultOutcome>>();

  constructor(control: LabControl, watch: FaultWatch) {
    this.#control = control;
    this.#watch = watch;
  }

  /** Resolves when the daemon has begun the fault. */
  async inject(fault: Fault, forMs: number): Promise<string> {
    const id = `${this.#watch.run}/fault-${this.#outcomes.size + 1}`;
    const begun = await this.#control.injectFault(id, fault, forMs);
    const outcome = this.#follow(begun);
    // Whoever waits for the fault, or finishes the world, is told.
    outcome.catch(() => undefined);
    this.#outcomes.set(id, outcome);
    return id;
  }

  /** How a fault ends; undefined when none was injected under this id. */
  outcome(id: string): Promise<FaultOutcome> | undefined {
    return this.#outcomes.get(id);
  }

  /** Ends what is still broken and waits until everything is over. */
  async endAll(): Promise<void> {
    for (const [id, outcome] of this.#outcomes) {
      await this.#control.endFault(id);
      await outcome;
    }
  }

  async #follow(begun: FaultStatus): Promise<FaultOutcome> {
    let noted = 0;
    for (let standing = begun; ; standing = await this.#control.faultStatus(begun.id)) {
      for (const { atEpochMs, ...event } of standing.events.slice(noted)) {
        this.#watch.onEvent({ ...event, atMs: atEpochMs - this.#watch.startedAtEpochMs });
        const switched = switchSchema.safeParse(event);
        if (switched.success) await this.#watch.onSwitched(switched.data.evidence);
      }
      noted = standing.events.length;
      const { state, reason } = standing;
      if (state !== 'running') return { kind: state, reason };
      await sleep(pollEveryMs);
    }
  }
}

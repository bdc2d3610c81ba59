// The real clusters behind the port: a lab whose servers are changed step by step while a driver plays the trace. The same
// timeline loop drives it that drives the twin; here time goes by itself and `wait` only watches it.
import { setTimeout as sleep } from 'node:timers/promises';
import { assert, UserError } from '../engine/failure.ts';
import type { Condition, Handle, Observation, World } from '../scenarios/world.ts';
import type { Action, Step } from '../twin/actions/action.ts';
import type { Fault } from '../twin/faults/fault.ts';
import type { Measurement, StepEvent } from '../twin/measurement.ts';
import { performStep, undoStep } from './bridge/index.ts';
import { RouterControl } from './bridge/router-control.ts';
import type { Platform } from './bridge/step-driver.ts';
import type { ExecutionJournal } from './executor/journal.ts';
import { beginLoad, type LiveRun, type LoadOrder } from './executor/live-run.ts';
import { measureRun } from './executor/measure-run.ts';
import { Faults } from './executor/faults.ts';
import { eventsOf, runSteps, type ExecutionOutcome } from './executor/steps.ts';
import { AdminSessions } from './lab/admin-sessions.ts';
import { openLabControl, type LabControl } from './lab/lab-control.ts';
import { standAside } from './placement/lab-processors.ts';
import { isRunning } from './processes.ts';

export interface LiveWorldOptions extends LoadOrder {
  readonly warmupMs: number;
  readonly journal: ExecutionJournal;
  /** The steps of an action, as they were planned. */
  readonly stepsOf: (action: Action) => readonly Step[];
  /** Lets the fleet's failover monitor watch the primary while the world is open: a drill needs it, a change needs it off. */
  readonly isWatched?: boolean;
  readonly onEvent?: (event: StepEvent) => void;
  /** Aborting ends every wait; an action that has begun is led back or brought to its end first. */
  readonly signal?: AbortSignal;
}

const pollEveryMs = 100;

/** How long after the horizon and the pool's patience a driver may need for its files. */
const endGraceMs = 15_000;

export class LiveWorld implements World {
  readonly kind = 'live';
  readonly #options: LiveWorldOptions;
  readonly #platform: Platform;
  readonly #liveRun: LiveRun;
  readonly #steps: StepEvent[];
  readonly #actions = new Map<string, Promise<ExecutionOutcome>>();
  readonly #faults: Faults;
  #seen = 0;
  #finished: Promise<Measurement> | null = null;
  /** Lets this process go back to the processors that it ran on before. */
  #comeBack: () => Promise<void> = () => Promise.resolve();

  private constructor(
    options: LiveWorldOptions,
    platform: Platform,
    liveRun: LiveRun,
    steps: readonly StepEvent[],
  ) {
    this.#options = options;
    this.#platform = platform;
    this.#liveRun = liveRun;
    this.#steps = [...steps];
    this.#faults = new Faults(platform.control, {
      run: liveRun.run,
      startedAtEpochMs: liveRun.startedAtEpochMs,
      onEvent: (event) => this.#note(event),
      onSwitched: ({ primary, epoch }) => options.shardMap.switch(options.shard, primary, epoch),
    });
  }

  /**
   * Sets the estate's link delays and starts the load; a run whose load was begun already is gone on with, with the steps
   * that its journal holds. Throws a UserError when the lab cannot be used.
   */
  static async open(options: LiveWorldOptions): Promise<LiveWorld> {
    const { lab, estate, shardMap } = options;
    const control = await openLabControl(lab);
    const sessions = new AdminSessions();
    const comeBack = await standAside(lab.placement);
    try {
      const liveRun = await beginLoad(options, control);
      const router = new RouterControl(control, liveRun.run, liveRun.controlSocket);
      if (options.isWatched === true) await watchPrimary(options, control, router);
      const platform = { lab, estate, control, sessions, router, shardMap };
      const earlier = eventsOf(await options.journal.entries(), liveRun.startedAtEpochMs);
      const world = new LiveWorld(options, platform, liveRun, earlier);
      world.#comeBack = comeBack;
      return world;
    } catch (error) {
      await comeBack();
      control.close();
      throw error;
    }
  }

  now(): number {
    return performance.timeOrigin + performance.now() - this.#liveRun.startedAtEpochMs;
  }

  apply(action: Action): Promise<Handle> {
    const { journal, signal } = this.#options;
    const id = `action-${this.#actions.size + 1}`;
    const startedMs = this.now();
    const outcome = runSteps(this.#options.stepsOf(action), {
      journal,
      performer: {
        perform: (step) => performStep(step, this.#platform),
        undo: (step) => undoStep(step, this.#platform),
      },
      now: () => this.now(),
      onEvent: (event) => this.#note(event),
      ...(signal === undefined ? {} : { signal }),
    });
    // Whoever waits for the action, or finishes the world, is told; until then a failure must not end the process.
    outcome.catch(() => undefined);
    this.#actions.set(id, outcome);
    return Promise.resolve({ id, startedMs });
  }

  async inject(fault: Fault, forMs: number): Promise<Handle> {
    const startedMs = this.now();
    return { id: await this.#faults.inject(fault, forMs), startedMs };
  }

  async observe(): Promise<Observation> {
    const state = await this.#platform.router.state();
    const steps = this.#steps.slice(this.#seen);
    this.#seen += steps.length;
    const counters = state === null ? [] : Object.entries(state);
    const values = counters.filter((entry): entry is [string, number] => Number.isFinite(entry[1]));
    return { atMs: this.now(), values: new Map(values), steps };
  }

  /** Throws UserError('interrupted') when the signal aborts a wait for a time. */
  async wait(condition: Condition, limitMs: number): Promise<'met' | 'failed' | 'limit'> {
    if (condition.kind === 'at') {
      const untilMs = Math.min(condition.ms, this.now() + limitMs);
      // Timers wake up to a millisecond early; nobody may see a time before the one that was waited for.
      while (this.now() < untilMs) await this.#pause(untilMs - this.now());
      return condition.ms <= untilMs ? 'met' : 'limit';
    }
    const deed = this.#actions.get(condition.handle) ?? this.#faults.outcome(condition.handle);
    assert(deed !== undefined, `${condition.handle} was started`);
    const patience = new AbortController();
    const limit = sleep(limitMs, 'limit' as const, { signal: patience.signal }).catch(
      () => 'limit' as const,
    );
    const outcome = await Promise.race([deed, limit]);
    patience.abort();
    if (outcome === 'limit') return 'limit';
    const { kind } = outcome;
    return kind === 'done' ? 'met' : 'failed';
  }

  /** How the latest action ended, once it has; null when none was started. */
  async outcome(): Promise<ExecutionOutcome | null> {
    return (await [...this.#actions.values()].at(-1)) ?? null;
  }

  /** Before the horizon the load is stopped; after it, what is still under way may end. Then measures. */
  finish(): Promise<Measurement> {
    this.#finished ??= this.#measure();
    return this.#finished;
  }

  /** Ends the load and every connection; an action that runs comes to its end first. */
  async close(): Promise<void> {
    const { lab, control, router, sessions } = this.#platform;
    try {
      await Promise.allSettled([this.#faults.endAll(), ...this.#actions.values()]);
      // A load does not outlive the lab that plays it.
      if (isRunning(lab.daemon)) {
        if (this.#options.isWatched === true) await control.unwatchShard(this.#options.shard);
        await control.stopLoad();
      }
    } finally {
      await this.#comeBack();
      router.close();
      await sessions.closeAll();
      control.close();
    }
  }

  async #measure(): Promise<Measurement> {
    await this.#faults.endAll();
    await Promise.allSettled(this.#actions.values());
    const { control } = this.#platform;
    if (this.now() < this.#options.trace.horizonMs) await control.stopLoad();
    else await this.#untilLoadEnds(control);
    const { fleet, trace, outDirectory, warmupMs, shard } = this.#options;
    const facts = { fleet, trace, outDirectory, warmupMs, shard };
    return measureRun(this.#platform, this.#liveRun, this.#steps, facts);
  }

  async #untilLoadEnds(control: LabControl): Promise<void> {
    const { fleet, trace, signal } = this.#options;
    const deadlineMs = trace.horizonMs + fleet.pool.timeoutMs + endGraceMs;
    for (;;) {
      const { running, run } = await control.loadStatus();
      if (!running || run !== this.#liveRun.run) return;
      if (this.now() > deadlineMs || signal?.aborted === true) {
        await control.stopLoad();
        return;
      }
      await sleep(pollEveryMs);
    }
  }

  async #pause(ms: number): Promise<void> {
    const { signal } = this.#options;
    try {
      await sleep(Math.max(1, ms), undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      if (signal?.aborted !== true) throw error;
      throw new UserError('interrupted', { message: 'the run was interrupted' });
    }
  }

  #note(event: StepEvent): void {
    this.#steps.push(event);
    this.#options.onEvent?.(event);
  }
}

/** The monitor watches whom the requests go to. A fleet without failover has nobody who would watch. */
async function watchPrimary(
  { fleet, shard }: LiveWorldOptions,
  control: LabControl,
  router: RouterControl,
): Promise<void> {
  const map = await router.state();
  assert(map !== null, 'the load has begun');
  if (fleet.failover === null) return;
  const { primary, epoch } = map;
  await control.watchShard({ shard, primary, epoch, rule: fleet.failover });
}

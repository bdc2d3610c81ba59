// The kernel: a clock, a table of handlers, and the events between them. Everything that happens is either an event
// (a registered handler called with one integer) or a process step; both leave their trace in the fingerprint.
// The kernel knows nothing about stations or platforms. See README.md for the way of an event.
import { EventList } from './event-list.ts';
import { EventRecords } from './event-records.ts';
import { EventSlots, type EventId, type HandlerId } from './event-slots.ts';
import { assert } from './failure.ts';
import { Fingerprint } from './fingerprint.ts';
import { refuseBeyond, resolveLimits, type Limits } from './limits.ts';
import { ProcessTable, type Process } from './process.ts';
import { makeNamedStream, type NamedStream, type RandomStream } from './random.ts';
import type { Signal } from './signal.ts';

export interface SimulationOptions {
  readonly seed: string;
  /** Index within an ensemble: same seed, other streams. Default 0. */
  readonly replication?: number;
  readonly limits?: Partial<Limits>;
}

/** Called when an event's time has come, with the integer given to `schedule`. */
export type Handler = (argument: number) => void;

/** Told of every event before it happens: its time, the name of its handler, and its argument. */
export type Observer = (timeMs: number, handler: string, argument: number) => void;

/** Cancelled entries are swept out when they are many and the majority. */
const sweepFrom = 512;

export class Simulation {
  readonly limits: Limits;
  readonly #seed: string;
  readonly #replication: number;
  readonly #events: EventList;
  readonly #slots: EventSlots;
  readonly #handlers: Handler[] = [];
  readonly #handlerNames: string[] = [];
  readonly #streams = new Map<string, NamedStream>();
  readonly #fingerprint = new Fingerprint();
  readonly #processes: ProcessTable;
  #nowMs = 0;
  #sequence = 0;
  #eventCount = 0;
  #cancelledCount = 0;
  #stepsThisInstant = 0;
  #isRunning = false;
  #observer: Observer | null = null;

  constructor({ seed, replication = 0, limits = {} }: SimulationOptions) {
    this.#seed = seed;
    this.#replication = replication;
    this.limits = resolveLimits(limits);
    const records = new EventRecords();
    this.#events = new EventList(records);
    this.#slots = new EventSlots(records);
    this.#processes = new ProcessTable({
      resumeAfter: (delayMs, index, name) => this.#resumeAfter(delayMs, index, name),
      countStep: (name) => this.#countStep(name),
    });
    this.#resumeHandler = this.register(this.#processes.resume, 'process');
  }

  readonly #resumeHandler: HandlerId;

  /** Simulated milliseconds since the start of the run. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** Events executed so far. */
  get eventCount(): number {
    return this.#eventCount;
  }

  /** Adds a handler to the table. `name` appears in messages. */
  register(handler: Handler, name: string = handler.name): HandlerId {
    this.#handlerNames.push(name);
    return this.#handlers.push(handler) - 1;
  }

  /**
   * Calls `handler` with `argument` (an integer of 32 bits, usually an index into the caller's columns) after
   * `delayMs`. Events of one instant run in the order in which they were scheduled.
   */
  schedule(delayMs: number, handler: HandlerId, argument: number): EventId {
    const isSound =
      delayMs >= 0 &&
      delayMs < Infinity &&
      (argument | 0) === argument &&
      this.#handlers[handler] !== undefined;
    if (!isSound) this.#rejectEvent(delayMs, handler, argument);
    if (this.#events.size >= this.limits.pendingEvents) this.#makeRoom();
    const slot = this.#slots.take(handler, argument);
    this.#events.push(this.#nowMs + delayMs, this.#sequence++, slot);
    return this.#slots.idOf(slot);
  }

  /** Takes an event back. False when it has run or was cancelled before: an old id never hits another event. */
  cancel(event: EventId): boolean {
    if (!this.#slots.cancel(event)) return false;
    this.#cancelledCount++;
    if (this.#cancelledCount >= sweepFrom && this.#cancelledCount * 2 > this.#events.size) {
      this.#sweep();
    }
    return true;
  }

  /** Starts a process, as an event of this instant. The signal fires once it has ended. */
  spawn(process: Process, name: string): Signal {
    return this.#processes.add(process, name);
  }

  /** Lets somebody look on; it must not touch the simulation. */
  observe(observer: Observer): void {
    this.#observer = observer;
  }

  /** The random stream of this name; asking again gives the same stream, where it stands. */
  stream(name: string): RandomStream {
    let stream = this.#streams.get(name);
    if (stream === undefined) {
      stream = makeNamedStream(this.#seed, this.#replication, name);
      this.#streams.set(name, stream);
    }
    return stream.draw;
  }

  /** Runs every event with a time up to and including `untilMs`, then sets the clock to it. */
  run(untilMs: number): void {
    this.#enter(untilMs);
    const events = this.#events;
    for (let slot = events.takeFirst(untilMs); slot >= 0; slot = events.takeFirst(untilMs)) {
      this.#execute(slot);
    }
    this.#nowMs = untilMs;
    this.#isRunning = false;
  }

  /**
   * Runs until the condition holds, asked before the first and after each event. True when it came true; otherwise
   * the clock stands at `limitMs`.
   */
  runUntil(condition: () => boolean, limitMs: number): boolean {
    this.#enter(limitMs);
    const events = this.#events;
    let met = condition();
    while (!met) {
      const slot = events.takeFirst(limitMs);
      if (slot < 0) break;
      met = this.#execute(slot) && condition();
    }
    if (!met) this.#nowMs = limitMs;
    this.#isRunning = false;
    return met;
  }

  /** Sixteen hexadecimal digits: equal for runs that did the same. Asking does not change the run. */
  fingerprint(): string {
    const names = [...this.#streams.keys()].toSorted();
    const draws = names.map((name) => this.#streams.get(name)?.peek() ?? 0);
    return this.#fingerprint.print([this.#nowMs, ...draws]);
  }

  #enter(untilMs: number): void {
    assert(!this.#isRunning, 'a simulation that is running, or has failed, cannot be run');
    assert(
      untilMs >= this.#nowMs && untilMs < Infinity,
      `cannot run from ${this.#nowMs} ms until ${untilMs} ms`,
    );
    if (untilMs > this.limits.simulatedMs) {
      refuseBeyond('simulatedMs', this.limits.simulatedMs, 'simulation');
    }
    this.#isRunning = true;
  }

  /** Executes the event that was taken; false when it had been cancelled. */
  #execute(slot: number): boolean {
    const timeMs = this.#events.timeOf(slot);
    const handler = this.#slots.handlerOf(slot);
    const argument = this.#slots.argumentOf(slot);
    this.#slots.release(slot);
    if (handler < 0) {
      this.#cancelledCount--;
      return false;
    }
    if (timeMs > this.#nowMs) {
      this.#nowMs = timeMs;
      this.#stepsThisInstant = 0;
    }
    if (++this.#stepsThisInstant > this.limits.stepsPerInstant) this.#rejectChain(handler);
    if (++this.#eventCount > this.limits.events) refuseBeyond('events', this.limits.events, 'run');
    this.#fingerprint.add(timeMs, handler, argument);
    this.#observer?.(timeMs, this.#handlerNames[handler] ?? '', argument);
    (this.#handlers[handler] as Handler)(argument);
    return true;
  }

  #resumeAfter(delayMs: number, index: number, name: string): void {
    // Messages of hot checks are built only when they are needed.
    if (!(delayMs >= 0 && delayMs < Infinity)) {
      assert(false, `process ${name} cannot be delayed by ${delayMs} ms`);
    }
    this.schedule(delayMs, this.#resumeHandler, index);
  }

  #countStep(name: string): void {
    if (++this.#stepsThisInstant > this.limits.stepsPerInstant) {
      assert(false, `process ${name} goes on forever at ${this.#nowMs} ms`);
    }
  }

  #sweep(): void {
    this.#events.compact((slot) => {
      const isLive = this.#slots.handlerOf(slot) >= 0;
      if (!isLive) this.#slots.release(slot);
      return isLive;
    });
    this.#cancelledCount = 0;
  }

  #makeRoom(): void {
    this.#sweep();
    if (this.#events.size >= this.limits.pendingEvents) {
      refuseBeyond('pendingEvents', this.limits.pendingEvents, 'run');
    }
  }

  #rejectEvent(delayMs: number, handler: HandlerId, argument: number): never {
    const name = this.#nameOf(handler);
    const fault =
      this.#handlers[handler] === undefined
        ? 'no such handler is registered'
        : (argument | 0) === argument
          ? `the delay must be a finite number from 0, not ${delayMs} ms`
          : `the argument must be an integer of 32 bits, not ${argument}`;
    throw new Error(`invariant broken: cannot schedule ${name} at ${this.#nowMs} ms: ${fault}`);
  }

  #rejectChain(handler: HandlerId): never {
    throw new Error(
      `invariant broken: more than ${this.limits.stepsPerInstant} events at ${this.#nowMs} ms, ` +
        `the last for ${this.#nameOf(handler)}: it schedules itself without delay`,
    );
  }

  #nameOf(handler: HandlerId): string {
    const name = this.#handlerNames[handler];
    return name === undefined || name === ''
      ? `handler ${handler}`
      : `handler ${handler} (${name})`;
  }
}

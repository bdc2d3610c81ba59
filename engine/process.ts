// Generator processes: a story told in order (`yield delay(5); yield acquire(pool); …`) on the simulation's clock.
// A process that is woken while another one runs waits until that one yields, so the stack stays flat and every
// process sees finished steps only. Costs one generator and one small object per step: for thousands of actors,
// not for millions of requests, which are handlers.
import { unreachable } from './failure.ts';
import { Signal, type Waitable } from './signal.ts';

/** Something with a limited number of units, like `stations/pool.ts`. */
export interface Acquirable {
  acquire(customer: number, granted: (customer: number) => void): unknown;
}

/** What a process may ask of the kernel. */
export type Command =
  | { readonly kind: 'delay'; readonly delayMs: number }
  | { readonly kind: 'wait'; readonly condition: Waitable }
  | { readonly kind: 'acquire'; readonly pool: Acquirable };

/** A process is a generator of commands; it ends by returning. Compose with `yield*`. */
export type Process = Generator<Command, void, void>;

/** Continue after `delayMs` of simulated time. */
export function delay(delayMs: number): Command {
  return { kind: 'delay', delayMs };
}

/** Continue once the signal has fired, or the gate is open. */
export function waitFor(condition: Waitable): Command {
  return { kind: 'wait', condition };
}

/** Continue with one unit of the pool in hand; the process releases it itself. */
export function acquire(pool: Acquirable): Command {
  return { kind: 'acquire', pool };
}

/** What the process table needs of the kernel. */
export interface ProcessHost {
  /** Resumes process `index` after a delay. */
  resumeAfter(delayMs: number, index: number, name: string): void;
  /** Told before each step, to bound endless chains within one instant. */
  countStep(name: string): void;
}

interface Entry {
  readonly process: Process;
  readonly name: string;
  readonly ended: Signal;
}

/** All processes of one simulation. */
export class ProcessTable {
  readonly #host: ProcessHost;
  readonly #entries: (Entry | undefined)[] = [];
  readonly #free: number[] = [];
  #ready: number[] = [];
  #isRunning = false;

  constructor(host: ProcessHost) {
    this.#host = host;
  }

  /** Adds a process that takes its first step as an event of this instant. The signal fires when it ends. */
  add(process: Process, name: string): Signal {
    const entry = { process, name, ended: new Signal() };
    const index = this.#free.pop() ?? this.#entries.length;
    this.#entries[index] = entry;
    this.#host.resumeAfter(0, index, name);
    return entry.ended;
  }

  /** Lets a process take its next step, now or right after the step that is being taken. */
  readonly resume = (index: number): void => {
    this.#ready.push(index);
    if (!this.#isRunning) this.#drain();
  };

  /** An exception in a process leaves here and ends the run: nothing catches it. */
  #drain(): void {
    this.#isRunning = true;
    const ready = this.#ready;
    for (let next = 0; next < ready.length; next++) this.#step(ready[next] as number);
    ready.length = 0;
    this.#isRunning = false;
  }

  #step(index: number): void {
    const entry = this.#entries[index] as Entry;
    this.#host.countStep(entry.name);
    const step = entry.process.next();
    if (step.done !== true) {
      this.#perform(step.value, index, entry.name);
      return;
    }
    this.#entries[index] = undefined;
    this.#free.push(index);
    entry.ended.fire();
  }

  #perform(command: Command, index: number, name: string): void {
    switch (command.kind) {
      case 'delay':
        return this.#host.resumeAfter(command.delayMs, index, name);
      case 'wait':
        return command.condition.onFire(this.resume, index);
      case 'acquire':
        return void command.pool.acquire(index, this.resume);
      default:
        return unreachable(command);
    }
  }
}

// Conditions that handlers and processes wait for. A Signal fires once and stays fired; a Gate opens and shuts as
// often as it likes. Whoever waits is called at the very instant, in the order of asking, without an event.

/** Called when a condition comes true, with the number given when asking. */
export type Wakeup = (argument: number) => void;

/** Whatever a process can wait for. Calls at once when the condition already holds. */
export interface Waitable {
  onFire(callback: Wakeup, argument?: number): void;
}

/** First in, first out list of those to be woken. */
class Waiters {
  #callbacks: Wakeup[] = [];
  #arguments: number[] = [];

  add(callback: Wakeup, argument: number): void {
    this.#callbacks.push(callback);
    this.#arguments.push(argument);
  }

  /** Wakes everybody who waited when it was called; those who ask meanwhile wait for the next time. */
  wakeAll(): void {
    const callbacks = this.#callbacks;
    const waiting = this.#arguments;
    this.#callbacks = [];
    this.#arguments = [];
    callbacks.forEach((callback, index) => callback(waiting[index] ?? 0));
  }
}

/** A one-shot condition. */
export class Signal implements Waitable {
  #fired = false;
  readonly #waiters = new Waiters();

  get fired(): boolean {
    return this.#fired;
  }

  /** Fires; firing again does nothing, so that the slower of two causes needs no check. */
  fire(): void {
    if (this.#fired) return;
    this.#fired = true;
    this.#waiters.wakeAll();
  }

  /** Calls back when the signal fires, at once when it already has. */
  onFire(callback: Wakeup, argument = 0): void {
    if (this.#fired) callback(argument);
    else this.#waiters.add(callback, argument);
  }
}

/** A condition that comes and goes: who asks while it is shut is woken when it next opens. */
export class Gate implements Waitable {
  #isOpen: boolean;
  readonly #waiters = new Waiters();

  constructor(isOpen: boolean) {
    this.#isOpen = isOpen;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  open(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    this.#waiters.wakeAll();
  }

  shut(): void {
    this.#isOpen = false;
  }

  /** Calls back when the gate opens, at once when it is open. */
  onFire(callback: Wakeup, argument = 0): void {
    if (this.#isOpen) callback(argument);
    else this.#waiters.add(callback, argument);
  }
}

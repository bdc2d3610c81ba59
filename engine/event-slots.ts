// What an event does once its time has come: a handler and one integer, kept in slots that are used again. An
// event's id names its slot and the slot's generation, so an id that outlived its event cancels nothing. Cancelled
// slots stay taken until their entry leaves the event list.

/** Names one scheduled event, for `cancel`. Never reused within 2^31 uses of its slot. */
export type EventId = number;

/** Names a registered handler. */
export type HandlerId = number;

/** An id that names no event; cancelling it does nothing. */
export const noEvent: EventId = -1;

/** The most events that can be pending at once: slots are 22 bits of an event's id. */
export const slotLimit = 2 ** 22;

const cancelled = -1;
const noSlot = -1;
const generationMask = 0x7fffffff;
const initialCapacity = 1024;

export class EventSlots {
  #handlers = new Int32Array(initialCapacity);
  #arguments = new Int32Array(initialCapacity);
  #generations = new Int32Array(initialCapacity);
  #nextFree = new Int32Array(initialCapacity);
  #firstFree = noSlot;
  #used = 0;

  /** Takes a slot for an event. The caller bounds the number of pending events by `slotLimit`. */
  take(handler: HandlerId, argument: number): number {
    let slot = this.#firstFree;
    if (slot === noSlot) {
      slot = this.#used++;
      if (slot === this.#handlers.length) this.#grow();
    } else {
      this.#firstFree = this.#nextFree[slot] as number;
    }
    this.#handlers[slot] = handler;
    this.#arguments[slot] = argument;
    return slot;
  }

  /** Gives a slot back; ids that name it are stale from now on. */
  release(slot: number): void {
    this.#generations[slot] = ((this.#generations[slot] as number) + 1) & generationMask;
    this.#handlers[slot] = cancelled;
    this.#nextFree[slot] = this.#firstFree;
    this.#firstFree = slot;
  }

  idOf(slot: number): EventId {
    return (this.#generations[slot] as number) * slotLimit + slot;
  }

  /** Handler of the slot's event, or a negative number when the event was cancelled. */
  handlerOf(slot: number): HandlerId {
    return this.#handlers[slot] as number;
  }

  argumentOf(slot: number): number {
    return this.#arguments[slot] as number;
  }

  /** Marks the event as cancelled. False when it has run, was cancelled before, or never was. */
  cancel(event: EventId): boolean {
    const slot = event % slotLimit;
    const isLive =
      event >= 0 &&
      slot < this.#used &&
      this.#generations[slot] === (event - slot) / slotLimit &&
      this.#handlers[slot] !== cancelled;
    if (isLive) this.#handlers[slot] = cancelled;
    return isLive;
  }

  #grow(): void {
    this.#handlers = doubled(this.#handlers);
    this.#arguments = doubled(this.#arguments);
    this.#generations = doubled(this.#generations);
    this.#nextFree = doubled(this.#nextFree);
  }
}

function doubled(column: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(column.length * 2);
  larger.set(column);
  return larger;
}

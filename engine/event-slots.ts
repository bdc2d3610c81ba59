// What an event does once its time has come: a handler and one integer, kept in slots that are used again. An
// event's id names its slot and the slot's generation, so an id that outlived its event cancels nothing. Cancelled
// slots stay taken until their entry leaves the event list.
import type { EventRecords } from './event-records.ts';

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

export class EventSlots {
  readonly #records: EventRecords;
  #firstFree = noSlot;
  #used = 0;

  constructor(records: EventRecords) {
    this.#records = records;
  }

  /** Takes a slot for an event. The caller bounds the number of pending events by `slotLimit`. */
  take(handler: HandlerId, argument: number): number {
    let slot = this.#firstFree;
    if (slot === noSlot) {
      slot = this.#used++;
      if (slot >= this.#records.capacity) this.#records.growTo(slot);
    } else {
      this.#firstFree = this.#records.linkOf(slot);
    }
    this.#records.setHandler(slot, handler);
    this.#records.setArgument(slot, argument);
    return slot;
  }

  /** Gives a slot back; ids that name it are stale from now on. */
  release(slot: number): void {
    const records = this.#records;
    records.setGeneration(slot, (records.generationOf(slot) + 1) & generationMask);
    records.setHandler(slot, cancelled);
    records.setLink(slot, this.#firstFree);
    this.#firstFree = slot;
  }

  idOf(slot: number): EventId {
    return this.#records.generationOf(slot) * slotLimit + slot;
  }

  /** Handler of the slot's event, or a negative number when the event was cancelled. */
  handlerOf(slot: number): HandlerId {
    return this.#records.handlerOf(slot);
  }

  argumentOf(slot: number): number {
    return this.#records.argumentOf(slot);
  }

  /** Marks the event as cancelled. False when it has run, was cancelled before, or never was. */
  cancel(event: EventId): boolean {
    const slot = event % slotLimit;
    const isLive =
      event >= 0 &&
      slot < this.#used &&
      this.#records.generationOf(slot) === (event - slot) / slotLimit &&
      this.#records.handlerOf(slot) !== cancelled;
    if (isLive) this.#records.setHandler(slot, cancelled);
    return isLive;
  }
}

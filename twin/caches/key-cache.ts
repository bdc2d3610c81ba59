// Caches with room for so many keys of equal size. Keys are numbers from 0, so that everything that is known of one stands
// in columns: a request touches a few of their cells and allocates nothing.
import { assert } from '../../engine/failure.ts';

/** What every cache answers, whatever it throws out when it is full. */
export interface KeyCache {
  /** True when the key was there. It is afterwards, and is the newest. */
  request(key: number): boolean;
  /** Keys that are there. */
  readonly size: number;
}

interface Room {
  /** Keys that there are: 0 … keys − 1. */
  readonly keys: number;
  /** Keys that fit. */
  readonly capacity: number;
}

/** Throws out the key that was not asked for longest (least recently used). */
export class LruCache implements KeyCache {
  /** A ring of the keys that are there, newest first; behind the last key stands its anchor. */
  readonly #after: Int32Array;
  readonly #before: Int32Array;
  readonly #isThere: Uint8Array;
  readonly #anchor: number;
  readonly #capacity: number;
  #size = 0;

  constructor(room: Room) {
    checkRoom(room);
    this.#after = new Int32Array(room.keys + 1).fill(room.keys);
    this.#before = new Int32Array(room.keys + 1).fill(room.keys);
    this.#isThere = new Uint8Array(room.keys);
    this.#anchor = room.keys;
    this.#capacity = room.capacity;
  }

  get size(): number {
    return this.#size;
  }

  request(key: number): boolean {
    const wasThere = this.#isThere[key] === 1;
    if (wasThere) this.#unlink(key);
    else this.#makeRoom();
    this.#link(key);
    return wasThere;
  }

  #makeRoom(): void {
    if (this.#size === this.#capacity) this.#unlink(this.#before[this.#anchor] ?? 0);
  }

  #unlink(key: number): void {
    const [before = 0, after = 0] = [this.#before[key], this.#after[key]];
    this.#after[before] = after;
    this.#before[after] = before;
    this.#isThere[key] = 0;
    this.#size--;
  }

  #link(key: number): void {
    const anchor = this.#anchor;
    const newest = this.#after[anchor] ?? anchor;
    this.#after[key] = newest;
    this.#before[key] = anchor;
    this.#before[newest] = key;
    this.#after[anchor] = key;
    this.#isThere[key] = 1;
    this.#size++;
  }
}

/** Throws out the key that came in first, however often it was asked for since. */
export class FifoCache implements KeyCache {
  readonly #slots: Int32Array;
  readonly #isThere: Uint8Array;
  #filled = 0;

  constructor(room: Room) {
    checkRoom(room);
    this.#slots = new Int32Array(room.capacity);
    this.#isThere = new Uint8Array(room.keys);
  }

  get size(): number {
    return Math.min(this.#filled, this.#slots.length);
  }

  request(key: number): boolean {
    if (this.#isThere[key] === 1) return true;
    const slot = this.#filled % this.#slots.length;
    if (this.#filled >= this.#slots.length) this.#isThere[this.#slots[slot] ?? 0] = 0;
    this.#slots[slot] = key;
    this.#isThere[key] = 1;
    this.#filled++;
    return false;
  }
}

/** Throws out any key, each as likely as the other. */
export class RandomCache implements KeyCache {
  readonly #slots: Int32Array;
  readonly #isThere: Uint8Array;
  readonly #draw: () => number;
  #size = 0;

  /** `draw`: uniform in [0, 1). */
  constructor(room: Room, draw: () => number) {
    checkRoom(room);
    this.#slots = new Int32Array(room.capacity);
    this.#isThere = new Uint8Array(room.keys);
    this.#draw = draw;
  }

  get size(): number {
    return this.#size;
  }

  request(key: number): boolean {
    if (this.#isThere[key] === 1) return true;
    const isFull = this.#size === this.#slots.length;
    const slot = isFull ? Math.floor(this.#draw() * this.#size) : this.#size++;
    if (isFull) this.#isThere[this.#slots[slot] ?? 0] = 0;
    this.#slots[slot] = key;
    this.#isThere[key] = 1;
    return false;
  }
}

function checkRoom({ keys, capacity }: Room): void {
  assert(
    Number.isInteger(capacity) && capacity > 0 && Number.isInteger(keys) && keys > 0,
    `a cache holds whole numbers of keys, not ${capacity} of ${keys}`,
  );
}

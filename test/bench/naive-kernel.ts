// The plain discrete-event kernel that one writes on a slate: event objects with a callback in a binary heap over
// an array, compared by (time, sequence). The yardstick for test/bench/kernel.ts.

interface PlainEvent {
  readonly timeMs: number;
  readonly sequence: number;
  readonly callback: () => void;
}

function isBefore(a: PlainEvent, b: PlainEvent): boolean {
  return a.timeMs < b.timeMs || (a.timeMs === b.timeMs && a.sequence < b.sequence);
}

export class NaiveKernel {
  nowMs = 0;
  #sequence = 0;
  readonly #heap: PlainEvent[] = [];

  schedule(delayMs: number, callback: () => void): void {
    const event = { timeMs: this.nowMs + delayMs, sequence: this.#sequence++, callback };
    const heap = this.#heap;
    let at = heap.push(event) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] as PlainEvent;
      if (isBefore(above, event)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = event;
  }

  /** Runs so many events, or as many as there are. */
  runEvents(count: number): void {
    for (let done = 0; done < count && this.#heap.length > 0; done++) {
      const event = this.#takeFirst();
      this.nowMs = event.timeMs;
      event.callback();
    }
  }

  #takeFirst(): PlainEvent {
    const heap = this.#heap;
    const first = heap[0] as PlainEvent;
    const last = heap.pop() as PlainEvent;
    if (heap.length === 0) return first;
    let at = 0;
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      const right = heap[child + 1];
      if (right !== undefined && isBefore(right, heap[child] as PlainEvent)) child++;
      if (isBefore(last, heap[child] as PlainEvent)) break;
      heap[at] = heap[child] as PlainEvent;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}
